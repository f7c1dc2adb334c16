"""A database: its schema, short reads, and the one place where anything is committed."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from math import inf

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage import upgrading
from storage.catalog import CatalogCache
from storage.deadlines import long_work, one_transaction, seconds_left
from storage.dialects import Access, Backend, is_busy, is_lost_race, is_refused, open_backend
from storage.errors import LostRace, OutcomeUnknown, OutOfTime, StorageBusy, StorageUnavailable
from storage.instance_documents import Excerpts
from storage.ledger_writing import Seen
from storage.observing import Kind, Observer
from storage.row_names import RowNames
from storage.stores import Stores, bind
from storage.upgrading import Fit, SchemaState

_UPGRADES = 20  # attempts, with as many seconds between them


def open_database(
    url: str,
    *,
    durable: bool = True,
    key_hours: float = 24,
    connections: int = 16,
    observer: Observer | None = None,
    transaction_seconds: float = inf,
    demo_clock: bool = True,
) -> "Database":
    """Open an SQLite file or a PostgreSQL database.

    `durable` survives a power cut, otherwise only the end of the process. Idempotency keys are
    remembered for `key_hours` of the database's clock. So many `connections` are kept to a server.
    The `observer` hears of transactions and conflicts. A transaction without a deadline has
    `transaction_seconds`. Without `demo_clock` the time is real, whatever a demo has set.

    Raises
    ------
    InvalidInput
        An address of neither.
    """
    backend = open_backend(url, durable=durable, connections=connections)
    return Database(
        backend,
        keep_keys=timedelta(hours=key_hours),
        observer=observer or Observer(),
        transaction_seconds=transaction_seconds,
        demo_clock=demo_clock,
    )


class Database:
    """Whatever waits in here waits no longer than the deadline of its thread (`storage.deadlines`)."""

    def __init__(
        self,
        backend: Backend,
        *,
        keep_keys: timedelta,
        observer: Observer,
        transaction_seconds: float,
        demo_clock: bool,
    ) -> None:
        self.observer = observer
        self._backend = backend
        self._keep_keys = keep_keys
        self._transaction_seconds = transaction_seconds
        self._demo_clock = demo_clock
        self._cache = CatalogCache()
        self._excerpts = Excerpts()
        self._names = RowNames()
        # Where there is one writer at a time a queue in the process is fairer and faster than polling.
        self._places = threading.Semaphore(backend.connections)
        self._turns = threading.Lock() if backend.one_writer else self._places
        self._here = threading.local()

    def upgrade(self) -> None:
        """Bring the schema to this version, in one transaction; nothing if it serves this version already.

        Others go on meanwhile, so it never waits long for a lock that they queue up behind: it lets go,
        and tries again.

        Raises
        ------
        StorageBusy
            Others, such as a backup, held what it needed all the time; nothing was changed.
        StorageUnavailable
            The schema is of a newer version that has ended the service of this one.
        """
        if self.schema().serves:
            return
        for left in reversed(range(_UPGRADES)):
            try:
                with long_work(inf), self._write_transaction(Access.ALONE, hurried=True) as connection:
                    upgrading.upgrade(connection)
                return
            except StorageBusy:
                if not left:
                    raise
                time.sleep(1)

    def schema(self) -> SchemaState:
        """The schema beside that of this version."""
        with self.looking() as connection:
            return upgrading.state(connection)

    def is_current(self) -> bool:
        """Whether the schema is that of this version."""
        return self.schema().fit is Fit.CURRENT

    def others(self) -> int:
        """How many others are connected; of an SQLite file only whether anybody is."""
        self._backend.close()
        return self._backend.others()

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """One snapshot as a connection, for what reads tables whole; of any schema, or none."""
        with self._read_transaction() as connection:
            yield connection

    @contextmanager
    def rebuilding(self) -> Iterator[Connection]:
        """One transaction alone as a connection, for what makes all tables anew."""
        with self._write_transaction(Access.ALONE) as connection:
            yield connection

    def connections_in_use(self) -> int:
        """Connections taken from the pool at this instant."""
        return self._backend.connections_in_use()

    @contextmanager
    def reading(self) -> Iterator[Stores]:
        """A snapshot that cannot be written to. Keep it short, and close it before solving.

        Raises
        ------
        StorageUnavailable
            The database is away, or busy for too long.
        """
        with self._read_transaction() as connection:
            yield self._bind(connection, names=self._names)

    @contextmanager
    def writing(self, access: Access = Access.ALONE, *, seen: Seen | None = None) -> Iterator[Stores]:
        """One transaction: committed at the end, undone by any exception.

        Alone it reads what nobody changes before it ends. Together with others it may be refused what
        it has read to be there, by `LostRace` among others: see `storage.unit_of_work`. Then it may begin
        from what a snapshot has `seen`.

        Raises
        ------
        StorageUnavailable
            The database is away, full, or busy for too long; nothing was written.
        OutcomeUnknown
            The same, at the one moment where nobody can tell: while it was being committed.
        """
        with self._write_transaction(access) as connection:
            stores = self._bind(connection, seen=seen)
            yield stores
            if stores.ledger.lost_race:  # and went on nevertheless
                raise LostRace
            stores.outbox.put_what_came_first()  # reservations that ended: whoever comes by writes them down
            self.observer.expired(stores.outbox.came_first)

    def close(self) -> None:
        self._backend.close()

    def _bind(
        self, connection: Connection, *, names: RowNames | None = None, seen: Seen | None = None
    ) -> Stores:
        return bind(
            connection,
            cache=self._cache,
            excerpts=self._excerpts,
            keep_keys=self._keep_keys,
            demo_clock=self._demo_clock,
            names=names,
            seen=seen,
        )

    @contextmanager
    def _read_transaction(self) -> Iterator[Connection]:
        with (
            one_transaction(self._transaction_seconds),
            self.observer.transaction("read"),
            _taken(self._places),
            _transaction(self._backend.readers, "read") as connection,
        ):
            yield connection

    @contextmanager
    def _write_transaction(self, access: Access, *, hurried: bool = False) -> Iterator[Connection]:
        if getattr(self._here, "is_writing", False):
            raise RuntimeError("this thread is writing already: one unit of work, one transaction")
        with (
            one_transaction(self._transaction_seconds),
            self.observer.transaction("write"),
            _taken(self._turns),
        ):
            self._here.is_writing = True
            try:
                with _transaction(self._backend.writers, "write") as connection:
                    if hurried:
                        self._backend.hurry(connection)
                    self._backend.enter(connection, access)
                    yield connection
            finally:
                self._here.is_writing = False


@contextmanager
def _taken(places: "threading.Semaphore | threading.Lock") -> Iterator[None]:
    """One of so many places, waited for until the deadline, or for as long as it takes."""
    left = seconds_left(at_most=threading.TIMEOUT_MAX)
    if left <= 0 or not places.acquire(timeout=left):
        why = "the time was up before it was asked" if left <= 0 else "others used it until the time was up"
        raise OutOfTime(
            f"the database does not answer: {why}; nothing was written",
            fix="Repeat the request, with more time if it gave little",
        )
    try:
        yield
    finally:
        places.release()


@contextmanager
def _transaction(engine: Engine, kind: Kind) -> Iterator[Connection]:
    is_ending = False
    try:
        with engine.begin() as connection:
            yield connection
            is_ending = True
    except PoolTimeout as error:
        raise _unavailable(error) from error
    except DBAPIError as error:
        if is_lost_race(error):
            raise LostRace from error
        if is_ending and kind == "write" and error.connection_invalidated:
            raise _unknown() from error
        if is_busy(error) and seconds_left(at_most=1) > 0:
            raise StorageBusy(
                f"others hold what is needed: {error.orig}", fix="Try again in a while"
            ) from error
        if isinstance(error, (OperationalError, InterfaceError)) or is_refused(error):
            raise _unavailable(error.orig) from error
        raise


def _unavailable(cause: BaseException | None) -> StorageUnavailable:
    kind = OutOfTime if seconds_left(at_most=1) <= 0 else StorageUnavailable
    return kind(
        f"the database does not answer: {cause}; nothing was written",
        fix="Repeat the request; if it stays so, look at the database's disk and schema version",
    )


def _unknown() -> OutcomeUnknown:
    return OutcomeUnknown(
        "the connection to the database broke while it was committing: all of the request was written, or "
        "nothing of it",
        fix="Repeat the request with the same Idempotency-Key: it has one effect, and its answer tells which",
    )
