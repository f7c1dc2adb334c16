"""`nodewise doctor`: whether everything Nodewise needs is in place, a line each."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli import options
from api.cli.errors import ExitCode
from api.cli.table import Column, Report, Row, Table
from api.cli.words import count, joined

app = typer.Typer(rich_markup_mode=None, add_completion=False)
_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


@app.command()
def doctor(
    port: Annotated[
        int | None,
        typer.Option(
            help="Port to look at; that of the settings by default.", min=0, max=options.LARGEST_PORT
        ),
    ] = None,
    database: Annotated[
        Path | None, typer.Option(help="SQLite file to look at; that of the settings by default.")
    ] = None,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Check python, packages, data files, folder, port, database and engines. Ends with 1 if one fails."""
    output = options.output(json, no_color)
    with output.progress("compiling the engines, once"):
        from api.cli.checkup import State, findings
        from api.settings import load_settings

        url = f"sqlite:///{database}" if database is not None else None
        settings = load_settings(None, **options.given(port=port, database_url=url))
        found = list(findings(settings, folder=Path("var")))
    rows: list[Row] = [
        {"what": one.what, "state": one.state.value, "detail": one.detail, "fix": one.fix} for one in found
    ]
    columns = [
        Column("what", "what"),
        Column("state", "", style=lambda state: _STYLES[state]),
        Column("detail", "found", gives_way=True),
    ]
    failed = [one.what for one in found if one.state is State.FAIL]
    warned = [one.what for one in found if one.state is State.WARN]
    output.report(
        Report(
            tables=[Table(columns, rows)],
            sentence=_sentence(failed, warned),
            notes=[f"fix {one.what}: {one.fix}" for one in found if one.fix],
            following="" if failed else "nodewise demo",
            piped=Table([*columns, Column("fix", "fix")], rows),
        )
    )
    if failed:
        raise typer.Exit(ExitCode.NO)


def _sentence(failed: list[str], warned: list[str]) -> str:
    if failed:
        return f"{count(len(failed), 'check')} failed: {joined(failed)}."
    if warned:
        return f"Nothing failed; a look at {joined(warned)} may help."
    return "Everything is in place."
