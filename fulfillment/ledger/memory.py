"""The ledger in memory: for scenarios, replays and tests. Gone with the process; one thread at a time."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from heapq import heappop, heappush

from fulfillment.errors import RevisionConflict
from fulfillment.ids import ClaimId, NodeId, OrderId, SkuId
from fulfillment.ledger.book import Book
from fulfillment.ledger.claims import HOLDING, NOT_USING_CAPACITY, Claim, ClaimState
from fulfillment.ledger.protocol import Entry
from fulfillment.ledger.store import Balance, ChangeSet, OrderHead
from fulfillment.supply import CapacityKey, CapacityRow, SupplyKey, SupplyRow


class InMemoryLedger(Book):
    """The `Ledger` protocol in plain dictionaries; every operation happens whole or not at all."""

    def __init__(self) -> None:
        super().__init__(_MemoryStore())


class _MemoryStore:
    """Rows by sku, claims by order and by row, reservations by the instant they expire."""

    def __init__(self) -> None:
        self._rows: dict[SkuId, dict[SupplyKey, SupplyRow]] = defaultdict(dict)
        self._capacity: dict[CapacityKey, CapacityRow] = {}
        self._heads: dict[OrderId, OrderHead] = {}
        self._claims: dict[OrderId, dict[ClaimId, Claim]] = defaultdict(dict)
        self._holding: dict[SupplyKey, dict[ClaimId, OrderId]] = defaultdict(dict)
        self._soft: dict[ClaimId, Claim] = {}
        self._expiries: list[tuple[datetime, ClaimId]] = []
        self._entries: list[Entry] = []

    def rows(self, keys: Collection[SupplyKey]) -> Mapping[SupplyKey, SupplyRow]:
        found = ((key, self._rows.get(key.sku, {}).get(key)) for key in keys)
        return {key: row for key, row in found if row is not None}

    def rows_of(self, skus: Collection[SkuId]) -> Sequence[SupplyRow]:
        rows = [row for sku in set(skus) for row in self._rows.get(sku, {}).values()]
        return sorted(rows, key=lambda row: row.key)

    def short_rows(self) -> Sequence[SupplyRow]:
        rows = (row for of_sku in self._rows.values() for row in of_sku.values())
        return sorted((row for row in rows if row.reserved > row.quantity), key=lambda row: row.key)

    def capacity_rows(self, keys: Collection[CapacityKey]) -> Mapping[CapacityKey, CapacityRow]:
        return {key: self._capacity[key] for key in keys if key in self._capacity}

    def capacity_on(self, days: Collection[tuple[NodeId, date]]) -> Sequence[CapacityRow]:
        wanted = set(days)
        rows = (row for key, row in self._capacity.items() if (key.node, key.day) in wanted)
        return sorted(rows, key=lambda row: row.key)

    def heads(self, orders: Collection[OrderId]) -> Mapping[OrderId, OrderHead]:
        return {order: self._heads[order] for order in orders if order in self._heads}

    def claims_of(self, orders: Collection[OrderId]) -> Sequence[Claim]:
        return [claim for order in orders for claim in self._claims.get(order, {}).values()]

    def claims_on(self, keys: Collection[SupplyKey]) -> Sequence[Claim]:
        return [
            self._claims[order][claim] for key in keys for claim, order in self._holding.get(key, {}).items()
        ]

    def expired(self, now: datetime) -> Sequence[Claim]:
        # Whoever was confirmed or canceled meanwhile left its place in the heap: forget it in passing.
        due: list[tuple[datetime, ClaimId]] = []
        while self._expiries and self._expiries[0][0] <= now:
            expiry = heappop(self._expiries)
            if expiry[1] in self._soft:
                due.append(expiry)
        for expiry in due:  # only looked at: they expire when the change is written
            heappush(self._expiries, expiry)
        found = {claim for _, claim in due}
        return sorted((self._soft[claim] for claim in found), key=lambda c: c.id)

    def entries(self, order: OrderId | None) -> Sequence[Entry]:
        return [entry for entry in self._entries if order is None or entry.order == order]

    def balances(self) -> Iterator[Balance]:
        quantity: Counter[SupplyKey | CapacityKey] = Counter()
        reserved: Counter[SupplyKey | CapacityKey] = Counter()
        claimed: Counter[SupplyKey | CapacityKey] = Counter()
        for entry in self._entries:
            quantity[entry.key] += entry.quantity_change
            reserved[entry.key] += entry.reserved_change
        for claim in (c for of_order in self._claims.values() for c in of_order.values()):
            if claim.state in HOLDING:
                claimed[claim.peg] += claim.quantity
            if claim.capacity is not None and claim.state not in NOT_USING_CAPACITY:
                claimed[claim.capacity] += claim.quantity
        figures: list[tuple[SupplyKey | CapacityKey, int, int]] = [
            (row.key, row.quantity, row.reserved) for row in self.rows_of(list(self._rows))
        ]
        figures += [(row.key, row.limit, row.used) for row in self._capacity.values()]
        for key, has, holds in figures:
            yield Balance(key, has, holds, quantity[key], reserved[key], claimed[key])

    def write(self, changes: ChangeSet) -> None:
        # One thread at a time: nothing has moved since the draft read and checked these rows.
        for order, (before, _) in changes.heads.items():
            found = self._heads.get(order, OrderHead()).revision
            if found != before.revision:
                raise RevisionConflict(order, before.revision, found)
        for row in changes.rows:
            self._rows[row.key.sku][row.key] = row.after
        for day in changes.capacity:
            self._capacity[day.key] = day.after
        for claim in (*changes.changed_claims, *changes.new_claims):
            self._keep(claim)
        for order, (_, head) in changes.heads.items():
            self._heads[order] = head
        for posting in changes.postings:
            self._entries.append(posting.numbered(len(self._entries) + 1))

    def _keep(self, claim: Claim) -> None:
        before = self._claims[claim.order].get(claim.id)
        if before is not None:
            self._holding[before.peg].pop(claim.id, None)
            self._soft.pop(claim.id, None)
        self._claims[claim.order][claim.id] = claim
        if claim.state in HOLDING:
            self._holding[claim.peg][claim.id] = claim.order
        if claim.state is ClaimState.RESERVED and claim.expires_at is not None:
            self._soft[claim.id] = claim
            if before is None:
                heappush(self._expiries, (claim.expires_at, claim.id))
