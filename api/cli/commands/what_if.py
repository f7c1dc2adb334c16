"""`nodewise what-if`: an order's decision solved again with something changed. Writes nothing."""

from typing import Annotated, Any

import typer

from api.cli import options
from api.cli.errors import CommandError

app = typer.Typer(rich_markup_mode=None, add_completion=False)
Names = list[str] | None


@app.command()
def what_if(
    order: Annotated[str, typer.Argument(help="Id of an order that was reserved or committed.")],
    node_off: Annotated[Names, typer.Option(metavar="NODE", help="The node sources nothing.")] = None,
    node_on: Annotated[Names, typer.Option(metavar="NODE", help="The node sources.")] = None,
    more_stock: Annotated[
        Names, typer.Option(metavar="NODE:SKU:UNITS", help="So many units more there; -2 for two fewer.")
    ] = None,
    capacity: Annotated[
        Names, typer.Option(metavar="NODE:UNITS", help="So many units it can still ship that day.")
    ] = None,
    force: Annotated[
        Names, typer.Option(metavar="NODE[:LINE]", help="The order, or a line, ships from there.")
    ] = None,
    without_rule: Annotated[Names, typer.Option(metavar="NAME", help="Without that rule.")] = None,
    free_splits: Annotated[bool, typer.Option("--free-splits", help="Splits are not penalized.")] = False,
    policy: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Under another version of the policy.")
    ] = None,
    url: options.Url = None,
    api_key: options.ApiKey = None,
    as_curl: options.AsCurl = False,
    as_python: options.AsPython = False,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """What would have been decided if something were otherwise: solved again on what was seen then."""
    from api.cli.calls import Call, printed
    from api.cli.client import Service, address
    from api.cli.naming import node_names
    from api.cli.what_ifs import answered
    from nodewise_client.caller import path

    if not order:
        raise CommandError("ORDER is empty", fix="Name an order that was reserved or committed")
    changes = [
        *([{"kind": "policy", "version": policy}] if policy is not None else ()),
        *({"kind": "node_off", "node": node} for node in node_off or ()),
        *({"kind": "node_on", "node": node} for node in node_on or ()),
        *(_more_stock(text) for text in more_stock or ()),
        *(_capacity(text) for text in capacity or ()),
        *({"kind": "without_rule", "rule": rule} for rule in without_rule or ()),
        *([{"kind": "free_splits"}] if free_splits else ()),
        *(_forced(text) for text in force or ()),
    ]
    if not changes:
        raise CommandError("nothing was changed", fix="Give for example --node-off NODE or --free-splits")
    output = options.output(json, no_color)
    call, where = Call(path("orders", order, "what-if"), body={"changes": changes}), address(url)
    if as_curl or as_python:
        output.data(printed(call, where, as_curl=as_curl, as_python=as_python, with_key=bool(api_key)))
        return
    with Service(where, api_key) as service, output.progress("deciding"):
        answer = service.send(call)
        names = {} if json else node_names(service)
    output.report(answered(answer.body, names, body=answer.text))


def _more_stock(text: str) -> dict[str, Any]:
    place, _, units = text.rpartition(":")
    node, _, sku = place.partition(":")
    if not (node and sku):
        raise CommandError(
            f'--more-stock "{text}" is not of the form NODE:SKU:UNITS', fix="Write for example LON1:K-17:2"
        )
    return {"kind": "more_stock", "node": node, "sku": sku, "units": _units("--more-stock", text, units)}


def _capacity(text: str) -> dict[str, Any]:
    node, _, units = text.rpartition(":")
    if not node:
        raise CommandError(
            f'--capacity "{text}" is not of the form NODE:UNITS', fix="Write for example LON1:50"
        )
    return {"kind": "capacity", "node": node, "units": _units("--capacity", text, units)}


def _forced(text: str) -> dict[str, Any]:
    node, _, line = text.partition(":")
    return {"kind": "forced_node", "node": node} | ({"line": line} if line else {})


def _units(option: str, text: str, units: str) -> int:
    digits = units.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise CommandError(f'{option} "{text}": "{units}" is no number of units', fix="End with whole units")
    return int(units)
