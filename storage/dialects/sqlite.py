"""SQLite: one file, one writer at a time.

A writer takes the one write lock when it begins (never half way), so a write transaction reads what it
will check; readers see a snapshot and cannot write.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import islice

from sqlalchemy import Connection, Engine, create_engine, event, func, type_coerce
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from storage.deadlines import seconds_left
from storage.dialects.backend import Access, Backend
from storage.schema.base import UtcDateTime

__all__ = ["CLOCK", "Insert", "insert", "load_rows", "open_backend"]

CLOCK = type_coerce(func.strftime("%Y-%m-%d %H:%M:%f000", "now"), UtcDateTime)

BUSY_TIMEOUT_MS = 30_000  # another process may be importing
_STEP_MS = 100  # that a wait of a second or more may be too long
READERS = 64  # more than any thread pool in front of it
AT_ONCE = 5_000  # rows
READER_KIB, WRITER_KIB = 2_000, 16_384  # of pages; of readers there are many, the writer has all indexes
CHECKPOINT_PAGES = 8_000  # 32 MB of log: pages that change again and again are copied back once


def open_backend(url: URL, *, durable: bool) -> Backend:
    return Backend(
        writers=_open_pool(url, durable=durable, begin="BEGIN IMMEDIATE", query_only=False, size=1),
        readers=_open_pool(url, durable=durable, begin="BEGIN", query_only=True, size=READERS),
        one_writer=True,
        connections=READERS + 1,
        enter=_enter,
        hurry=_hurry,
        others=lambda: _others(url),
    )


def load_rows(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Insert many rows, each value as it is kept."""
    quoted = connection.dialect.identifier_preparer.quote
    names = ", ".join(map(quoted, columns))
    statement = f"INSERT INTO {quoted(table)} ({names}) VALUES ({', '.join('?' * len(columns))})"
    waiting = iter(rows)
    while chunk := [tuple(row) for row in islice(waiting, AT_ONCE)]:
        connection.exec_driver_sql(statement, chunk)


def _hurry(_connection: Connection) -> None:
    """Nothing to do: readers wait for nobody, and writers queue up anyway."""


def _others(url: URL) -> int:
    """1 if anybody has the file open: leaving WAL needs it alone. The next to open it goes back to WAL."""
    with closing(sqlite3.connect(str(url.database), timeout=0)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError:
            return 1
    return 0


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
            f"cache_size = -{READER_KIB if query_only else WRITER_KIB}",
            f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        patience = _rounded(seconds_left(at_most=BUSY_TIMEOUT_MS / 1000))
        if patience != connection.info.get("patience", BUSY_TIMEOUT_MS):
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {patience}")
            connection.info["patience"] = patience
        connection.exec_driver_sql(begin)

    return engine


def _rounded(seconds: float) -> int:
    """Milliseconds; from a second on up to one of few values, since to set another takes a statement."""
    milliseconds = max(1, int(seconds * 1000))
    return milliseconds if milliseconds < 1_000 else -(-milliseconds // _STEP_MS) * _STEP_MS
