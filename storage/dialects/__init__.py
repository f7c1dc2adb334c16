"""All that differs between databases: how one is opened, how a transaction begins, the clock, upserts.

What both keep to: a reader sees one snapshot and cannot write; a writer is alone, or together with others
who take nothing but what a conditional write gives them (`Access`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Table
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError

from fulfillment.errors import InvalidInput
from storage.dialects import postgresql, sqlite
from storage.dialects.backend import Access, Backend
from storage.dialects.postgresql import is_lost_race, is_refused

__all__ = [
    "Access",
    "Backend",
    "current_time",
    "is_duplicate",
    "is_lost_race",
    "is_refused",
    "open_backend",
    "upsert",
]

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


def current_time(connection: Connection) -> datetime:
    """The database's clock, to the millisecond, in UTC."""
    if connection.dialect.name == "postgresql":
        return postgresql.current_time(connection)
    return sqlite.current_time(connection)


def is_duplicate(error: IntegrityError) -> bool:
    """Whether a row with the same key is there already."""
    return postgresql.is_duplicate(error) or sqlite.is_duplicate(error)


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows, or replace all other columns where the primary key is there already."""
    if not rows:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


def _parse(url: str) -> URL:
    try:
        target = make_url(url)
    except ArgumentError as error:
        raise InvalidInput(f'"{url}" is no database address', pointer="/database_url", fix=_FIX) from error
    is_file = target.get_backend_name() == "sqlite" and target.database not in (None, "", ":memory:")
    if not is_file and (target.get_backend_name() != "postgresql" or not target.database):
        shown = target.render_as_string()
        raise InvalidInput(
            f'"{shown}" is neither an SQLite file nor a PostgreSQL database',
            pointer="/database_url",
            fix=_FIX,
        )
    return target
