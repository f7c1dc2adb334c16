"""PostgreSQL: many writers, in many processes.

Readers see one snapshot (REPEATABLE READ, read only). Writers read what is committed (READ COMMITTED),
since their conditional writes look at the newest row. Whoever writes holds an advisory lock until its end:
shared by those who write together, exclusive for one who has to be alone.
"""

from datetime import UTC, datetime

from psycopg.errors import (
    DeadlockDetected,
    ReadOnlySqlTransaction,
    SerializationFailure,
    UndefinedColumn,
    UndefinedTable,
    UniqueViolation,
)
from sqlalchemy import Connection, create_engine
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError

from storage.dialects.backend import Access, Backend

__all__ = ["current_time", "insert", "is_duplicate", "is_lost_race", "is_refused", "open_backend"]

WAIT_MS = 30_000  # for a lock or a connection: another process may be importing
_LOCKS = {
    Access.ALONE: "SELECT pg_advisory_xact_lock(7_061_911)",
    Access.TOGETHER: "SELECT pg_advisory_xact_lock_shared(7_061_911)",  # any number, the same for both
}


def open_backend(url: URL, *, durable: bool, size: int) -> Backend:
    options = {
        "lock_timeout": WAIT_MS,
        "idle_in_transaction_session_timeout": 2 * WAIT_MS,
        "synchronous_commit": "on" if durable else "off",
        "timezone": "UTC",
    }
    ours = [f"-c {name}={value}" for name, value in options.items()]
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=size,
        max_overflow=0,
        pool_timeout=WAIT_MS / 1000,
        pool_pre_ping=True,  # the server may have been restarted
        connect_args={"options": " ".join([*_given_options(url), *ours])},
    )
    return Backend(
        writers=engine.execution_options(isolation_level="READ COMMITTED"),
        readers=engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True),
        one_writer=False,
        enter=_enter,
    )


def _given_options(url: URL) -> list[str]:
    """Those of the address, which arguments would replace."""
    given = url.query.get("options", ())
    return [given] if isinstance(given, str) else list(given)


def current_time(connection: Connection) -> datetime:
    query = "SELECT date_trunc('milliseconds', clock_timestamp())"
    now: datetime = connection.exec_driver_sql(query).scalar_one()
    return now.astimezone(UTC)


def is_duplicate(error: IntegrityError) -> bool:
    return isinstance(error.orig, UniqueViolation)


def is_lost_race(error: DBAPIError) -> bool:
    """Whether two writers stood in each other's way, and this one was sent back."""
    return isinstance(error.orig, DeadlockDetected | SerializationFailure)


def is_refused(error: DBAPIError) -> bool:
    """Whether the database cannot be used as it is: of another schema, read only, or gone."""
    is_unfit = isinstance(error.orig, UndefinedTable | UndefinedColumn | ReadOnlySqlTransaction)
    return is_unfit or error.connection_invalidated


def _enter(connection: Connection, access: Access) -> None:
    connection.exec_driver_sql(_LOCKS[access])
