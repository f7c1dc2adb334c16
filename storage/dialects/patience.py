"""Connections to PostgreSQL that wait for it until the deadline of their thread, and no longer.

Whether the server is busy, blocked, frozen or cut off, no wait outlasts the deadline by more than twice
`GRACE`: the server is asked to stop the statement; if it does not answer even that, the connection is closed.
"""

import threading
from concurrent.futures import Future
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import Dialect
from sqlalchemy.pool import ConnectionPoolEntry

from storage.deadlines import seconds_left

GRACE = 0.1  # seconds: for the server to stop what it was asked to, or to undo what was begun
_FOREVER = float("inf")
_TURN = 0.1  # seconds between looks at interrupts, as in psycopg itself

Result = TypeVar("Result")


class PatientConnection(psycopg.Connection[Any]):
    """A connection each of whose waits ends with the deadline."""

    def wait(self, gen: PQGen[Result], interval: float = _TURN, timeout: float | None = None) -> Result:
        left = seconds_left(at_most=_FOREVER if timeout is None else timeout)
        if left == _FOREVER:
            return super().wait(gen, interval)
        try:
            return super().wait(gen, interval, max(left, GRACE / 2))
        except psycopg.OperationalError:
            if self.pgconn.transaction_status != TransactionStatus.ACTIVE:
                raise
            return self._stop(gen, interval)

    def _stop(self, gen: PQGen[Result], interval: float) -> Result:
        """The answer of a statement that is to end now, most likely QueryCanceled."""
        try:
            self.cancel_safe(timeout=GRACE)
            return super().wait(gen, interval, GRACE)
        except psycopg.errors.QueryCanceled:
            raise
        except psycopg.OperationalError as error:
            self.close()
            raise psycopg.OperationalError("the server does not answer in time") from error


def connect(
    _dialect: Dialect, _entry: ConnectionPoolEntry, given: tuple[Any, ...], named: dict[str, Any]
) -> PatientConnection:
    """Connect before the deadline. The driver itself waits for two seconds at least, so a thread does."""
    left = seconds_left(at_most=_FOREVER)
    if left == _FOREVER:
        return PatientConnection.connect(*given, **named)
    made: Future[PatientConnection] = Future()
    threading.Thread(target=_make, args=(made, given, named), name="connecting", daemon=True).start()
    try:
        return made.result(timeout=max(0.0, left))
    except TimeoutError as error:
        made.add_done_callback(_close)
        raise psycopg.OperationalError("the server takes no connection in time") from error


def _make(made: "Future[PatientConnection]", given: tuple[Any, ...], named: dict[str, Any]) -> None:
    try:
        made.set_result(PatientConnection.connect(*given, **named))
    except Exception as error:  # whatever it is, whoever waits has to hear of it
        made.set_exception(error)


def _close(made: "Future[PatientConnection]") -> None:
    """What came too late is wanted by nobody."""
    if made.exception() is None:
        made.result().close()
