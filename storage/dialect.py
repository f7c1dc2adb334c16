"""All that differs between databases: how one is opened, how a transaction begins, the clock, upserts.

SQLite is the database so far. Writers take its one write lock when they begin (never half way), so
a write transaction reads what it will check; readers see a snapshot and cannot write.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from fulfillment.errors import InvalidInput

BUSY_TIMEOUT_MS = 30_000  # another process may be importing
READERS = 64  # more than any thread pool in front of it


@dataclass(frozen=True, slots=True)
class Engines:
    """Two pools on one database: connections that write, and connections that cannot."""

    writers: Engine
    readers: Engine

    def close(self) -> None:
        self.writers.dispose()
        self.readers.dispose()


def open_engines(url: str, *, durable: bool) -> Engines:
    """Open an SQLite file.

    Raises
    ------
    InvalidInput
        Not an address of an SQLite file.
    """
    target = _parse(url)
    return Engines(
        writers=_open_pool(target, durable=durable, begin="BEGIN IMMEDIATE", query_only=False, size=1),
        readers=_open_pool(target, durable=durable, begin="BEGIN", query_only=True, size=READERS),
    )


def current_time(connection: Connection) -> datetime:
    """The database's clock, to the millisecond, in UTC."""
    text = connection.exec_driver_sql("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')").scalar_one()
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows, or replace all other columns where the primary key is there already."""
    if not rows:
        return
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


def _parse(url: str) -> URL:
    try:
        target = make_url(url)
    except ArgumentError as error:
        raise InvalidInput(f'"{url}" is no database address', pointer="/database_url", fix=_FIX) from error
    if target.get_backend_name() != "sqlite" or target.database in (None, "", ":memory:"):
        raise InvalidInput(
            f'"{target.render_as_string()}" is no SQLite file', pointer="/database_url", fix=_FIX
        )
    return target


def _open_pool(url: URL, *, durable: bool, begin: str, query_only: bool, size: int) -> Engine:
    engine = create_engine(url, pool_size=size, max_overflow=0, pool_timeout=BUSY_TIMEOUT_MS / 1000)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
            "journal_mode = WAL",
            f"synchronous = {'FULL' if durable else 'NORMAL'}",
            "foreign_keys = ON",
            f"query_only = {'ON' if query_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


_FIX = "Give sqlite:/// and the path of a file, such as sqlite:///var/nodewise.db"
