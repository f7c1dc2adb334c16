"""A database: its schema, short reads, and the one place where anything is committed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage import upgrading
from storage.catalog import NetworkCache
from storage.dialect import Engines, open_engines
from storage.errors import StorageUnavailable
from storage.stores import Stores, bind


def open_database(url: str, *, durable: bool = True, key_hours: float = 24) -> "Database":
    """Open an SQLite file; `durable` survives a power cut, otherwise only the end of the process.

    Idempotency keys are remembered for `key_hours` of the database's clock.

    Raises
    ------
    InvalidInput
        Not an address of an SQLite file.
    """
    return Database(open_engines(url, durable=durable), keep_keys=timedelta(hours=key_hours))


class Database:
    def __init__(self, engines: Engines, *, keep_keys: timedelta) -> None:
        self._engines = engines
        self._keep_keys = keep_keys
        self._cache = NetworkCache()
        # SQLite has one writer at a time: a queue in the process is fairer and faster than its polling.
        self._writer_lock = threading.Lock()
        self._writer: int | None = None

    def upgrade(self) -> None:
        """Bring the schema to this version, in one transaction."""
        with self._write_transaction() as connection:
            upgrading.upgrade(connection)

    def is_current(self) -> bool:
        """Whether the schema is that of this version (readiness)."""
        with _transaction(self._engines.readers) as connection:
            return upgrading.is_current(connection)

    @contextmanager
    def reading(self) -> Iterator[Stores]:
        """A snapshot that cannot be written to. Keep it short, and close it before solving.

        Raises
        ------
        StorageUnavailable
            The database is away, or busy for too long.
        """
        with _transaction(self._engines.readers) as connection:
            yield bind(connection, cache=self._cache, keep_keys=self._keep_keys)

    @contextmanager
    def writing(self) -> Iterator[Stores]:
        """One transaction: committed at the end, undone by any exception.

        Raises
        ------
        StorageUnavailable
            The database is away, full, or busy for too long; nothing was written.
        """
        with self._write_transaction() as connection:
            yield bind(connection, cache=self._cache, keep_keys=self._keep_keys)

    def close(self) -> None:
        self._engines.close()

    @contextmanager
    def _write_transaction(self) -> Iterator[Connection]:
        if self._writer == threading.get_ident():
            raise RuntimeError("this thread is writing already: one unit of work, one transaction")
        with self._writer_lock:
            self._writer = threading.get_ident()
            try:
                with _transaction(self._engines.writers) as connection:
                    yield connection
            finally:
                self._writer = None


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.begin() as connection:
            yield connection
    except (OperationalError, PoolTimeout) as error:
        cause = error.orig if isinstance(error, OperationalError) else error
        raise StorageUnavailable(
            f"the database does not answer: {cause}",
            fix="Repeat the request; if it stays so, look at the database's disk and schema version",
        ) from error
