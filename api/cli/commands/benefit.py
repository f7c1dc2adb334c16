"""`nodewise benefit`: what Nodewise would have saved against the choices of the OMS."""

from datetime import datetime
from typing import Annotated

import typer

from api.cli import options

app = typer.Typer(rich_markup_mode=None, add_completion=False)
_DAY = ["%Y-%m-%d"]


@app.command()
def benefit(
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=_DAY, help="First day, in UTC; by default from the first order."),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=_DAY, help="Last day, which counts; by default up to now."),
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Orders of one channel.")] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Write all of the report as a document in Markdown.")
    ] = False,
    url: options.Url = None,
    api_key: options.ApiKey = None,
    as_curl: options.AsCurl = False,
    as_python: options.AsPython = False,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """What Nodewise would have saved against the OMS's own choices, sent as `baseline`: cash and lost margin,
    term by term, with 95 % intervals. Below zero Nodewise costs less."""
    from api.cli.benefit_tables import document, reported
    from api.cli.calls import Call, printed
    from api.cli.client import Service, address
    from api.cli.errors import CommandError

    if markdown and json:
        raise CommandError("--markdown and --json were given", fix="Ask for one of them")
    days = {"from": first, "to": last}
    query = {name: f"{day:%Y-%m-%d}" for name, day in days.items() if day is not None}
    output = options.output(json, no_color)
    call, where = Call("/v1/benefit", query=query | options.given(channel=channel)), address(url)
    if as_curl or as_python:
        output.data(printed(call, where, as_curl=as_curl, as_python=as_python, with_key=bool(api_key)))
        return
    with Service(where, api_key) as service, output.progress("adding up"):
        answer = service.send(call)
    if markdown:
        output.data(document(answer.body).rstrip("\n"))
        return
    output.report(reported(answer.body, body=answer.text))
