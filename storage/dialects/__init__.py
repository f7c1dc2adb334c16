"""All that differs between databases: how one is opened, how a transaction begins, the clock, upserts.

What both keep to: a reader sees one snapshot and cannot write; a writer is alone, or together with others
who take nothing but what a conditional write gives them (`Access`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DataError, IntegrityError

from fulfillment.errors import InvalidInput, Refused
from storage.dialects import postgresql, sqlite
from storage.dialects.backend import Access, Backend
from storage.dialects.postgresql import is_busy, is_lost_race, is_refused

__all__ = [
    "CLOCKS",
    "Access",
    "Backend",
    "in_parts",
    "insert_new",
    "is_busy",
    "is_lost_race",
    "is_refused",
    "load_rows",
    "open_backend",
    "renumber",
    "upsert",
]

CLOCKS: Mapping[str, ColumnElement[datetime]] = {"postgresql": postgresql.CLOCK, "sqlite": sqlite.CLOCK}
"""The clock of a database, to the millisecond, by the name of its dialect."""

_VALUES_AT_ONCE = 400  # in one IN, far below any database's limit
_FIX = (
    "Give sqlite:/// and the path of a file, such as sqlite:///var/nodewise.db, or "
    "postgresql://user:password@host/database"
)


def open_backend(url: str, *, durable: bool, connections: int) -> Backend:
    """Open an SQLite file, or a PostgreSQL database with at most so many connections.

    Raises
    ------
    InvalidInput
        An address of neither.
    """
    target = _parse(url)
    if target.get_backend_name() == "postgresql":
        return postgresql.open_backend(target, durable=durable, size=connections)
    return sqlite.open_backend(target, durable=durable)


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> int:
    """Insert rows, passing over those whose key is there already; returns how many were inserted.

    Where another transaction is inserting the same key it waits for that one's end.
    """
    if not rows:
        return 0
    statement = _insert(connection, table).on_conflict_do_nothing()
    options = {"preserve_rowcount": True}
    return connection.execute(statement, list(rows), execution_options=options).rowcount


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows, or replace all other columns where the primary key is there already."""
    if not rows:
        return
    statement = _insert(connection, table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


def in_parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """The values in order, no more at once than one statement takes."""
    for start in range(0, len(values), _VALUES_AT_ONCE):
        yield values[start : start + _VALUES_AT_ONCE]


def load_rows(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Insert many rows: text, numbers, flags, bytes; instants and days as ISO 8601 text in UTC.

    Raises
    ------
    Refused
        A row that does not fit the table.
    """
    load = postgresql.load_rows if connection.dialect.name == "postgresql" else sqlite.load_rows
    try:
        load(connection, table, columns, rows)
    except (IntegrityError, DataError) as error:
        first, *_ = str(error.orig).splitlines()
        raise Refused(
            f"table {table} does not take the rows: {first}", fix="Look at the row; nothing was written"
        ) from error


def renumber(connection: Connection, table: str) -> None:
    """Let the numbers that the database gives go on behind the largest; SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        postgresql.renumber(connection, table)


def _insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def _parse(url: str) -> URL:
    try:
        target = make_url(url)
    except ArgumentError as error:
        # Not quoted: what cannot be read may have a password anywhere in it.
        raise InvalidInput("this is no database address", pointer="/database_url", fix=_FIX) from error
    is_file = target.get_backend_name() == "sqlite" and target.database not in (None, "", ":memory:")
    if not is_file and (target.get_backend_name() != "postgresql" or not target.database):
        shown = target.render_as_string()
        raise InvalidInput(
            f'"{shown}" is neither an SQLite file nor a PostgreSQL database',
            pointer="/database_url",
            fix=_FIX,
        )
    return target
