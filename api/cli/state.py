"""The database of the settings, opened for a command that works on it directly, beside a running service."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.database_file import refuse_unusable, why_unusable
from api.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.audit import Act
    from storage.database import Database

File = Annotated[
    Path | None, typer.Option("--database", help="SQLite file; by default the database of the settings.")
]


@contextmanager
def opened(file: Path | None, *, make: bool = False) -> "Iterator[Database]":
    """Open what is there; nothing is made, unless with `make` an SQLite file.

    Raises
    ------
    CommandError
        There is no such file, or it is no database.
    """
    from api.settings import load_settings
    from storage.database import open_database

    url = f"sqlite:///{file}" if file is not None else None
    settings = load_settings(None, **options.given(database_url=url))
    there = settings.database_file
    if there is not None and make:
        refuse_unusable(there)
    elif there is not None:
        why = why_unusable(there) or ("" if there.exists() else "is not there")
        if why:
            raise CommandError(f"database {there} {why}", fix="Name another file with --database")
    database = open_database(settings.database_url, durable=settings.durable)
    try:
        yield database
    finally:
        database.close()


def act(command: str, subject: str) -> "Act":
    """What a command writes into the database, for the audit log."""
    from storage.audit import COMMAND_LINE, Act

    return Act(COMMAND_LINE, "", f"nodewise {command}", subject, "")
