"""The outbox: events written in the transaction of their effect, then published in one order for all.

A number given when a row is written is no order to read by: of two writers the later number may commit
first, and whoever has read past it never sees the other. So an event gets its `sequence` when it is
published: after its commit, one publisher at a time, without a gap. A reader who remembers the last
sequence it has seen misses nothing.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, insert, select, update

from fulfillment.events import Event, EventType
from storage.schema.events import outbox_event, outbox_sequence, webhook_delivery


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """An event with its id, its instant and its place in the sequence."""

    sequence: int
    id: str
    type: EventType
    at: datetime
    subject: str
    data: Mapping[str, object]


class Outbox:
    """
    Parameters
    ----------
    first
        Events that the transaction's writes have brought about before those that are `put`, each told once:
        of reservations that ended, and made room for what follows.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        now: datetime,
        first: Callable[[], Sequence[Event]] = lambda: (),
    ) -> None:
        self._connection = connection
        self._now = now
        self._first = first
        self.came_first = 0  # so many of them in this transaction

    def put(self, event: Event) -> str:
        """Keep the event, with the transaction's other writes or not at all; returns its id.

        One INSERT, and another before it if something came first.
        """
        self.put_what_came_first()
        return self._insert([event])[0]

    def put_what_came_first(self) -> None:
        """Keep what came first, if anything has come since this was called last."""
        if events := self._first():
            self._insert(events)
            self.came_first += len(events)

    def _insert(self, events: Sequence[Event]) -> list[str]:
        rows = [
            {
                "id": f"evt_{uuid.uuid4().hex}",
                "type": event.type.value,
                "at": self._now,
                "subject": event.subject,
                "data": dict(event.data),
            }
            for event in events
        ]
        self._connection.execute(insert(outbox_event).inline(), rows)
        return [str(row["id"]) for row in rows]

    def unpublished(self) -> int:
        """Events that are committed and have no sequence yet."""
        waiting = select(func.count()).select_from(outbox_event).where(outbox_event.c.sequence.is_(None))
        return int(self._connection.execute(waiting).scalar_one())

    def has_unpublished(self) -> bool:
        waiting = select(outbox_event.c.number).where(outbox_event.c.sequence.is_(None)).limit(1)
        return self._connection.execute(waiting).first() is not None

    def publish(self, *, limit: int) -> tuple[int, int]:
        """Give the next sequences to what is committed; the last sequence before, and after.

        Whoever publishes at the same time waits here, so every event is published by one transaction.
        """
        last_row = (
            update(outbox_sequence).values(last=outbox_sequence.c.last).returning(outbox_sequence.c.last)
        )
        last = int(self._connection.execute(last_row).scalar_one())
        new = (
            select(outbox_event.c.number)
            .where(outbox_event.c.sequence.is_(None))
            .order_by(outbox_event.c.number)
            .limit(limit)
            .subquery()
        )
        places = select(
            new.c.number, (func.row_number().over(order_by=new.c.number) + last).label("place")
        ).subquery()
        numbered = (
            update(outbox_event)
            .where(outbox_event.c.number == places.c.number)
            .values(sequence=places.c.place)
        )
        published = self._connection.execute(numbered).rowcount
        if published:
            self._connection.execute(update(outbox_sequence).values(last=last + published))
        return last, last + published

    def last_sequence(self) -> int:
        return int(self._connection.execute(select(outbox_sequence.c.last)).scalar_one())

    def after(self, sequence: int, *, limit: int) -> Sequence[PublishedEvent]:
        """At most `limit` published events behind the sequence, in its order."""
        t = outbox_event.c
        query = select(outbox_event).where(t.sequence > sequence).order_by(t.sequence).limit(limit)
        return [published(row) for row in self._connection.execute(query)]

    def purge(self, before: datetime) -> int:
        """Remove events from before an instant, with their deliveries; returns how many events.

        What nobody has read yet stays: events not published, and those with a delivery that is pending.
        """
        t = outbox_event.c
        waits = exists().where(
            webhook_delivery.c.event_number == t.number, webhook_delivery.c.state == "pending"
        )
        old = select(t.number).where(t.at < before, t.sequence.is_not(None), ~waits)
        self._connection.execute(delete(webhook_delivery).where(webhook_delivery.c.event_number.in_(old)))
        return self._connection.execute(delete(outbox_event).where(t.number.in_(old))).rowcount


def published(row: Row[*tuple[Any, ...]]) -> PublishedEvent:
    """An event from the columns of its table."""
    return PublishedEvent(
        sequence=row.sequence,
        id=row.id,
        type=EventType(row.type),
        at=row.at,
        subject=row.subject,
        data=row.data,
    )
