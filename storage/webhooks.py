"""Webhook endpoints: where events are told, of which types, signed with which secrets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from fulfillment.events import EventType
from storage.schema.events import webhook_delivery, webhook_endpoint


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that is told of events. No `types` are all. `old_secret` signs, too, until its end."""

    id: str
    url: str
    types: tuple[EventType, ...]
    secret: str
    created_at: datetime
    old_secret: str | None = None
    old_secret_until: datetime | None = None
    is_on: bool = True
    off_reason: str = ""
    failing_since: datetime | None = None

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """What signs at an instant: the secret, and the one before while it is still taken."""
        if self.old_secret is not None and self.old_secret_until is not None and now < self.old_secret_until:
            return self.secret, self.old_secret
        return (self.secret,)


class Webhooks:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, endpoint: Endpoint) -> None:
        """Insert, or replace the one of the same id."""
        values = _values(endpoint)
        known = update(webhook_endpoint).where(webhook_endpoint.c.id == endpoint.id)
        if not self._connection.execute(known.values(**values)).rowcount:
            self._connection.execute(insert(webhook_endpoint), values | {"id": endpoint.id})

    def get(self, endpoint: str) -> Endpoint | None:
        query = select(webhook_endpoint).where(webhook_endpoint.c.id == endpoint)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _endpoint(row)

    def list(self, *, after: str | None = None, limit: int | None = None) -> Sequence[Endpoint]:
        """Endpoints by id, from behind the one named."""
        query = select(webhook_endpoint).order_by(webhook_endpoint.c.id).limit(limit)
        if after is not None:
            query = query.where(webhook_endpoint.c.id > after)
        return [_endpoint(row) for row in self._connection.execute(query)]

    def count(self) -> int:
        return int(self._connection.execute(select(func.count()).select_from(webhook_endpoint)).scalar_one())

    def remove(self, endpoint: str) -> bool:
        """Remove an endpoint and what was delivered to it; whether there was one."""
        self._connection.execute(delete(webhook_delivery).where(webhook_delivery.c.endpoint_id == endpoint))
        gone = delete(webhook_endpoint).where(webhook_endpoint.c.id == endpoint)
        return self._connection.execute(gone).rowcount > 0

    def succeeded(self, endpoint: str) -> None:
        """It answers: forget that it did not."""
        t = webhook_endpoint.c
        failing = (t.id == endpoint) & t.failing_since.is_not(None)
        self._connection.execute(update(webhook_endpoint).where(failing).values(failing_since=None))

    def failed(self, endpoint: str, *, now: datetime) -> datetime | None:
        """It does not answer: since when, without a success between; None if there is no such endpoint."""
        t = webhook_endpoint.c
        since = func.coalesce(t.failing_since, now, type_=t.failing_since.type)
        told = update(webhook_endpoint).where(t.id == endpoint).values(failing_since=since)
        return self._connection.execute(told.returning(t.failing_since)).scalar_one_or_none()

    def turn_off(self, endpoint: str, reason: str) -> bool:
        """Tell it nothing more; whether it was on."""
        t = webhook_endpoint.c
        is_on = (t.id == endpoint) & t.is_on
        off = update(webhook_endpoint).where(is_on).values(is_on=False, off_reason=reason)
        return self._connection.execute(off).rowcount > 0


def _values(endpoint: Endpoint) -> dict[str, object]:
    return {
        "url": endpoint.url,
        "types": [kind.value for kind in endpoint.types],
        "secret": endpoint.secret,
        "old_secret": endpoint.old_secret,
        "old_secret_until": endpoint.old_secret_until,
        "is_on": endpoint.is_on,
        "off_reason": endpoint.off_reason,
        "failing_since": endpoint.failing_since,
        "created_at": endpoint.created_at,
    }


def _endpoint(row: Row[*tuple[Any, ...]]) -> Endpoint:
    return Endpoint(
        id=row.id,
        url=row.url,
        types=tuple(map(EventType, row.types)),
        secret=row.secret,
        old_secret=row.old_secret,
        old_secret_until=row.old_secret_until,
        is_on=row.is_on,
        off_reason=row.off_reason,
        failing_since=row.failing_since,
        created_at=row.created_at,
    )
