"""A database: its schema, short reads, and the one place where anything is committed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage import upgrading
from storage.catalog import NetworkCache
from storage.dialects import Access, Backend, is_lost_race, is_refused, open_backend
from storage.errors import LostRace, StorageUnavailable
from storage.stores import Stores, bind


def open_database(
    url: str, *, durable: bool = True, key_hours: float = 24, connections: int = 16
) -> "Database":
    """Open an SQLite file or a PostgreSQL database.

    `durable` survives a power cut, otherwise only the end of the process. Idempotency keys are
    remembered for `key_hours` of the database's clock. So many `connections` are kept to a server.

    Raises
    ------
    InvalidInput
        An address of neither.
    """
    backend = open_backend(url, durable=durable, connections=connections)
    return Database(backend, keep_keys=timedelta(hours=key_hours))


class Database:
    def __init__(self, backend: Backend, *, keep_keys: timedelta) -> None:
        self._backend = backend
        self._keep_keys = keep_keys
        self._cache = NetworkCache()
        # Where there is one writer at a time a queue in the process is fairer and faster than polling.
        self._queue = threading.Lock() if backend.one_writer else nullcontext()
        self._here = threading.local()

    def upgrade(self) -> None:
        """Bring the schema to this version, in one transaction."""
        with self._write_transaction(Access.ALONE) as connection:
            upgrading.upgrade(connection)

    def is_current(self) -> bool:
        """Whether the schema is that of this version (readiness)."""
        with _transaction(self._backend.readers) as connection:
            return upgrading.is_current(connection)

    @contextmanager
    def reading(self) -> Iterator[Stores]:
        """A snapshot that cannot be written to. Keep it short, and close it before solving.

        Raises
        ------
        StorageUnavailable
            The database is away, or busy for too long.
        """
        with _transaction(self._backend.readers) as connection:
            yield bind(connection, cache=self._cache, keep_keys=self._keep_keys)

    @contextmanager
    def writing(self, access: Access = Access.ALONE) -> Iterator[Stores]:
        """One transaction: committed at the end, undone by any exception.

        Alone it reads what nobody changes before it ends. Together with others it may be refused what
        it has read to be there, by `LostRace` among others: see `storage.unit_of_work`.

        Raises
        ------
        StorageUnavailable
            The database is away, full, or busy for too long; nothing was written.
        """
        with self._write_transaction(access) as connection:
            yield bind(connection, cache=self._cache, keep_keys=self._keep_keys)

    def close(self) -> None:
        self._backend.close()

    @contextmanager
    def _write_transaction(self, access: Access) -> Iterator[Connection]:
        if getattr(self._here, "is_writing", False):
            raise RuntimeError("this thread is writing already: one unit of work, one transaction")
        with self._queue:
            self._here.is_writing = True
            try:
                with _transaction(self._backend.writers) as connection:
                    self._backend.enter(connection, access)
                    yield connection
            finally:
                self._here.is_writing = False


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.begin() as connection:
            yield connection
    except PoolTimeout as error:
        raise _unavailable(error) from error
    except DBAPIError as error:
        if is_lost_race(error):
            raise LostRace from error
        if isinstance(error, (OperationalError, InterfaceError)) or is_refused(error):
            raise _unavailable(error.orig) from error
        raise


def _unavailable(cause: BaseException | None) -> StorageUnavailable:
    return StorageUnavailable(
        f"the database does not answer: {cause}",
        fix="Repeat the request; if it stays so, look at the database's disk and schema version",
    )
