"""`nodewise db`: the schema of the database, looked at or brought up to date."""

import typer

from api.cli import options, state
from api.cli.errors import ExitCode
from api.cli.groups import Verbs
from api.cli.table import Column, Report, Table

app = typer.Typer(
    cls=Verbs,
    rich_markup_mode=None,
    add_completion=False,
    help="The schema of the database. The service brings it up to date itself when it starts.",
)


@app.command()
def check(database: state.File = None, json: options.Json = False, no_color: options.NoColor = False) -> None:
    """Whether the schema is that of this version. Changes nothing; ends with 1 if it is another."""
    with state.opened(database) as opened:
        is_current = opened.is_current()
    _say(is_current, json=json, no_color=no_color)
    if not is_current:
        raise typer.Exit(ExitCode.NO)


@app.command()
def upgrade(
    database: state.File = None, json: options.Json = False, no_color: options.NoColor = False
) -> None:
    """Bring the schema up to date, in one transaction: all of it or nothing."""
    with state.opened(database) as opened:
        opened.upgrade()
    _say(True, json=json, no_color=no_color)


def _say(is_current: bool, *, json: bool, no_color: bool) -> None:
    said = "current" if is_current else "of another version"
    options.output(json, no_color).report(
        Report(
            tables=[Table([Column("schema", "schema")], [{"schema": said}])],
            sentence=f"The schema is {said}.",
            following="nodewise serve" if is_current else "nodewise db upgrade",
        )
    )
