"""Writing one set of ledger changes: every taking of units is a conditional UPDATE, in order of key.

The draft has checked everything against what it read. The conditions hold it true where another
transaction wrote in between: a row that no longer has the units refuses. What was written up to there
must not stay: the transaction can only be undone then (`storage.database` sees to it), and tried again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection, Executable, Integer, Table, bindparam, insert, update

from fulfillment.ids import OrderId
from fulfillment.ledger.claims import Claim
from fulfillment.ledger.store import CapacityChange, ChangeSet, OrderHead, Posting, RowChange
from fulfillment.supply import CapacityKey, CapacityRow, SupplyKey, SupplyRow
from storage.dialects import insert_new
from storage.errors import LostRace
from storage.schema.ledger import capacity, claim, entry, order_head, supply


@dataclass(slots=True)
class Seen:
    """Numbers of the rows seen, and the heads of orders as they were first seen.

    `rows` with their numbers, and `days`, are the figures of a snapshot, for the transaction that writes what
    was decided on it: it need not read them again, since every write is refused where they no longer hold.
    Lists, since of hundreds that are read a few are written.
    """

    supply: dict[SupplyKey, int] = field(default_factory=dict)
    capacity: dict[CapacityKey, int] = field(default_factory=dict)
    heads: dict[OrderId, OrderHead] = field(default_factory=dict)
    rows: list[tuple[int, SupplyRow]] = field(default_factory=list)
    days: list[CapacityRow] = field(default_factory=list)

    def rows_of(self, keys: Collection[SupplyKey]) -> dict[SupplyKey, SupplyRow]:
        found = {row.key: (number, row) for number, row in self.rows if row.key in keys}
        self.supply.update((key, number) for key, (number, _) in found.items())
        return {key: row for key, (_, row) in found.items()}

    def days_of(self, keys: Collection[CapacityKey]) -> dict[CapacityKey, CapacityRow]:
        return {day.key: day for day in self.days if day.key in keys}


class RowReader(Protocol):
    def rows(self, keys: Collection[SupplyKey]) -> Mapping[SupplyKey, SupplyRow]: ...
    def capacity_rows(self, keys: Collection[CapacityKey]) -> Mapping[CapacityKey, CapacityRow]: ...


_NOTHING_ASKED = bindparam("asked", type_=Integer) == 0
# Equal to `available >= units asked for and kept`: what is released in the same change counts as free.
_AVAILABLE = supply.c.quantity - supply.c.safety_stock - supply.c.reserved >= bindparam(
    "reserved_change"
) - bindparam("quantity_change", type_=Integer) + bindparam("kept", type_=Integer)
_CHANGED_SUPPLY = (
    update(supply)
    .where(
        supply.c.id == bindparam("number"),
        supply.c.safety_stock == bindparam("from_safety_stock"),
        _NOTHING_ASKED | _AVAILABLE,
    )
    .values(
        quantity=supply.c.quantity + bindparam("quantity_change"),
        reserved=supply.c.reserved + bindparam("reserved_change"),
        safety_stock=bindparam("to_safety_stock"),
    )
)
_CHANGED_CAPACITY = (
    update(capacity)
    .where(
        capacity.c.id == bindparam("number"),
        capacity.c.day_limit == bindparam("from_limit"),
        _NOTHING_ASKED | (bindparam("to_limit", type_=Integer) - capacity.c.used >= bindparam("used_change")),
    )
    .values(day_limit=bindparam("to_limit"), used=capacity.c.used + bindparam("used_change"))
)
_CLAIM_CHANGES = ("supply_id", "quantity", "state", "service", "capacity_id", "expires_at", "promised_by")
_CHANGED_CLAIM = (
    update(claim)
    .where(claim.c.id == bindparam("claim"))
    .values({name: bindparam(f"to_{name}") for name in _CLAIM_CHANGES})
)
_CHANGED_HEAD = (
    update(order_head)
    .where(order_head.c.order_id == bindparam("order"), order_head.c.revision == bindparam("seen"))
    .values(revision=bindparam("to_revision"), claims=bindparam("to_claims"))
)


def write_changes(connection: Connection, changes: ChangeSet, *, seen: Seen, reader: RowReader) -> None:
    """Write all of it.

    Raises
    ------
    LostRace
        Another writer was faster; a part may have been written, so the transaction has to be undone.
    """
    _Writer(connection, seen, reader).write(changes)
    seen.heads.update((order, after) for order, (_, after) in changes.heads.items())


@dataclass(frozen=True, slots=True)
class _Writer:
    connection: Connection
    seen: Seen
    reader: RowReader

    def write(self, changes: ChangeSet) -> None:
        self._heads(changes.heads)  # first: who was overtaken on an order must not free its units again
        self._supply(changes.rows)
        self._capacity(changes.capacity)
        self._insert(claim, [_claim_values(c, self.seen) for c in changes.new_claims])
        self._update(_CHANGED_CLAIM, [_claim_changes(c, self.seen) for c in changes.changed_claims])
        self._insert(entry, [_entry_values(p, self.seen) for p in changes.postings])

    def _supply(self, rows: Sequence[RowChange]) -> None:
        new = [row for row in rows if row.before is None]
        if new:
            self._insert_new(supply, [_supply_values(row.after) for row in new])
            self.reader.rows({row.key for row in new})  # learns their numbers
        old = [row for row in rows if row.before is not None]
        self._update(_CHANGED_SUPPLY, [_supply_changes(r, self.seen) for r in old])

    def _capacity(self, days: Sequence[CapacityChange]) -> None:
        new = [day for day in days if day.before is None]
        if new:
            self._insert_new(capacity, [_capacity_values(day.after) for day in new])
            self.reader.capacity_rows({day.key for day in new})
        old = [day for day in days if day.before is not None]
        self._update(_CHANGED_CAPACITY, [_capacity_changes(d, self.seen) for d in old])

    def _heads(self, heads: Mapping[OrderId, tuple[OrderHead, OrderHead]]) -> None:
        new: list[Mapping[str, object]] = []
        changed: list[Mapping[str, object]] = []
        for order, (before, after) in sorted(heads.items()):
            if before.revision == 0:
                new.append({"order_id": order, "revision": after.revision, "claims": after.claims})
            else:
                changed.append(
                    {
                        "order": order,
                        "seen": before.revision,
                        "to_revision": after.revision,
                        "to_claims": after.claims,
                    }
                )
        self._insert_new(order_head, new)
        self._update(_CHANGED_HEAD, changed)

    def _insert(self, table: Table, values: Sequence[Mapping[str, object]]) -> None:
        if values:
            self.connection.execute(insert(table), values)

    def _insert_new(self, table: Table, values: Sequence[Mapping[str, object]]) -> None:
        if insert_new(self.connection, table, values) != len(values):
            raise LostRace

    def _update(self, statement: Executable, values: Sequence[Mapping[str, object]]) -> None:
        if values and self.connection.execute(statement, values).rowcount != len(values):
            raise LostRace


def _supply_values(row: SupplyRow) -> dict[str, object]:
    key = row.key
    return {
        "sku": key.sku,
        "node": key.node,
        "source": key.source,
        "earliest": key.earliest,
        "pool": key.pool,
        "state": key.state.value,
        "quantity": row.quantity,
        "reserved": row.reserved,
        "safety_stock": row.safety_stock,
    }


def _supply_changes(row: RowChange, seen: Seen) -> dict[str, object]:
    return {
        "number": seen.supply[row.key],
        "quantity_change": row.quantity_change,
        "reserved_change": row.reserved_change,
        "from_safety_stock": row.before.safety_stock if row.before else 0,
        "to_safety_stock": row.safety_stock,
        "asked": row.asked,
        "kept": row.kept,
    }


def _capacity_values(row: CapacityRow) -> dict[str, object]:
    key = row.key
    return {
        "node": key.node,
        "day": key.day,
        "kind": key.kind,
        "slot": key.slot,
        "day_limit": row.limit,
        "used": row.used,
    }


def _capacity_changes(day: CapacityChange, seen: Seen) -> dict[str, object]:
    return {
        "number": seen.capacity[day.key],
        "from_limit": day.before.limit if day.before else 0,
        "to_limit": day.limit,
        "used_change": day.used_change,
        "asked": day.asked,
    }


def _claim_values(made: Claim, seen: Seen) -> dict[str, object]:
    return {
        "id": made.id,
        "order_id": made.order,
        "line": made.line,
        "supply_id": seen.supply[made.peg],
        "quantity": made.quantity,
        "state": made.state.value,
        "service": made.service,
        "capacity_id": None if made.capacity is None else seen.capacity[made.capacity],
        "expires_at": made.expires_at,
        "promised_by": made.promised_by,
        "per_unit": made.per_unit,
    }


def _claim_changes(changed: Claim, seen: Seen) -> dict[str, object]:
    values = _claim_values(changed, seen)
    return {"claim": changed.id} | {f"to_{name}": values[name] for name in _CLAIM_CHANGES}


def _entry_values(posting: Posting, seen: Seen) -> dict[str, object]:
    key = posting.key
    return {
        "at": posting.at,
        "verb": posting.verb,
        "supply_id": seen.supply[key] if isinstance(key, SupplyKey) else None,
        "capacity_id": seen.capacity[key] if isinstance(key, CapacityKey) else None,
        "quantity_change": posting.quantity_change,
        "reserved_change": posting.reserved_change,
        "order_id": posting.order,
        "note": posting.note,
    }
