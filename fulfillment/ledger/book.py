"""All operations of the ledger, over any store: each one drafts, checks as a whole, writes once.

The rules are in the modules it calls; a store only reads rows and writes a checked set of changes.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime

from fulfillment.ids import NodeId, OrderId, SkuId
from fulfillment.ledger import facts, moving, promising
from fulfillment.ledger.auditing import complaints
from fulfillment.ledger.claims import Claim
from fulfillment.ledger.drafting import Draft
from fulfillment.ledger.protocol import (
    Adjustment,
    Entry,
    Ledger,
    Reassignment,
    Selection,
    Shortfall,
    Wanted,
)
from fulfillment.ledger.shortfalls import by_row, latest_first, shortfalls_of
from fulfillment.ledger.store import LedgerStore
from fulfillment.ledger.transitions import (
    CANCEL,
    COLLECT,
    CONFIRM,
    MAKE_READY,
    NOT_COLLECTED,
    PICK,
    SEND_TO_NODE,
    SHIP,
    Transition,
)
from fulfillment.supply import CapacityKey, CapacityRow, StockState, SupplyKey, SupplyRow


class Book(Ledger):
    """The ledger over a `LedgerStore`; the protocol says what each operation means."""

    def __init__(self, store: LedgerStore) -> None:
        self._store = store

    # Reading

    def supply(self, skus: Collection[SkuId], *, now: datetime) -> Sequence[SupplyRow]:
        expired: Counter[SupplyKey] = Counter()
        for claim in self._store.expired(now):
            expired[claim.peg] += claim.quantity
        rows = self._store.rows_of(skus)
        if not expired:
            return rows
        return [replace(row, reserved=row.reserved - expired[row.key]) for row in rows]

    def capacity(self, days: Collection[tuple[NodeId, date]], *, now: datetime) -> Sequence[CapacityRow]:
        expired: Counter[CapacityKey] = Counter()
        for claim in self._store.expired(now):
            if claim.capacity is not None:
                expired[claim.capacity] += claim.quantity
        return [replace(row, used=row.used - expired[row.key]) for row in self._store.capacity_on(days)]

    def claims(self, order: OrderId) -> Sequence[Claim]:
        return self._store.claims_of([order])

    def revision(self, order: OrderId) -> int:
        head = self._store.heads([order]).get(order)
        return head.revision if head else 0

    def shortfalls(self, *, now: datetime) -> Sequence[Shortfall]:
        rows = self._store.short_rows()
        live = by_row(c for c in self._store.claims_on({row.key for row in rows}) if not c.is_expired(now))
        return latest_first(
            short for row in rows for short in shortfalls_of(row.quantity, live.get(row.key, ()))
        )

    def entries(self, *, order: OrderId | None = None) -> Sequence[Entry]:
        return self._store.entries(order)

    def reconcile(self) -> Sequence[str]:
        return [complaint for balance in self._store.balances() for complaint in complaints(balance)]

    # Facts about supply

    def set_supply(self, rows: Sequence[SupplyRow], *, now: datetime) -> Sequence[Shortfall]:
        draft = Draft(self._store, now=now)
        short = facts.set_supply(draft, rows)
        self._write(draft)
        return short

    def set_capacity(self, rows: Sequence[CapacityRow], *, now: datetime) -> None:
        draft = Draft(self._store, now=now)
        facts.set_capacity(draft, rows)
        self._write(draft)

    def receive(self, inbound: SupplyKey, quantity: int, *, now: datetime) -> None:
        draft = Draft(self._store, now=now)
        facts.receive(draft, inbound, quantity)
        self._write(draft)

    def adjust(self, changes: Sequence[Adjustment], *, now: datetime) -> Sequence[Shortfall]:
        draft = Draft(self._store, now=now)
        short = facts.adjust(draft, changes)
        self._write(draft)
        return short

    def transfer_out(
        self, key: SupplyKey, to: NodeId, quantity: int, *, transfer: str, arrives: date, now: datetime
    ) -> SupplyKey:
        draft = Draft(self._store, now=now)
        inbound = facts.transfer_out(draft, key, to, quantity, transfer=transfer, arrives=arrives)
        self._write(draft)
        return inbound

    def transfer_in(self, inbound: SupplyKey, quantity: int, *, now: datetime) -> None:
        draft = Draft(self._store, now=now)
        facts.receive(draft, inbound, quantity, verb="transfer_in")
        self._write(draft)

    # Promising

    def reserve(
        self,
        order: OrderId,
        wanted: Sequence[Wanted],
        *,
        expires_at: datetime | None,
        now: datetime,
        revision: int | None = None,
        days: Sequence[CapacityRow] = (),
    ) -> Sequence[Claim]:
        draft = Draft(self._store, now=now)
        facts.set_capacity(draft, days)
        made = promising.reserve(draft, order, wanted, expires_at=expires_at, revision=revision)
        return self._write(draft, made)

    def confirm(self, selection: Selection, *, now: datetime) -> Sequence[Claim]:
        return self._move(selection, CONFIRM, now=now)

    def reassign(
        self, changes: Sequence[Reassignment], *, now: datetime, days: Sequence[CapacityRow] = ()
    ) -> Sequence[Claim]:
        draft = Draft(self._store, now=now)
        facts.set_capacity(draft, days)
        return self._write(draft, promising.reassign(draft, changes))

    def cancel(self, selection: Selection, *, now: datetime) -> Sequence[Claim]:
        return self._move(selection, CANCEL, now=now)

    def sweep(self, *, now: datetime) -> int:
        draft = Draft(self._store, now=now)
        self._write(draft)
        return draft.released

    # At the node

    def send_to_node(self, selection: Selection, *, now: datetime) -> Sequence[Claim]:
        return self._move(selection, SEND_TO_NODE, now=now)

    def pick(self, selection: Selection, *, now: datetime) -> Sequence[Claim]:
        return self._move(selection, PICK, now=now)

    def make_ready(self, selection: Selection, *, now: datetime) -> Sequence[Claim]:
        return self._move(selection, MAKE_READY, now=now)

    def reject(self, selection: Selection, *, reason: str, now: datetime) -> Sequence[Claim]:
        draft = Draft(self._store, now=now)
        return self._write(draft, moving.reject(draft, selection, reason=reason))

    def ship(self, selection: Selection, *, now: datetime) -> Sequence[Claim]:
        return self._move(selection, SHIP, now=now)

    def collect(self, selection: Selection, *, now: datetime) -> Sequence[Claim]:
        return self._move(selection, COLLECT, now=now)

    def not_collected(self, selection: Selection, *, now: datetime) -> Sequence[Claim]:
        return self._move(selection, NOT_COLLECTED, now=now)

    def take_back(
        self, selection: Selection, *, to: NodeId, state: StockState, now: datetime
    ) -> Sequence[Claim]:
        draft = Draft(self._store, now=now)
        return self._write(draft, moving.take_back(draft, selection, to=to, state=state))

    # Helpers

    def _move(self, selection: Selection, transition: Transition, *, now: datetime) -> Sequence[Claim]:
        draft = Draft(self._store, now=now)
        return self._write(draft, moving.move(draft, selection, transition))

    def _write(self, draft: Draft, claims: Sequence[Claim] = ()) -> Sequence[Claim]:
        changes = draft.finish()
        if changes.postings:
            self._store.write(changes)
        return claims
