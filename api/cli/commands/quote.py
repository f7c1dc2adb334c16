"""`nodewise quote`: where an order would ship from now. Writes nothing, holds nothing."""

import json as json_module
from typing import Annotated, Any

import typer

from api.cli import options
from api.cli.errors import CommandError, ExitCode
from api.cli.text_files import read_text
from api.cli.words import UNNAMED

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def quote(
    file: Annotated[
        str | None,
        typer.Argument(help="An order as JSON; - reads it from standard input.", show_default=False),
    ] = None,
    line: Annotated[
        list[str] | None, typer.Option("--line", metavar="SKU=UNITS", help="A line of the order; repeat it.")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="Destination zone of the lines given by --line.")] = None,
    channel: Annotated[str | None, typer.Option(help="Whose ring-fenced stock it may use.")] = None,
    wanted_by: Annotated[
        str | None, typer.Option(help="When it should have arrived, such as 2026-12-01T18:00:00Z.")
    ] = None,
    offered: Annotated[
        str | None, typer.Option("--service", help="Carrier service that the shopper was offered.")
    ] = None,
    url: options.Url = None,
    api_key: options.ApiKey = None,
    as_curl: options.AsCurl = False,
    as_python: options.AsPython = False,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Where an order would ship from, and what it would cost. Writes nothing.

    Ends with 1 if reserving it would be refused."""
    also = options.given(channel=channel, wanted_by=wanted_by, service=offered)
    order = _order(file, line or [], zone) | also

    from api.cli.calls import FROM_SHELL, ORDERS, Call, curl, printed
    from api.cli.client import Service, address
    from api.cli.decisions import quoted
    from api.cli.naming import node_names

    output = options.output(json, no_color)
    call, where = Call(ORDERS, body=order | {"mode": "quote"}), address(url)
    if as_curl or as_python:
        output.data(printed(call, where, as_curl=as_curl, as_python=as_python, with_key=bool(api_key)))
        return
    with Service(where, api_key) as service, output.progress("deciding"):
        answer = service.send(call)
        names = {} if json else node_names(service)
    reserving = Call(ORDERS, body=order | {"mode": "reserve"}, key=f"reserve-{order['id']}")
    following = curl(reserving, where, key=FROM_SHELL if api_key else "") if answer.body["reservable"] else ""
    output.report(quoted(answer.body, names, body=answer.text, following=following))
    if not answer.body["reservable"]:
        raise typer.Exit(ExitCode.NO)


def _order(file: str | None, lines: list[str], zone: str | None) -> dict[str, Any]:
    if file is not None:
        also = [name for name, value in (("--line", lines), ("--zone", zone)) if value]
        if also:
            raise CommandError(
                f"an order as JSON and {' and '.join(also)} were given", fix="Give the order one way"
            )
        return _read(file)
    if not lines and zone is None:
        raise CommandError(
            "no order was given", fix="Name a JSON file, or give --line SKU=UNITS and --zone ZONE"
        )
    if not lines:
        raise CommandError("--line is missing", fix="Give --line SKU=UNITS for each line of the order")
    if zone is None:
        raise CommandError("--zone is missing", fix="Give --zone ZONE, where the order goes")
    return {
        "id": UNNAMED,
        "lines": [_line(number, text) for number, text in enumerate(lines, start=1)],
        "destination": {"zone": zone},
    }


def _line(number: int, text: str) -> dict[str, Any]:
    sku, _, units = text.rpartition("=")
    digits = units.removeprefix("-")
    if not sku or not digits.isascii() or not digits.isdigit():
        raise CommandError(f'--line "{text}" is not of the form SKU=UNITS', fix="Write for example K-17=2")
    if int(units) < 1:
        raise CommandError(f'--line "{text}": units are 1 or more', fix="Write for example K-17=2")
    return {"id": str(number), "sku": sku, "quantity": int(units)}


def _read(file: str) -> dict[str, Any]:
    name, text = read_text(file, kind="JSON")
    try:
        order = json_module.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        raise CommandError(f"{name} is not JSON: {error}", fix="Correct it") from error
    if not isinstance(order, dict):
        raise CommandError(f"{name} holds no JSON object", fix="Write one order: {id, lines, destination}")
    return {"id": UNNAMED} | order


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
