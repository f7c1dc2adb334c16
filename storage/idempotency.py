"""Answers kept under idempotency keys, written in the transaction of the effect they answer.

A key is forgotten when it is old, whether or not anybody has purged it. Its age is told by the
database's own clock: a jump of the demo's clock forgets nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from storage.errors import KeyTaken
from storage.schema.service import idempotency_key


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered, and the fingerprint of the request it answered."""

    fingerprint: str
    status: int
    body: str
    headers: Mapping[str, str]


class IdempotencyKeys:
    def __init__(self, connection: Connection, *, now: datetime, keep: timedelta) -> None:
        self._connection = connection
        self._now = now
        self._forgotten = now - keep  # what was put by then

    def find(self, scope: str, key: str) -> StoredAnswer | None:
        t = idempotency_key.c
        query = select(t.fingerprint, t.status, t.body, t.headers).where(
            t.scope == scope, t.key == key, t.created_at > self._forgotten
        )
        row = self._connection.execute(query).one_or_none()
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
        t = idempotency_key.c
        is_old = (t.scope == scope) & (t.key == key) & (t.created_at <= self._forgotten)
        self._connection.execute(delete(idempotency_key).where(is_old))
        try:
            self._connection.execute(insert(idempotency_key), values)
        except IntegrityError as error:
            raise KeyTaken(scope, key) from error

    def purge(self) -> int:
        """Remove the answers that are old; returns how many."""
        is_old = idempotency_key.c.created_at <= self._forgotten
        return self._connection.execute(delete(idempotency_key).where(is_old)).rowcount
