"""`nodewise explain`: the stored decision of an order in words, with cost lines that add up."""

from typing import Annotated

import typer

from api.cli import options
from api.cli.errors import CommandError

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def explain(
    order: Annotated[str, typer.Argument(help="Id of an order that was reserved or committed.")],
    url: options.Url = None,
    as_curl: options.AsCurl = False,
    as_python: options.AsPython = False,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Why an order ships from where it does: shipments, cost lines that add up, bound and gap."""
    from api.cli.calls import Call, path, printed
    from api.cli.client import Service, address
    from api.cli.decisions import explained
    from api.cli.naming import node_names

    if not order:
        raise CommandError("ORDER is empty", fix="Name an order that was reserved or committed")
    output = options.output(json, no_color)
    call, where = Call(path("orders", order, "decision")), address(url)
    if as_curl or as_python:
        output.data(printed(call, where, as_curl=as_curl, as_python=as_python))
        return
    with Service(where) as service:
        answer = service.send(call)
        names = {} if json else node_names(service)
    output.report(explained(answer.body, names, body=answer.text))
