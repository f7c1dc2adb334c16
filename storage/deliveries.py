"""Deliveries: one for each event and endpoint, taken for a while by whoever sends it.

A delivery is taken by a conditional write that moves `next_at` to the end of the lease. Who took it and
died before it wrote what came of it leaves it due again at that instant.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, insert, literal, null, select, update

from fulfillment.events import EventType
from storage.outbox import PublishedEvent, published
from storage.schema.events import outbox_event, webhook_delivery, webhook_endpoint
from storage.webhooks import Endpoint


class DeliveryState(StrEnum):
    PENDING = "pending"  # not sent yet, or to be sent again
    DELIVERED = "delivered"
    FAILED = "failed"  # the last attempt failed, or the endpoint is gone
    EXPIRED = "expired"  # it waited too long for an endpoint that is off


@dataclass(frozen=True, slots=True)
class Delivery:
    id: int
    endpoint: str
    event: str
    type: EventType
    subject: str
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    last_at: datetime | None
    last_status: int | None
    last_error: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery taken, with what to send; `attempt` is 1 for the first."""

    delivery: int
    attempt: int
    due_at: datetime
    event: PublishedEvent


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a parcel; `next_at` is null unless it is pending."""

    delivery: int
    state: DeliveryState
    next_at: datetime | None
    at: datetime
    status: int | None
    error: str


_D, _E = webhook_delivery.c, outbox_event.c
_PENDING = _D.state == DeliveryState.PENDING.value
_FRESH = {
    "state": DeliveryState.PENDING.value,
    "attempts": 0,
    "lease": None,
    "last_error": "",
}


class Deliveries:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def fan_out(self, endpoints: Sequence[Endpoint], *, first: int, last: int, now: datetime) -> None:
        """A delivery of each event from sequence `first` to `last` to every endpoint that wants it."""
        for endpoint in endpoints:
            wanted = _E.sequence.between(first, last) & (_E.type != EventType.WEBHOOK_TEST.value)
            if endpoint.types:
                wanted &= _E.type.in_([kind.value for kind in endpoint.types])
            self._insert(endpoint.id, wanted, now=now)

    def put(self, endpoint: str, event: str, *, now: datetime) -> Delivery:
        """A delivery of the event just put to one endpoint alone. Write alone: it is the newest."""
        newest = (_E.number == select(func.max(_E.number)).scalar_subquery()) & (_E.id == event)
        self._insert(endpoint, newest, now=now)
        return _delivery(self._connection.execute(_read().where(_D.endpoint_id == endpoint, newest)).one())

    def due(self, *, now: datetime) -> Sequence[str]:
        """The endpoints that are on and have something due, the one that waits longest first."""
        query = (
            select(_D.endpoint_id)
            .join(webhook_endpoint, webhook_endpoint.c.id == _D.endpoint_id)
            .where(_PENDING, _D.next_at <= now, webhook_endpoint.c.is_on)
            .group_by(_D.endpoint_id)
            .order_by(func.min(_D.next_at), _D.endpoint_id)
        )
        return self._connection.execute(query).scalars().all()

    def take(
        self, endpoint: str, *, lease: str, until: datetime, limit: int, now: datetime
    ) -> Sequence[Parcel]:
        """Take what is due for one endpoint, oldest first; what another has taken is passed over."""
        query = (
            select(outbox_event, _D.id.label("delivery"), _D.attempts, _D.next_at)
            .join(outbox_event, _E.number == _D.event_number)
            .where(_D.endpoint_id == endpoint, _PENDING, _D.next_at <= now, _E.sequence.is_not(None))
            .order_by(_D.next_at, _D.id)
            .limit(limit)
            .with_for_update(of=webhook_delivery, skip_locked=True)
        )
        rows = self._connection.execute(query).all()
        taken = update(webhook_delivery).where(_D.id.in_([row.delivery for row in rows]))
        values = {"lease": lease, "next_at": until, "attempts": _D.attempts + 1}
        if rows:
            self._connection.execute(taken.values(**values))
        return [Parcel(row.delivery, row.attempts + 1, row.next_at, published(row)) for row in rows]

    def record(self, results: Sequence[Result], *, lease: str) -> None:
        """Write what came of parcels that are still ours."""
        statement = (
            update(webhook_delivery)
            .where(_D.id == bindparam("delivery"), _D.lease == bindparam("ours"))
            .values(
                state=bindparam("to"),
                next_at=bindparam("then"),
                lease=null(),
                last_at=bindparam("tried"),
                last_status=bindparam("status"),
                last_error=bindparam("error"),
            )
        )
        rows = [
            {
                "delivery": result.delivery,
                "ours": lease,
                "to": result.state.value,
                "then": result.next_at,
                "tried": result.at,
                "status": result.status,
                "error": result.error,
            }
            for result in results
        ]
        if rows:
            self._connection.execute(statement, rows)

    def give_back(self, parcels: Sequence[Parcel], *, lease: str) -> None:
        """Make parcels that were not sent what they were before they were taken."""
        statement = (
            update(webhook_delivery)
            .where(_D.id == bindparam("delivery"), _D.lease == bindparam("ours"))
            .values(next_at=bindparam("then"), attempts=_D.attempts - 1, lease=null())
        )
        rows = [{"delivery": parcel.delivery, "ours": lease, "then": parcel.due_at} for parcel in parcels]
        if rows:
            self._connection.execute(statement, rows)

    def expire(self, *, before: datetime) -> int:
        """Give up what has been due since before an instant; returns how many."""
        late = update(webhook_delivery).where(_PENDING, _D.next_at < before)
        given_up = {"state": DeliveryState.EXPIRED.value, "next_at": None, "lease": None}
        return self._connection.execute(late.values(**given_up)).rowcount

    def get(self, endpoint: str, delivery: int) -> Delivery | None:
        query = _read().where(_D.endpoint_id == endpoint, _D.id == delivery)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _delivery(row)

    def list(
        self, endpoint: str, *, state: DeliveryState | None, before: int | None, limit: int
    ) -> Sequence[Delivery]:
        """Deliveries to an endpoint, newest first, from before the one named."""
        query = _read().where(_D.endpoint_id == endpoint).order_by(_D.id.desc()).limit(limit)
        if state is not None:
            query = query.where(_D.state == state.value)
        if before is not None:
            query = query.where(_D.id < before)
        return [_delivery(row) for row in self._connection.execute(query)]

    def retry(self, endpoint: str, delivery: int, *, now: datetime) -> None:
        """Due at once, with all attempts before it again; one that is being sent is left alone."""
        idle = ~_PENDING | _D.lease.is_(None)
        again = update(webhook_delivery).where(_D.endpoint_id == endpoint, _D.id == delivery, idle)
        self._connection.execute(again.values(**_FRESH, next_at=now))

    def matching(self, *, since: datetime, until: datetime | None, types: Collection[EventType]) -> int:
        """How many published events a replay would send."""
        query = select(func.count()).select_from(outbox_event).where(_between(since, until, types))
        return int(self._connection.execute(query).scalar_one())

    def replay(
        self,
        endpoint: str,
        *,
        since: datetime,
        until: datetime | None,
        types: Collection[EventType],
        now: datetime,
    ) -> None:
        """Send published events again, or for the first time; what is pending stays as it is. Write alone."""
        wanted = _between(since, until, types)
        numbers = select(_E.number).where(wanted)
        done = update(webhook_delivery).where(
            _D.endpoint_id == endpoint, ~_PENDING, _D.event_number.in_(numbers)
        )
        self._connection.execute(done.values(**_FRESH, next_at=now))
        known = select(_D.event_number).where(_D.endpoint_id == endpoint)
        self._insert(endpoint, wanted & _E.number.not_in(known), now=now)

    def pending(self) -> int:
        """Deliveries that are not done, to endpoints that are on (the depth of the queue)."""
        query = (
            select(func.count())
            .select_from(webhook_delivery)
            .join(webhook_endpoint, webhook_endpoint.c.id == _D.endpoint_id)
            .where(_PENDING, webhook_endpoint.c.is_on)
        )
        return int(self._connection.execute(query).scalar_one())

    def _insert(self, endpoint: str, which: ColumnElement[bool], *, now: datetime) -> None:
        """A pending delivery of each event that is meant."""
        values = {
            "endpoint_id": literal(endpoint),
            "event_number": _E.number,
            "state": literal(DeliveryState.PENDING.value),
            "attempts": literal(0),
            "next_at": literal(now, type_=_D.next_at.type),
            "last_error": literal(""),
        }
        rows = select(*values.values()).where(which).order_by(_E.number)
        self._connection.execute(insert(webhook_delivery).from_select(list(values), rows))


def _between(since: datetime, until: datetime | None, types: Collection[EventType]) -> ColumnElement[bool]:
    which = (_E.at >= since) & _E.sequence.is_not(None) & (_E.type != EventType.WEBHOOK_TEST.value)
    if until is not None:
        which &= _E.at < until
    if types:
        which &= _E.type.in_([kind.value for kind in types])
    return which


def _read() -> Any:
    columns = (_E.id.label("event"), _E.type, _E.subject)
    return select(webhook_delivery, *columns).join(outbox_event, _E.number == _D.event_number)


def _delivery(row: Row[*tuple[Any, ...]]) -> Delivery:
    return Delivery(
        id=row.id,
        endpoint=row.endpoint_id,
        event=row.event,
        type=EventType(row.type),
        subject=row.subject,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_at=row.next_at,
        last_at=row.last_at,
        last_status=row.last_status,
        last_error=row.last_error,
    )
