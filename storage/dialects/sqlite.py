"""SQLite: one file, one writer at a time.

A writer takes the one write lock when it begins (never half way), so a write transaction reads what it
will check; readers see a snapshot and cannot write.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry

from storage.dialects.backend import Access, Backend

__all__ = ["current_time", "insert", "is_duplicate", "open_backend"]

BUSY_TIMEOUT_MS = 30_000  # another process may be importing
READERS = 64  # more than any thread pool in front of it


def open_backend(url: URL, *, durable: bool) -> Backend:
    return Backend(
        writers=_open_pool(url, durable=durable, begin="BEGIN IMMEDIATE", query_only=False, size=1),
        readers=_open_pool(url, durable=durable, begin="BEGIN", query_only=True, size=READERS),
        one_writer=True,
        enter=_enter,
    )


def current_time(connection: Connection) -> datetime:
    text = connection.exec_driver_sql("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')").scalar_one()
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def is_duplicate(error: IntegrityError) -> bool:
    return "UNIQUE constraint" in str(error.orig)


def _enter(_connection: Connection, _access: Access) -> None:
    """Nothing to do: BEGIN IMMEDIATE has made the writer the only one."""


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
