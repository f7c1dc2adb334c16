"""`nodewise explain`: the stored decision of an order in words, with cost lines that add up."""

from typing import Annotated

import typer

from api.cli import options

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def explain(
    order: Annotated[str, typer.Argument(help="Id of an order that was reserved or committed.")],
    url: options.Url = None,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Why an order ships from where it does: shipments, cost lines that add up, bound and gap."""
    from api.cli.client import Service, address, path
    from api.cli.decisions import explained
    from api.cli.naming import node_names

    output = options.output(json, no_color)
    with Service(address(url)) as service:
        answer = service.get(path("orders", order, "decision"))
        names = {} if json else node_names(service)
    output.report(explained(answer.body, names, body=answer.text))
