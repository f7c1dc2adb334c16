"""`nodewise db`: the schema looked at or brought up to date, the whole database saved or put back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options, state
from api.cli.errors import ExitCode
from api.cli.groups import Verbs
from api.cli.table import Column, Report, Row, Table
from api.cli.words import count

if TYPE_CHECKING:
    from storage.backups import Manifest
    from storage.upgrading import SchemaState

app = typer.Typer(
    cls=Verbs,
    rich_markup_mode=None,
    add_completion=False,
    help="The schema of the database, and backups of all that is in it.",
)

_SHOWN = {"current": "current", "behind": "behind", "ahead": "newer, and serves this version too"}


@app.command()
def check(database: state.File = None, json: options.Json = False, no_color: options.NoColor = False) -> None:
    """Whether this version can work on the schema, and what is missing. Changes nothing.

    Ends with 1 if it cannot."""
    with state.opened(database) as opened:
        found = opened.schema()
    _say(found, json=json, no_color=no_color)
    if not found.serves:
        raise typer.Exit(ExitCode.NO)


@app.command()
def upgrade(
    database: state.File = None, json: options.Json = False, no_color: options.NoColor = False
) -> None:
    """Bring the schema up to date, in one transaction: all of it or nothing.

    The service may run meanwhile, also one of an earlier version (docs/database.md)."""
    output = options.output(json, no_color)
    with state.opened(database) as opened, output.progress("upgrading"):
        opened.upgrade()
        found = opened.schema()
    _say(found, json=json, no_color=no_color)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The backup; one that is there is replaced.")],
    database: state.File = None,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Save all tables as of one instant in one file, which either kind of database can be restored from.

    The service may run meanwhile: everything it has answered before the backup began is in it."""
    from storage.backups import save

    output = options.output(json, no_color)
    with state.opened(database) as opened, output.progress("backing up") as progress:
        made = save(opened, file, tell=lambda name: progress.update(f"backing up {name}"))
    notes = [f"Left out, for they are not Nodewise's: {', '.join(made.left_out)}"] if made.left_out else []
    output.report(
        Report(
            tables=[_tables(made)],
            sentence=f"{count(made.rows, 'row')} as of {made.taken_at} are in {file}.",
            notes=notes,
            following=f"nodewise db restore {file} --database other.db",
        )
    )


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file made by nodewise db backup.")],
    database: state.File = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Lose what is in the database; else it has to be empty.")
    ] = False,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Put a backup into an empty database, all of it or nothing; then reconcile its ledger.

    The file is checked to its end first. Refused while a service is connected. Ends with 1 if the ledger
    does not reconcile."""
    from storage.backups import restore as put_back

    output = options.output(json, no_color)
    with state.opened(database, make=True) as opened, output.progress("checking the file") as progress:
        done = put_back(opened, file, replace=replace, tell=lambda name: progress.update(f"restoring {name}"))
    complaints = done.complaints
    output.report(
        Report(
            tables=[_tables(done.manifest)],
            sentence=(
                f"Restored as of {done.manifest.taken_at}. "
                + (
                    f"The ledger does not reconcile: {count(len(complaints), 'complaint')}."
                    if complaints
                    else "The ledger reconciles."
                )
            ),
            notes=complaints[:20],
            following="nodewise ledger reconcile" if complaints else "nodewise serve",
        )
    )
    if complaints:
        raise typer.Exit(ExitCode.NO)


def _tables(manifest: "Manifest") -> Table:
    rows: list[Row] = [{"table": table.name, "rows": table.rows} for table in manifest.tables]
    return Table([Column("table", "table"), Column("rows", "rows", right=True)], rows)


def _say(found: "SchemaState", *, json: bool, no_color: bool) -> None:
    said = _SHOWN.get(found.fit.value, found.fit.value)
    version = f" ({found.found})" if found.found else ""
    missing: list[Row] = [
        {"schema": said, "missing": one.revision, "purpose": one.purpose} for one in found.missing
    ]
    columns = [
        Column("schema", "schema"),
        Column("missing", "missing"),
        Column("purpose", "for", gives_way=True),
    ]
    options.output(json, no_color).report(
        Report(
            tables=[Table(columns, missing or [{"schema": said}])],
            sentence=f"The schema is {said}{version}.",
            following="nodewise serve" if found.serves else "nodewise db upgrade",
        )
    )
