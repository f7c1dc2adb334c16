"""`nodewise replay`: the demo's orders in this process, without a server: Nodewise beside the rules."""

from datetime import datetime
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.errors import ExitCode
from api.cli.table import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.record import ReplayRecord

app = typer.Typer(rich_markup_mode=None, add_completion=False)
LARGEST_PENALTY = 1_000_000  # pounds; as in a what-if


@app.command()
def replay(
    start: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day of the window; that of the demo by default."),
    ] = None,
    weeks: Annotated[int, typer.Option(help="Weeks to replay.", min=1, max=8)] = 2,
    orders: Annotated[int | None, typer.Option(help="Only the first so many orders.", min=1)] = None,
    extra_shipment: Annotated[
        float | None,
        typer.Option(
            help="Penalty for each shipment after the first, in pounds.", min=0, max=LARGEST_PENALTY
        ),
    ] = None,
    split_line: Annotated[
        float | None,
        typer.Option(
            help="Penalty for each further node that serves one line, in pounds.", min=0, max=LARGEST_PENALTY
        ),
    ] = None,
    may_give_up: Annotated[
        bool, typer.Option("--may-give-up", help="Let the policy leave available units for money.")
    ] = False,
    seed: options.Seed = None,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Replay real orders against a ledger in memory, by Nodewise and by each rule. Needs no service.

    Ends with 1 if some rule would have been better for some order in the same state."""
    output = options.output(json, no_color)
    with output.progress("laying a network under real orders") as progress:
        from api.cli.replaying import changed_policy, replay_with_progress
        from api.demo.windows import window_world
        from scenarios.deciding import deciders
        from scenarios.record import dearer_than_a_rule

        world = window_world(start.date() if start else None, weeks=weeks, seed=seed, orders=orders)
        policy = changed_policy(extra_shipment, split_line, may_give_up=may_give_up)
        records = [
            replay_with_progress(
                world, decide, policy, progress, compare_in_state=not number, timer=perf_counter
            )
            for number, decide in enumerate(deciders().values())
        ]
    dearer = list(dearer_than_a_rule(records[0], may_give_up=policy.may_give_up))
    output.report(_report(records, dearer))
    if dearer:
        raise typer.Exit(ExitCode.NO)


def _report(records: "Sequence[ReplayRecord]", dearer: "Sequence[str]") -> Report:
    """Nodewise's record, which is the first, beside those of the rules."""
    from api.cli import comparison

    nodewise, *rules = records
    seconds = [[one.seconds or 0.0 for one in record.orders] for record in records]
    timings = [
        comparison.timing(
            f"decision_p{percents}_seconds",
            f"Deciding in process, p{percents}",
            records,
            [comparison.percentile(values, percents) for values in seconds],
        )
        for percents in (50, 99)
    ]
    return Report(
        tables=[comparison.comparison(records, timings)],
        sentence=comparison.verdict(nodewise, rules),
        notes=[
            *comparison.where_a_rule_wins(nodewise, rules),
            comparison.proof_line(dearer, len(nodewise.orders)),
            comparison.limit_line(nodewise),
        ],
        following="nodewise demo does the same over HTTP, with the real service",
    )
