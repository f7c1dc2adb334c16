"""`nodewise audit`: who wrote what, read from the database itself."""

from typing import Annotated

import typer

from api.cli import options, state
from api.cli.table import Column, Report, Row, Table

app = typer.Typer(rich_markup_mode=None, add_completion=False)
_COLUMNS = [
    Column("at", "at", show=lambda at: f"{at:%Y-%m-%d %H:%M:%S}"),
    Column("actor", "actor"),
    Column("actor_name", "name"),
    Column("what", "what", gives_way=True),
    Column("subject", "subject"),
    Column("status", "status", show=lambda status: str(status or "")),
]


@app.command()
def audit(
    actor: Annotated[
        str | None, typer.Option(help="Public id of an API key, nobody, or command line.")
    ] = None,
    subject: Annotated[str | None, typer.Option(help="An order, or a kind of thing such as nodes.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many rows.", min=1, max=100_000)] = 20,
    database: state.File = None,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Who wrote what, the newest first."""
    with state.opened(database) as opened, opened.reading() as stores:
        entries = stores.audit.list(before=None, limit=limit, actor=actor, subject=subject)
    rows: list[Row] = [
        {
            "at": entry.at,
            "actor": entry.act.actor.id,
            "actor_name": entry.act.actor.name,
            "what": f"{entry.act.method} {entry.act.route}".strip(),
            "subject": entry.act.subject,
            "status": entry.status,
            "request_id": entry.act.request_id,
        }
        for entry in entries
    ]
    options.output(json, no_color).report(
        Report(
            tables=[Table(_COLUMNS, rows)],
            piped=Table([*_COLUMNS, Column("request_id", "request id")], rows),
            sentence="" if rows else "Nothing was written by that actor on that subject.",
        )
    )
