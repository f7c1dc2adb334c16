"""`nodewise demo`: from nothing to two weeks of real orders, sourced over HTTP beside three rules."""

import signal
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.errors import CommandError, ExitCode
from api.cli.table import Report
from api.cli.words import count

if TYPE_CHECKING:
    from api.cli.output import Output
    from api.demo.run import DemoResult
    from scenarios.record import ReplayRecord

app = typer.Typer(rich_markup_mode=None, add_completion=False)
HOW_TIMED = (
    "Deciding is timed where it is done: Nodewise's in the service, without HTTP and database; a rule's in "
    "this process, on the ledger in memory."
)


@app.command()
def demo(
    exit_when_done: Annotated[
        bool, typer.Option("--exit", help="Stop the server and end when the result is there.")
    ] = False,
    port: Annotated[
        int, typer.Option(help="Port of the service; 0 takes a free one.", min=0, max=options.LARGEST_PORT)
    ] = 8000,
    database: Annotated[
        Path, typer.Option(help="SQLite file of the demo; made anew, with its log beside it.")
    ] = Path("var/demo/demo.db"),
    postgresql: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Keep the state on this PostgreSQL server; `embedded` starts one for the demo.",
        ),
    ] = None,
    seed: options.Seed = None,
    orders: Annotated[
        int | None, typer.Option(help="Only the first so many orders of the two weeks.", min=1)
    ] = None,
    price_book: Annotated[
        Path | None,
        typer.Option(
            help="Load this price book first, such as one by python -m api.demo.price_book.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Lay a network under two weeks of real orders, start the service, replay the orders over HTTP, and
    show what came out beside three rules. The service stays until Ctrl-C, or stops with --exit."""
    from api.cli.database_file import refuse_unusable
    from api.cli.ports import LOOPBACK, free_port, refuse_taken

    refuse_taken(LOOPBACK, port)
    refuse_unusable(database)
    output = options.output(json, no_color)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite kill stops the server as well
    with ExitStack() as running:
        with output.progress("reading the sales of an online retailer") as progress:
            from api.demo.assemble import SEED
            from api.demo.run import DemoOptions, demonstrate

            chosen = DemoOptions(
                database,
                LOOPBACK,
                port or free_port(LOOPBACK),
                SEED if seed is None else seed,
                orders,
                postgresql,
                price_book,
            )
            result = running.enter_context(demonstrate(chosen, tell=progress.update))
        output.report(_report(result, exit_when_done=exit_when_done))
        if not result.is_sound:
            raise typer.Exit(ExitCode.NO)
        if not exit_when_done:
            _stay(output, result)


def _report(result: "DemoResult", *, exit_when_done: bool) -> Report:
    from api.cli import comparison

    nodewise, nobody = result.nodewise, [None] * len(result.rules)
    seconds = [[one.seconds or 0.0 for one in record.orders] for record in result.records]
    timings = [
        comparison.timing(
            f"round_trip_p{percents}_seconds",
            f"Reserve over HTTP, p{percents}",
            result.records,
            [comparison.percentile(result.http.round_trips, percents), *nobody],
        )
        for percents in (50, 99)
    ] + [
        comparison.timing(
            f"decision_p{percents}_seconds",
            f"Deciding, p{percents}",
            result.records,
            [comparison.percentile(values, percents) for values in seconds],
        )
        for percents in (50, 99)
    ]
    return Report(
        tables=[comparison.comparison(result.records, timings)],
        sentence=comparison.verdict(nodewise, result.rules),
        notes=[
            _benefit(result),
            HOW_TIMED,
            *comparison.where_a_rule_wins(nodewise, result.rules),
            *_proofs(result),
        ],
        following=(
            f"NODEWISE_CONFIG={result.server.settings_file} nodewise serve"
            if exit_when_done
            else f"nodewise explain {_to_explain(nodewise)} --url {result.server.url}"
        ),
    )


def _benefit(result: "DemoResult") -> str:
    """The service's own report, order by order in one state; in the table each column has its own."""
    from api.demo.over_http import OMS_RULE

    rule = OMS_RULE.replace("_", " ")
    return f"Had the OMS chosen {rule} for each order, in the same state: {result.http.benefit['sentence']}"


def _proofs(result: "DemoResult") -> list[str]:
    """What was asserted, a line each, whether it held or not; and who was left out."""
    from api.cli.comparison import limit_line, proof_line

    record, complaints = result.nodewise, result.nodewise.complaints
    reconciled = (
        "The ledger reconciles, and no unit was oversold: yes."
        if not complaints and not record.oversold_units
        else f"The ledger reconciles, and no unit was oversold: NO, {count(record.oversold_units, 'unit')} "
        f"oversold, {count(len(complaints), 'complaint')}{': ' + complaints[0] if complaints else ''}."
    )
    abroad = result.world.abroad
    left_out = (
        f"{count(abroad.orders, 'order')} from abroad ({count(abroad.units, 'unit')}) in these weeks: "
        "left out, as export rates and duties are not modeled."
    )
    return [proof_line(result.dearer, len(record.orders)), limit_line(record), reconciled, left_out]


def _to_explain(record: "ReplayRecord") -> str:
    """The last order that was split: it has most to explain; else the last one."""
    split = [one.order for one in record.orders if one.plan.is_split]
    return split[-1] if split else record.orders[-1].order


def _stay(output: "Output", result: "DemoResult") -> None:
    """Leave the server running until it is interrupted: that is its proper end here."""
    output.say(f"The service runs at {result.server.url} until you press Ctrl-C.")
    output.say("On this machine it needs no API key. A client of yours may send one; this may reserve:")
    output.say(result.key)
    output.say("Try:")
    for command in curl_commands(result):
        output.say(command)
    with suppress(KeyboardInterrupt):
        result.server.wait()
        raise CommandError(
            "the server ended by itself", fix=f"See {result.server.log}", code=ExitCode.UNREACHABLE
        )


def curl_commands(result: "DemoResult") -> list[str]:
    """A decision with its proof, what is left of a sku, and, with a key, a quote: ready to paste."""
    from api.cli.calls import ORDERS, Call, File, curl
    from nodewise_client.caller import JSON_TYPE, path

    last = result.world.orders[-1]
    url = result.server.url
    return [
        curl(Call(path("orders", last.id, "decision")), url),
        curl(Call("/v1/availability", query={"sku": last.lines[0].sku}), url),
        curl(Call(ORDERS, body=File(str(result.quote_file), JSON_TYPE)), url, key=result.key),
    ]
