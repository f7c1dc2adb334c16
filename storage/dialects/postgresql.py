"""PostgreSQL: many writers, in many processes.

Readers see one snapshot (REPEATABLE READ, read only). Writers read what is committed (READ COMMITTED),
since their conditional writes look at the newest row. Whoever writes holds an advisory lock until its end:
shared by those who write together, exclusive for one who has to be alone.
"""

import time
from collections.abc import Iterable, Sequence
from math import inf

from psycopg import Connection as Session
from psycopg import Error, sql
from psycopg.errors import (
    DeadlockDetected,
    LockNotAvailable,
    ReadOnlySqlTransaction,
    SerializationFailure,
    UndefinedColumn,
    UndefinedTable,
)
from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, type_coerce
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from storage.dialects import patience
from storage.dialects.backend import Access, Backend
from storage.schema.base import UtcDateTime

__all__ = [
    "CLOCK",
    "Insert",
    "insert",
    "is_busy",
    "is_lost_race",
    "is_refused",
    "load_rows",
    "open_backend",
    "renumber",
]

CLOCK = type_coerce(
    func.timezone("UTC", func.date_trunc("milliseconds", func.clock_timestamp())), UtcDateTime
)

WAIT_MS = 30_000  # for a lock or a connection: another process may be importing
HURRY_MS = 2_000  # for a lock that others queue up behind
IDLE_SECONDS = 1.0
_LEFT = "nodewise_left_at"
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
        connect_args={"options": " ".join([*_given_options(url), *ours])},
    )
    _ping_after_idling(engine)
    event.listen(engine, "do_connect", patience.connect)
    return Backend(
        writers=engine.execution_options(isolation_level="READ COMMITTED"),
        readers=engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True),
        one_writer=False,
        connections=size,
        enter=_enter,
        hurry=_hurry,
        others=lambda: _others(engine),
    )


def _ping_after_idling(engine: Engine) -> None:
    """A connection that was not used for a while is tried first: the server may have been restarted.

    To try each one would be a round trip more for every transaction.
    """

    @event.listens_for(engine, "checkin")
    def note(_: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info[_LEFT] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ping(connection: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
        if time.monotonic() - record.info.get(_LEFT, inf) < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error  # the pool takes another


def _given_options(url: URL) -> list[str]:
    """Those of the address, which arguments would replace."""
    given = url.query.get("options", ())
    return [given] if isinstance(given, str) else list(given)


def is_lost_race(error: DBAPIError) -> bool:
    """Whether two writers stood in each other's way, and this one was sent back."""
    return isinstance(error.orig, DeadlockDetected | SerializationFailure)


def is_refused(error: DBAPIError) -> bool:
    """Whether the database cannot be used as it is: of another schema, read only, or gone."""
    is_unfit = isinstance(error.orig, UndefinedTable | UndefinedColumn | ReadOnlySqlTransaction)
    return is_unfit or error.connection_invalidated


def is_busy(error: DBAPIError) -> bool:
    """Whether others held a lock for too long."""
    return isinstance(error.orig, LockNotAvailable)


def load_rows(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Insert many rows, each value in a form that a column of its type reads from text."""
    copy = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    session = connection.connection.driver_connection
    assert isinstance(session, Session)
    try:
        with session.cursor() as cursor, cursor.copy(copy) as stream:
            for row in rows:
                stream.write_row(row)
    except Error as error:  # the driver's own: as if a statement had failed
        raise DBAPIError.instance(copy.as_string(), None, error, Error, dialect=connection.dialect) from error


def renumber(connection: Connection, table: str) -> None:
    """Let the numbers that the database gives go on behind the largest that is there."""
    for column in inspect(connection).get_columns(table):
        name = column["name"]
        owned = connection.exec_driver_sql(
            "SELECT pg_get_serial_sequence(quote_ident(%s), %s)", (table, name)
        ).scalar_one()
        if owned is not None:
            quoted = connection.dialect.identifier_preparer.quote
            connection.exec_driver_sql(
                f"SELECT setval(%s, coalesce(max({quoted(name)}), 1), max({quoted(name)}) IS NOT NULL) "
                f"FROM {quoted(table)}",
                (owned,),
            )


def _hurry(connection: Connection) -> None:
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {HURRY_MS}")


def _others(engine: Engine) -> int:
    with engine.connect() as connection:
        count: int = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        ).scalar_one()
    engine.dispose()
    return count


def _enter(connection: Connection, access: Access) -> None:
    connection.exec_driver_sql(_LOCKS[access])
