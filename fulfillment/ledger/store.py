"""What a ledger is kept in: reads of rows and claims, and one write of a whole set of changes.

No rules live here or in any store: they are in `fulfillment.ledger.book`, once for all stores.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from fulfillment.ids import NodeId, OrderId, SkuId
from fulfillment.ledger.claims import Claim
from fulfillment.ledger.protocol import Entry
from fulfillment.supply import CapacityKey, CapacityRow, SupplyKey, SupplyRow


@dataclass(frozen=True, slots=True)
class OrderHead:
    """An order's revision, and how many claims it ever had (their ids are numbered)."""

    revision: int = 0
    claims: int = 0


@dataclass(frozen=True, slots=True)
class RowChange:
    """A supply row before (None: it is new) and the change; `asked` of its units must be available.

    If any are asked for, the store refuses a change that would leave fewer than `kept` units available,
    whatever `before` said: that is the check that holds when others write at the same time.
    """

    key: SupplyKey
    before: SupplyRow | None
    quantity_change: int
    reserved_change: int
    safety_stock: int
    asked: int
    kept: int = 0

    @property
    def after(self) -> SupplyRow:
        was = self.before or SupplyRow(self.key, 0)
        return SupplyRow(
            self.key,
            was.quantity + self.quantity_change,
            was.reserved + self.reserved_change,
            self.safety_stock,
        )


@dataclass(frozen=True, slots=True)
class CapacityChange:
    """The same for a capacity row: `limit` as it shall be, the change of `used`."""

    key: CapacityKey
    before: CapacityRow | None
    limit: int
    used_change: int
    asked: int

    @property
    def after(self) -> CapacityRow:
        used = self.before.used if self.before else 0
        return CapacityRow(self.key, self.limit, used + self.used_change)


@dataclass(frozen=True, slots=True)
class Posting:
    """An entry before the store has numbered it."""

    at: datetime
    verb: str
    key: SupplyKey | CapacityKey
    quantity_change: int
    reserved_change: int
    order: OrderId | None
    note: str

    def numbered(self, sequence: int) -> Entry:
        return Entry(
            sequence,
            self.at,
            self.verb,
            self.key,
            self.quantity_change,
            self.reserved_change,
            self.order,
            self.note,
        )


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Everything one operation writes. Rows are in order of key, which is the order of locking.

    `heads` maps an order to its head before and after; the write is refused if it has moved on.
    """

    rows: tuple[RowChange, ...]
    capacity: tuple[CapacityChange, ...]
    new_claims: tuple[Claim, ...]
    changed_claims: tuple[Claim, ...]
    heads: Mapping[OrderId, tuple[OrderHead, OrderHead]]
    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """A row's figures beside what its entries and claims add up to.

    For a capacity row `quantity` is the limit and `reserved` what is used of it.
    """

    key: SupplyKey | CapacityKey
    quantity: int
    reserved: int
    entered_quantity: int
    entered_reserved: int
    claimed: int


class LedgerStore(Protocol):
    """What the ledger needs of a place to keep its rows; it decides nothing itself."""

    def rows(self, keys: Collection[SupplyKey]) -> Mapping[SupplyKey, SupplyRow]: ...
    def rows_of(self, skus: Collection[SkuId]) -> Sequence[SupplyRow]:
        """In order of key."""
        ...

    def short_rows(self) -> Sequence[SupplyRow]:
        """Rows with more reserved than there is, in order of key."""
        ...

    def capacity_rows(self, keys: Collection[CapacityKey]) -> Mapping[CapacityKey, CapacityRow]: ...
    def capacity_on(self, days: Collection[tuple[NodeId, date]]) -> Sequence[CapacityRow]:
        """In order of key."""
        ...

    def heads(self, orders: Collection[OrderId]) -> Mapping[OrderId, OrderHead]:
        """Of the orders ever seen; others are missing."""
        ...

    def claims_of(self, orders: Collection[OrderId]) -> Sequence[Claim]:
        """In order of id."""
        ...

    def claims_on(self, keys: Collection[SupplyKey]) -> Sequence[Claim]:
        """Those that hold stock of these rows."""
        ...

    def expired(self, now: datetime) -> Sequence[Claim]:
        """Still marked reserved though expired by `now`, in order of id."""
        ...

    def entries(self, order: OrderId | None) -> Sequence[Entry]:
        """Of one order, or all; in order of sequence."""
        ...

    def balances(self) -> Iterable[Balance]: ...

    def write(self, changes: ChangeSet) -> None:
        """All of it or nothing.

        Raises
        ------
        Refused
            Somebody wrote in between, so that a row has less than the change asks of it, or an order's
            head is no longer what it was when read. To be drafted again, on what is there now.
        """
        ...
