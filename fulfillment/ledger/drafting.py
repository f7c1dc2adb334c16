"""A draft: the working copy that one operation changes, checks as a whole and hands to the store.

Operations read through it and change it step by step; nothing is written before `finish`, so an
operation that raises has changed nothing. What has expired is released first, in every operation:
an expired reservation is free to others whether or not a sweeper has been by.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fulfillment.errors import CapacityFull, InsufficientStock, InvalidInput, RevisionConflict, Shortage
from fulfillment.ids import ClaimId, OrderId
from fulfillment.ledger.claims import HOLDING, Claim, claim_id, firm_state
from fulfillment.ledger.store import (
    CapacityChange,
    ChangeSet,
    LedgerStore,
    OrderHead,
    Posting,
    RowChange,
)
from fulfillment.ledger.transitions import EXPIRE, Transition
from fulfillment.supply import MAX_UNITS, CapacityKey, CapacityRow, SupplyKey, SupplyRow


@dataclass(slots=True)
class _Row:
    """A supply row in work. `asked` is the net claim of this operation on what is available.

    Of that `kept` units are for others; of several claims the most that one of them has to leave.
    """

    key: SupplyKey
    before: SupplyRow | None
    quantity: int
    reserved: int
    safety_stock: int
    asked: int = 0
    kept: int = 0
    touched: bool = False

    def shortage(self) -> Shortage | None:
        was = self.before or SupplyRow(self.key, 0)
        if self.asked > 0:
            free = SupplyRow(
                self.key, self.quantity + self.asked, self.reserved, self.safety_stock
            ).available  # what is left now, with what was asked for put back
            if free - self.kept < self.asked:
                return Shortage(self.key, self.asked, max(0, free - self.kept))
        if self.quantity < 0:
            return Shortage(self.key, was.quantity - self.quantity, was.quantity)
        return None

    def change(self) -> RowChange:
        was = self.before or SupplyRow(self.key, 0)
        return RowChange(
            self.key,
            self.before,
            self.quantity - was.quantity,
            self.reserved - was.reserved,
            self.safety_stock,
            asked=max(0, self.asked),
            kept=self.kept if self.asked > 0 else 0,
        )


@dataclass(slots=True)
class _Capacity:
    key: CapacityKey
    before: CapacityRow | None
    limit: int
    used: int
    asked: int = 0
    touched: bool = False

    def shortage(self) -> Shortage | None:
        room = max(0, self.limit - (self.used - self.asked))
        return Shortage(self.key, self.asked, room) if self.asked > room else None

    def change(self) -> CapacityChange:
        used = self.before.used if self.before else 0
        return CapacityChange(self.key, self.before, self.limit, self.used - used, asked=max(0, self.asked))


class Draft:
    """Rows as they would be after a set of changes, written together at the end or not at all."""

    def __init__(self, store: LedgerStore, *, now: datetime) -> None:
        self.now = now
        self._store = store
        self._rows: dict[SupplyKey, _Row] = {}
        self._capacity: dict[CapacityKey, _Capacity] = {}
        self._capacity_postings: dict[tuple[str, OrderId, CapacityKey], int] = {}
        self._heads: dict[OrderId, OrderHead] = {}
        self._numbers: dict[OrderId, int] = {}
        self._touched: dict[OrderId, None] = {}
        self._new: dict[OrderId, dict[ClaimId, Claim]] = {}
        self._changed: dict[ClaimId, Claim] = {}
        self._postings: list[Posting] = []
        self._expired: dict[ClaimId, Claim] = {}  # as read
        self.released = self._release_expired()

    # Reading

    def row(self, key: SupplyKey) -> SupplyRow | None:
        """The row as it stands in this draft; None if it was never declared."""
        work = self._row(key)
        if work.before is None and not work.touched:
            return None
        return SupplyRow(key, work.quantity, work.reserved, work.safety_stock)

    def capacity(self, key: CapacityKey) -> CapacityRow | None:
        work = self._capacity_row(key)
        if work.before is None and not work.touched:
            return None
        return CapacityRow(key, work.limit, work.used)

    def claims(self, order: OrderId) -> list[Claim]:
        """All claims of the order, in the order made."""
        stored = self._store.claims_of([order])
        if any(self._expired.get(c.id, c) != c for c in stored):  # changed since it was seen to be expired
            seen = self._head(order).revision
            raise RevisionConflict(order, seen, seen + 1)
        stored = [self._changed.get(c.id, c) for c in stored]
        return stored + list(self._new.get(order, {}).values())

    def claims_on(self, keys: Collection[SupplyKey]) -> list[Claim]:
        """Claims that hold stock of these rows; not those made in this draft."""
        stored = (self._changed.get(c.id, c) for c in self._store.claims_on(keys))
        return [c for c in stored if c.state in HOLDING and c.peg in keys]

    def is_new(self, order: OrderId) -> bool:
        """Whether the order never had a claim."""
        return self._head(order).claims == 0

    def expect_revision(self, order: OrderId, revision: int | None) -> None:
        found = self._head(order).revision
        if revision is not None and revision != found:
            raise RevisionConflict(order, revision, found)

    def load(
        self,
        *,
        rows: Iterable[SupplyKey] = (),
        capacity: Iterable[CapacityKey | None] = (),
        orders: Iterable[OrderId] = (),
    ) -> None:
        """Read many at once; what is not loaded is read when first needed."""
        keys = {key for key in rows if key not in self._rows}
        if keys:
            found = self._store.rows(keys)
            for key in keys:
                self._rows[key] = _open_row(key, found.get(key))
        days = {key for key in capacity if key is not None and key not in self._capacity}
        if days:
            room = self._store.capacity_rows(days)
            for day in days:
                self._capacity[day] = _open_capacity(day, room.get(day))
        names = {order for order in orders if order not in self._heads}
        if names:
            heads = self._store.heads(names)
            for order in names:
                self._heads[order] = heads.get(order, OrderHead())

    # Changing

    def post(
        self,
        verb: str,
        key: SupplyKey,
        *,
        quantity: int = 0,
        reserved: int = 0,
        asked: int = 0,
        kept: int = 0,
        order: OrderId | None = None,
        note: str = "",
    ) -> None:
        """Change a row and write the entry. `asked` units must be available when all is added up, beside
        those that are `kept`."""
        row = self._row(key)
        row.quantity += quantity
        row.reserved += reserved
        row.asked += asked
        row.kept = max(row.kept, kept)
        row.touched = True
        self._postings.append(Posting(self.now, verb, key, quantity, reserved, order, note))

    def declare(self, row: SupplyRow, *, verb: str, note: str = "") -> None:
        """Set a row's quantity and safety stock."""
        work = self._row(row.key)
        work.safety_stock = row.safety_stock
        self.post(verb, row.key, quantity=row.quantity - work.quantity, note=note)

    def declare_capacity(self, row: CapacityRow, *, verb: str) -> None:
        work = self._capacity_row(row.key)
        change = row.limit - work.limit
        work.limit = row.limit
        work.touched = True
        self._postings.append(Posting(self.now, verb, row.key, change, 0, None, ""))

    def next_claim_id(self, order: OrderId) -> ClaimId:
        number = self._numbers.get(order, self._head(order).claims) + 1
        self._numbers[order] = number
        return claim_id(order, number)

    def hold(self, claim: Claim, *, verb: str, kept: int = 0) -> Claim:
        """A new claim on available units but those that are kept, and on the capacity it names."""
        self._put_new(claim)
        n = claim.quantity
        self.post(verb, claim.peg, reserved=n, asked=n, kept=kept, order=claim.order)
        self._use(claim, n, verb=verb, asked=n)
        return claim

    def move(self, claim: Claim, transition: Transition, *, note: str = "") -> Claim:
        """Take the whole claim through a transition, with its effects on the rows.

        Goods that have left have left: of more than the books hold, what they hold is taken out and
        the entry's note says the rest.
        """
        firm = transition.ends is None
        after = replace(
            claim,
            state=transition.ends or firm_state(claim.peg),
            expires_at=None if firm else claim.expires_at,
        )
        self._put(after)
        n = claim.quantity
        left = 0
        if transition.leaves:
            left = min(n, self._row(claim.peg).quantity)
            if left < n:
                said = f"{n} said to have gone, {left} on the books"
                note = f"{note}; {said}" if note else said
        self.post(
            transition.verb,
            claim.peg,
            quantity=-left,
            reserved=-n if transition.releases else 0,
            order=claim.order,
            note=note,
        )
        if transition.frees:
            self._use(claim, -n, verb=transition.verb, asked=0)
        return after

    def repeg(self, claim: Claim, after: Claim, *, verb: str, checked: bool, kept: int = 0) -> Claim:
        """Replace a claim by itself on another row; `checked` if the new row must have the units free."""
        self._put(after)
        n = claim.quantity
        asked = n if checked else 0
        if after.peg == claim.peg:
            self.post(verb, claim.peg, order=claim.order)
        else:
            self.post(verb, claim.peg, reserved=-n, asked=-asked, order=claim.order)
            self.post(verb, after.peg, reserved=n, asked=asked, kept=kept, order=claim.order)
        if after.capacity != claim.capacity:
            self._use(claim, -n, verb=verb, asked=-asked)
            self._use(after, n, verb=verb, asked=asked)
        return after

    def split(self, claim: Claim, quantity: int) -> tuple[Claim, Claim]:
        """Split off `quantity` units under a new id; the rest keeps the id. Rows do not change."""
        rest = replace(claim, quantity=claim.quantity - quantity)
        part = replace(claim, id=self.next_claim_id(claim.order), quantity=quantity)
        self._put(rest)
        self._put_new(part)
        return part, rest

    # Finishing

    def finish(self) -> ChangeSet:
        """Check the draft as a whole.

        Raises
        ------
        InsufficientStock, CapacityFull
            With the current figures of all rows that failed.
        InvalidInput
            A row of more units than `MAX_UNITS`.
        """
        rows = sorted((r for r in self._rows.values() if r.touched), key=lambda r: r.key)
        capacity = sorted((c for c in self._capacity.values() if c.touched), key=lambda c: c.key)
        for row in rows:
            if row.quantity > MAX_UNITS:
                raise InvalidInput(
                    f"SKU {row.key.sku} at {row.key.node} would have {row.quantity:,} units",
                    fix=f"Keep a row at {MAX_UNITS:,} units or fewer",
                )
        short = tuple(s for s in (row.shortage() for row in rows) if s)
        if short:
            raise InsufficientStock(short)
        full = tuple(s for s in (day.shortage() for day in capacity) if s)
        if full:
            raise CapacityFull(full)
        for (verb, order, key), units in self._capacity_postings.items():
            self._postings.append(Posting(self.now, verb, key, 0, units, order, ""))
        return ChangeSet(
            rows=tuple(row.change() for row in rows),
            capacity=tuple(day.change() for day in capacity),
            new_claims=tuple(c for made in self._new.values() for c in made.values()),
            changed_claims=tuple(self._changed.values()),
            heads={order: (self._head(order), self._next_head(order)) for order in self._touched},
            postings=tuple(self._postings),
        )

    # Helpers

    def _release_expired(self) -> int:
        expired: Sequence[Claim] = self._store.expired(self.now)
        if expired:
            self.load(
                rows=(c.peg for c in expired),
                capacity=(c.capacity for c in expired),
                orders=(c.order for c in expired),
            )
            for claim in expired:
                self._expired[claim.id] = claim
                self.move(claim, EXPIRE)
        return len(expired)

    def _row(self, key: SupplyKey) -> _Row:
        if key not in self._rows:
            self.load(rows=[key])
        return self._rows[key]

    def _capacity_row(self, key: CapacityKey) -> _Capacity:
        if key not in self._capacity:
            self.load(capacity=[key])
        return self._capacity[key]

    def _head(self, order: OrderId) -> OrderHead:
        if order not in self._heads:
            self.load(orders=[order])
        return self._heads[order]

    def _next_head(self, order: OrderId) -> OrderHead:
        head = self._head(order)
        return OrderHead(head.revision + 1, self._numbers.get(order, head.claims))

    def _put(self, claim: Claim) -> None:
        made = self._new.get(claim.order)
        if made is not None and claim.id in made:
            made[claim.id] = claim
        else:
            self._changed[claim.id] = claim
        self._touched[claim.order] = None

    def _put_new(self, claim: Claim) -> None:
        self._new.setdefault(claim.order, {})[claim.id] = claim
        self._touched[claim.order] = None

    def _use(self, claim: Claim, units: int, *, verb: str, asked: int) -> None:
        """Use (or, if negative, free) units of the capacity row the claim names, if any."""
        if claim.capacity is None:
            return
        day = self._capacity_row(claim.capacity)
        day.used += units
        day.asked += asked
        day.touched = True
        posting = (verb, claim.order, claim.capacity)
        self._capacity_postings[posting] = self._capacity_postings.get(posting, 0) + units


def _open_row(key: SupplyKey, row: SupplyRow | None) -> _Row:
    if row is None:
        return _Row(key, None, 0, 0, 0)
    return _Row(key, row, row.quantity, row.reserved, row.safety_stock)


def _open_capacity(key: CapacityKey, row: CapacityRow | None) -> _Capacity:
    return _Capacity(key, None, 0, 0) if row is None else _Capacity(key, row, row.limit, row.used)
