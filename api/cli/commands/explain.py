"""`nodewise explain`: the nine questions on an order's decision answered, with cost lines that add up."""

from typing import Annotated

import typer

from api.cli import options
from api.cli.errors import CommandError

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def explain(
    order: Annotated[str, typer.Argument(help="Id of an order that was reserved or committed.")],
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Write all of it as Markdown, every node included.")
    ] = False,
    url: options.Url = None,
    api_key: options.ApiKey = None,
    as_curl: options.AsCurl = False,
    as_python: options.AsPython = False,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Why an order ships from where it does: nine questions answered, and cost lines that add up."""
    from api.cli.calls import Call, printed
    from api.cli.client import Service, address
    from api.cli.decisions import explained
    from api.cli.naming import node_names
    from nodewise_client.caller import path

    if not order:
        raise CommandError("ORDER is empty", fix="Name an order that was reserved or committed")
    if markdown and json:
        raise CommandError("--markdown and --json were given", fix="Ask for one of them")
    output = options.output(json, no_color)
    asked = {"format": "markdown"} if markdown else {}
    call, where = Call(path("orders", order, "explanation"), query=asked), address(url)
    if as_curl or as_python:
        output.data(printed(call, where, as_curl=as_curl, as_python=as_python, with_key=bool(api_key)))
        return
    with Service(where, api_key) as service, output.progress("solving what else could have been"):
        answer = service.send(call)
        if markdown or json:
            output.data(answer.text)
            return
        decision = service.send(Call(path("orders", order, "decision"))).body
        names = node_names(service)
    output.report(explained(decision, names, explanation=answer.body, body=answer.text))
