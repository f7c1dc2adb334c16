"""What is forgotten, and how: orders that have ended, with everything that tells of them.

The ledger's figures stay as they are. Entries of a purged order lose its id and their note; its claims,
which hold nothing any more, go. What they used of a day's capacity is then proven by those entries alone.
No order is purged that still holds stock.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from fulfillment.errors import InvalidInput, Refused
from fulfillment.events import EventType
from fulfillment.ids import OrderId
from fulfillment.ledger.claims import HOLDING
from storage.mentions import tells_of, without
from storage.schema.access import audit_entry
from storage.schema.events import outbox_event, webhook_delivery
from storage.schema.jobs import job, job_input, job_item
from storage.schema.ledger import claim, entry, order_head
from storage.schema.orders import decision, order_line, sales_order
from storage.schema.service import idempotency_key, idempotency_lease
from storage.schema.shadow import order_comparison

_ANSWERS_AT_ONCE = 500
_HOLDS = exists().where(claim.c.order_id == sales_order.c.id, claim.c.state.in_(sorted(HOLDING)))


@dataclass(frozen=True, slots=True)
class Purged:
    """Rows that went, or that lost the order's id (entries of the ledger, acts of the audit log).

    `parts` are rows about other orders, too, that lost what they told of it (jobs, events about shortfalls);
    `excerpts` those of the catalog that no decision was made from any more.
    """

    orders: int = 0
    lines: int = 0
    decisions: int = 0
    comparisons: int = 0
    claims: int = 0
    entries: int = 0
    events: int = 0
    acts: int = 0
    answers: int = 0
    parts: int = 0
    excerpts: int = 0

    def __add__(self, other: "Purged") -> "Purged":
        return Purged(
            **{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)}
        )


NAMING_ORDERS: Mapping[str, Column[Any]] = {
    # What is counted: the column that names the order. Deleted in this order, heads first of all.
    "claims": claim.c.order_id,
    "decisions": decision.c.order_id,
    "comparisons": order_comparison.c.order_id,
    "lines": order_line.c.order_id,
    "orders": sales_order.c.id,
}


ALSO_NAMING: Mapping[str, Column[Any]] = {
    "entries": entry.c.order_id,
    "events": outbox_event.c.subject,
    "acts": audit_entry.c.subject,
}


class Retention:
    """Finds what has ended, and purges it; each call is part of its transaction."""

    def __init__(self, connection: Connection, *, now: datetime) -> None:
        self._connection = connection
        self._now = now  # by the database's own clock, as leases are

    def ended(self, *, before: datetime, after: OrderId | None = None, limit: int) -> Sequence[OrderId]:
        """At most `limit` orders without stock whose last change is before an instant, in order of id."""
        query = select(sales_order.c.id).where(_ended(before))
        return self._names(query, after, limit)

    def decided(self, *, before: datetime, after: OrderId | None = None, limit: int) -> Sequence[OrderId]:
        """The same, of orders that still have a decision."""
        has_decision = exists().where(decision.c.order_id == sales_order.c.id)
        return self._names(select(sales_order.c.id).where(_ended(before), has_decision), after, limit)

    def holding(self, *, before: datetime, limit: int) -> tuple[int, Sequence[OrderId]]:
        """Orders made before an instant that still hold stock: how many, and the first of them."""
        is_kept = and_(sales_order.c.created_at < before, _HOLDS)
        number: int = self._connection.execute(
            select(func.count()).select_from(sales_order).where(is_kept)
        ).scalar_one()
        return number, self._names(select(sales_order.c.id).where(is_kept), None, limit)

    def count(self, orders: Sequence[OrderId]) -> Purged:
        """What purging these orders would take; answers under keys are not looked for."""
        numbers = {
            name: self._count(column.in_(orders))
            for name, column in (*NAMING_ORDERS.items(), *ALSO_NAMING.items())
        }
        return Purged(**numbers)

    def purge(self, orders: Sequence[OrderId], *, before: datetime, answers: bool) -> Purged:
        """Purge those of the orders that have still ended before the instant.

        Others may write meanwhile: nobody changes claims of an order without its head, which is locked here
        first. With `answers` those kept under idempotency keys are looked through as well; needed if the
        orders were changed within the time for which keys are remembered.
        """
        self._lock(orders)
        query = select(sales_order.c.id).where(sales_order.c.id.in_(orders), _ended(before))
        return self._purge(self._names(query, None, len(orders)), answers=answers)

    def purge_decisions(self, orders: Sequence[OrderId], *, before: datetime) -> Purged:
        """Purge only the decisions of those of the orders that have still ended before the instant."""
        self._lock(orders)
        gone = select(sales_order.c.id).where(sales_order.c.id.in_(orders), _ended(before))
        names = self._names(gone, None, len(orders))
        return Purged(decisions=self._delete(decision.c.order_id, names))

    def purge_order(self, order: OrderId) -> Purged:
        """Purge one order, however young.

        Raises
        ------
        InvalidInput
            There is no such order.
        Refused
            It still holds stock.
        """
        self._lock([order])
        known = self._connection.execute(select(sales_order.c.id).where(sales_order.c.id == order)).first()
        seen = self._connection.execute(
            select(order_head.c.order_id).where(order_head.c.order_id == order)
        ).first()
        compared = self._count(order_comparison.c.order_id == order)
        if known is None and seen is None and not compared:
            raise InvalidInput(f"order {order} was never seen, or was purged", fix="Correct its id")
        held = self._connection.execute(
            select(claim.c.state, func.sum(claim.c.quantity))
            .where(claim.c.order_id == order, claim.c.state.in_(sorted(HOLDING)))
            .group_by(claim.c.state)
            .order_by(claim.c.state)
        ).all()
        if held:
            said = ", ".join(f"{units} {state.replace('_', ' ')}" for state, units in held)
            raise Refused(f"order {order} still holds stock: {said}", fix="Ship, collect or cancel it first")
        return self._purge([order], answers=True)

    # Helpers

    def _purge(self, orders: Sequence[OrderId], *, answers: bool) -> Purged:
        if not orders:
            return Purged()
        self._delete(order_head.c.order_id, orders)
        numbers = {name: self._delete(column, orders) for name, column in NAMING_ORDERS.items()}
        told = outbox_event.c.subject.in_(orders)
        numbers_of = select(outbox_event.c.number).where(told)
        self._connection.execute(
            delete(webhook_delivery).where(webhook_delivery.c.event_number.in_(numbers_of))
        )
        made_nameless = update(entry).where(entry.c.order_id.in_(orders)).values(order_id=None, note="")
        return Purged(
            entries=self._connection.execute(made_nameless).rowcount,
            events=self._connection.execute(delete(outbox_event).where(told)).rowcount,
            acts=self._connection.execute(
                update(audit_entry).where(audit_entry.c.subject.in_(orders)).values(subject="")
            ).rowcount,
            answers=self._purge_answers(set(orders)) if answers else 0,
            parts=self._blank_parts(set(orders)) if answers else 0,
            **numbers,
        )

    def _purge_answers(self, orders: Collection[str]) -> int:
        found = list(self._answers_about(orders))
        for scope, key in found:
            t = idempotency_key.c
            self._connection.execute(delete(idempotency_key).where(t.scope == scope, t.key == key))
        return len(found) + self._purge_leases(orders)

    def _answers_about(self, orders: Collection[str]) -> Iterator[tuple[str, str]]:
        t = idempotency_key.c
        rows = self._connection.execute(
            select(t.scope, t.key, t.body, t.fingerprint), execution_options={"yield_per": _ANSWERS_AT_ONCE}
        )
        for scope, key, body, fingerprint in rows:
            if tells_of(body, orders) or tells_of(fingerprint, orders):
                yield scope, key

    def _purge_leases(self, orders: Collection[str]) -> int:
        """Of requests that failed half way; whoever is at work has seconds left, and keeps its own."""
        t = idempotency_lease.c
        rows = self._connection.execute(
            select(t.scope, t.key, t.fingerprint).where(t.until <= self._now)
        ).all()
        found = [(scope, key) for scope, key, fingerprint in rows if tells_of(fingerprint, orders)]
        for scope, key in found:
            which = (t.scope == scope) & (t.key == key) & (t.until <= self._now)
            self._connection.execute(delete(idempotency_lease).where(which))
        return len(found)

    def _blank_parts(self, orders: Collection[str]) -> int:
        """What tells of the orders within jobs and events that are about others, too."""
        return self._blank_inputs(orders) + self._blank_items(orders) + self._blank_shortfalls(orders)

    def _blank_inputs(self, orders: Collection[str]) -> int:
        """What jobs were asked for; what is still to be done by one is a new order, and stays."""
        t = job_input.c
        every = select(t.job_id, t.document)
        found = [
            name
            for name, document in self._connection.execute(every, execution_options={"yield_per": 1})
            if tells_of(document, orders)
        ]
        blanked = 0
        one = select(t.document, job.c.done, job.c.finished_at).join_from(job_input, job)
        for name in found:
            document, done, finished_at = self._connection.execute(one.where(t.job_id == name)).one()
            content = json.loads(document)
            sent = content.get("orders", [])
            past = len(sent) if finished_at is not None else done
            content["orders"] = [*without(sent[:past], orders), *sent[past:]]
            self._connection.execute(
                update(job_input).where(t.job_id == name).values(document=json.dumps(content))
            )
            blanked += content["orders"] != sent
        return blanked

    def _blank_items(self, orders: Collection[str]) -> int:
        t = job_item.c
        found = [
            (name, position)
            for name, position, body in self._connection.execute(
                select(t.job_id, t.position, t.body), execution_options={"yield_per": _ANSWERS_AT_ONCE}
            )
            if tells_of(body, orders)
        ]
        for name, position in found:
            which = (t.job_id == name) & (t.position == position)
            self._connection.execute(update(job_item).where(which).values(body="{}"))
        return len(found)

    def _blank_shortfalls(self, orders: Collection[str]) -> int:
        t = outbox_event.c
        query = select(t.number, t.data).where(t.type == EventType.STOCK_SHORTFALL.value)
        blanked = 0
        for number, data in self._connection.execute(query).all():
            short = [{**one, "order": ""} if one["order"] in orders else one for one in data["short"]]
            if short != data["short"]:
                values = {"data": {**data, "short": short}}
                self._connection.execute(update(outbox_event).where(t.number == number).values(**values))
                blanked += 1
        return blanked

    def _lock(self, orders: Sequence[OrderId]) -> None:
        heads = select(order_head.c.order_id).where(order_head.c.order_id.in_(orders))
        self._connection.execute(heads.order_by(order_head.c.order_id).with_for_update()).all()

    def _delete(self, names: Column[Any], orders: Sequence[OrderId]) -> int:
        return self._connection.execute(delete(names.table).where(names.in_(orders))).rowcount

    def _count(self, condition: ColumnElement[bool]) -> int:
        number: int = self._connection.execute(select(func.count()).where(condition)).scalar_one()
        return number

    def _names(self, query: Select[*tuple[Any, ...]], after: OrderId | None, limit: int) -> Sequence[OrderId]:
        if after is not None:
            query = query.where(sales_order.c.id > after)
        found = self._connection.execute(query.order_by(sales_order.c.id).limit(limit)).scalars()
        return [OrderId(name) for name in found]


def _ended(before: datetime) -> ColumnElement[bool]:
    is_touched = or_(_HOLDS, exists().where(entry.c.order_id == sales_order.c.id, entry.c.at >= before))
    return and_(sales_order.c.created_at < before, ~is_touched)
