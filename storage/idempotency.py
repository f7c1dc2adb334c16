"""Answers kept under idempotency keys, written in the transaction of the effect they answer; and leases of
keys, for work that outlives one transaction.

A key is forgotten when it is old, whether or not anybody has purged it. Its age is told by the
database's own clock: a jump of the demo's clock forgets nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, case, delete, select, update

from storage.dialects import insert_new
from storage.errors import KeyHeld, KeyTaken
from storage.schema.service import idempotency_key, idempotency_lease


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered, and the fingerprint of the request it answered."""

    fingerprint: str
    status: int
    body: str
    headers: Mapping[str, str]


_FIND = select(
    idempotency_key.c.fingerprint,
    idempotency_key.c.status,
    idempotency_key.c.body,
    idempotency_key.c.headers,
).where(
    idempotency_key.c.scope == bindparam("scope"),
    idempotency_key.c.key == bindparam("key"),
    idempotency_key.c.created_at > bindparam("forgotten"),
)


class IdempotencyKeys:
    def __init__(self, connection: Connection, *, now: datetime, keep: timedelta) -> None:
        self._connection = connection
        self._now = now
        self.forgotten = now - keep  # what was put by then

    def find(self, scope: str, key: str) -> StoredAnswer | None:
        names = {"scope": scope, "key": key, "forgotten": self.forgotten}
        row = self._connection.execute(_FIND, names).one_or_none()
        return None if row is None else StoredAnswer(*row)

    def put(self, scope: str, key: str, answer: StoredAnswer) -> None:
        """Keep the answer, in place of one that is old.

        Raises
        ------
        KeyTaken
            Another transaction used the key; leaving the unit of work by it undoes the effect.
        """
        values = {
            "scope": scope,
            "key": key,
            "fingerprint": answer.fingerprint,
            "status": answer.status,
            "body": answer.body,
            "headers": dict(answer.headers),
            "created_at": self._now,
        }
        if self._insert(values):
            return
        t = idempotency_key.c
        is_old = (t.scope == scope) & (t.key == key) & (t.created_at <= self.forgotten)
        self._connection.execute(delete(idempotency_key).where(is_old))
        if not self._insert(values):
            raise KeyTaken(scope, key)

    def _insert(self, values: Mapping[str, object]) -> bool:
        return insert_new(self._connection, idempotency_key, [values]) == 1

    def purge(self) -> int:
        """Remove the answers that are old; returns how many."""
        is_old = idempotency_key.c.created_at <= self.forgotten
        return self._connection.execute(delete(idempotency_key).where(is_old)).rowcount


class Leases:
    """Who is at work under which key, and until when, if nothing is heard of it before.

    `now` is the database's own clock. A lease that ran out belongs to whoever takes it next.
    """

    def __init__(self, connection: Connection, *, now: datetime, keep: timedelta) -> None:
        self._connection = connection
        self._now = now
        self._forgotten = now - keep

    def take(self, scope: str, key: str, *, fingerprint: str, holder: str, seconds: float) -> str:
        """Take a lease that is free or has run out; the fingerprint of the request that had the key first.

        If it is not the caller's own, the caller has to leave by an exception: what was done under the key
        so far was done for the other request.

        Raises
        ------
        KeyHeld
            Somebody else is at work.
        """
        t = idempotency_lease.c
        mine = {"holder": holder, "until": self._now + timedelta(seconds=seconds)}
        ran_out = _of(scope, key) & (t.until <= self._now)
        # What is as old as a key that is forgotten is nobody's.
        whose = case((t.until <= self._forgotten, fingerprint), else_=t.fingerprint)
        taken = update(idempotency_lease).where(ran_out).values(fingerprint=whose, **mine)
        if not self._connection.execute(taken).rowcount:
            new = {"scope": scope, "key": key, "fingerprint": fingerprint, **mine}
            if not insert_new(self._connection, idempotency_lease, [new]):
                raise KeyHeld(scope, key, seconds=self._seconds_left(scope, key))
        query = select(t.fingerprint).where(_of(scope, key))
        return str(self._connection.execute(query).scalar_one())

    def extend(self, scope: str, key: str, *, holder: str, seconds: float) -> bool:
        """Keep a lease for longer; False if another has taken it over."""
        mine = _of(scope, key) & (idempotency_lease.c.holder == holder)
        values = {"until": self._now + timedelta(seconds=seconds)}
        return self._connection.execute(update(idempotency_lease).where(mine).values(values)).rowcount > 0

    def let_go(self, scope: str, key: str, *, holder: str) -> bool:
        """Anybody may take the lease now, and learns whose it was; False if another has taken it over."""
        return self.extend(scope, key, holder=holder, seconds=0)

    def give_up(self, scope: str, key: str, *, holder: str) -> bool:
        """End a lease; False if another has taken it over."""
        mine = _of(scope, key) & (idempotency_lease.c.holder == holder)
        return self._connection.execute(delete(idempotency_lease).where(mine)).rowcount > 0

    def purge(self) -> int:
        """Remove leases that ran out as long ago as keys are kept; returns how many."""
        is_old = idempotency_lease.c.until <= self._forgotten
        return self._connection.execute(delete(idempotency_lease).where(is_old)).rowcount

    def _seconds_left(self, scope: str, key: str) -> float:
        query = select(idempotency_lease.c.until).where(_of(scope, key))
        until = self._connection.execute(query).scalar_one_or_none()
        return 0 if until is None else (until - self._now).total_seconds()


def _of(scope: str, key: str) -> ColumnElement[bool]:
    return (idempotency_lease.c.scope == scope) & (idempotency_lease.c.key == key)
