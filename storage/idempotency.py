"""Answers kept under idempotency keys, written in the transaction of the effect they answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

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
    def __init__(self, connection: Connection, *, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def find(self, scope: str, key: str) -> StoredAnswer | None:
        t = idempotency_key.c
        query = select(t.fingerprint, t.status, t.body, t.headers).where(t.scope == scope, t.key == key)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else StoredAnswer(*row)

    def put(self, scope: str, key: str, answer: StoredAnswer) -> None:
        """Keep the answer.

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
        try:
            self._connection.execute(insert(idempotency_key), values)
        except IntegrityError as error:
            raise KeyTaken(scope, key) from error

    def purge(self, *, before: datetime) -> int:
        """Forget what was kept before an instant; returns how many answers."""
        return self._connection.execute(
            delete(idempotency_key).where(idempotency_key.c.created_at < before)
        ).rowcount
