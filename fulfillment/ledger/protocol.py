"""The ledger port: every operation on claims and supply. `now` is one value per transaction.

Every operation is atomic: it happens whole or raises and changes nothing. Every change leaves an
append-only entry. Callers never see locks; a database ledger runs inside one unit of work.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from fulfillment.ids import LineId, NodeId, OrderId, ServiceId, SkuId
from fulfillment.ledger.claims import Claim
from fulfillment.supply import CapacityKey, CapacityRow, StockState, SupplyKey, SupplyRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units of one order line to be pegged to one row, and the capacity row they use, if any.

    `quantity` is in units of the row. Of a kit's line every component is wanted by itself, `per_unit`
    units of it for each kit, and in sum for whole kits at every node. `kept` are units of the row that stay
    available when all that is wanted is taken: they are for others.
    """

    line: LineId
    peg: SupplyKey
    quantity: int
    service: ServiceId
    capacity: CapacityKey | None = None
    promised_by: datetime | None = None
    per_unit: int = 1
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Reassignment:
    """New pegs for the movable claims of the lines named, as many units as they have now.

    Lines not named stay where they are. Valid only at `revision`.
    """

    order: OrderId
    revision: int
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of an order's claims an operation means: all, those at one node, or units by line.

    Without `units` it means every claim that has come far enough, and is refused if one that has not
    would be left behind. With `units` it means exactly so many, and a claim is split if need be.
    Units of a kit's line are kits: each takes all of its components along, from one node.
    """

    order: OrderId
    node: NodeId | None = None
    units: Mapping[LineId, int] | None = None
    revision: int | None = None


class AdjustKind(StrEnum):
    COUNT = "count"  # `quantity` is what was counted
    WALK_IN_SALE = "walk_in_sale"  # `quantity` left through the till
    DAMAGE = "damage"  # `quantity` becomes damaged stock
    CORRECTION = "correction"  # `quantity` is added (or, if negative, removed)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One fact about a row, in units; what `quantity` means depends on `kind`."""

    key: SupplyKey
    kind: AdjustKind
    quantity: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Units of a claim that a fact has left without stock, to be sourced anew."""

    claim: Claim
    quantity: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the append-only book: what happened to a row, and why.

    For a capacity row the changes are of its limit and of what is used of it.
    """

    sequence: int
    at: datetime
    verb: str
    key: SupplyKey | CapacityKey
    quantity_change: int
    reserved_change: int
    order: OrderId | None
    note: str


class Ledger(Protocol):
    """Stock, capacity and claims on them: the one port between decisions and what is written down."""

    # Reading
    def supply(self, skus: Collection[SkuId], *, now: datetime) -> Sequence[SupplyRow]:
        """Rows of these skus in order of key; `reserved` leaves out what has expired by `now`."""
        ...

    def capacity(self, days: Collection[tuple[NodeId, date]], *, now: datetime) -> Sequence[CapacityRow]: ...
    def claims(self, order: OrderId) -> Sequence[Claim]: ...
    def revision(self, order: OrderId) -> int:
        """0 for an order never seen; raised by one with every change of its claims."""
        ...

    def shortfalls(self, *, now: datetime) -> Sequence[Shortfall]:
        """Claims left without stock by facts, latest promise first."""
        ...

    def entries(self, *, order: OrderId | None = None) -> Sequence[Entry]:
        """What happened, oldest first; of one order, or of all."""
        ...

    def reconcile(self) -> Sequence[str]:
        """Every row whose figures do not follow from its entries and claims, in words; repairs nothing."""
        ...

    # Facts about supply
    def set_supply(self, rows: Sequence[SupplyRow], *, now: datetime) -> Sequence[Shortfall]:
        """Declare quantity and safety stock of rows (an import); `reserved` is the ledger's own.

        Accepted even below what is reserved. Returns new shortfalls.
        """
        ...

    def set_capacity(self, rows: Sequence[CapacityRow], *, now: datetime) -> None:
        """Declare limits; `used` is the ledger's own. A row must be declared before it is used."""
        ...

    def receive(self, inbound: SupplyKey, quantity: int, *, now: datetime) -> None:
        """Turn inbound units into on hand; pegs go with them, and backorders become allocations.

        More than was announced is accepted. If less arrives than is pegged, the earliest promises
        are served first and the rest stays pegged to what is still to come.
        """
        ...

    def adjust(self, changes: Sequence[Adjustment], *, now: datetime) -> Sequence[Shortfall]:
        """Record facts; always accepted, even below what is reserved. Returns new shortfalls.

        No row goes below zero: where more is said to have gone than the books held, what they held
        is taken out and the entry's note says the rest.
        """
        ...

    def transfer_out(
        self, key: SupplyKey, to: NodeId, quantity: int, *, transfer: str, arrives: date, now: datetime
    ) -> SupplyKey:
        """Send free units on their way; returns the inbound row at the other node."""
        ...

    def transfer_in(self, inbound: SupplyKey, quantity: int, *, now: datetime) -> None:
        """A transfer arrives: as `receive`, at the node it was sent to."""
        ...

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
        """All or nothing. Soft with `expires_at`, firm (allocated, or backordered) without.

        `days` are declared first, as by `set_capacity`.

        Raises InsufficientStock or CapacityFull with the current figures of the rows that failed, and
        RevisionConflict if the order is no longer at `revision`.
        """
        ...

    def confirm(self, selection: Selection, *, now: datetime) -> Sequence[Claim]:
        """Raises ReservationExpired, IllegalTransition or RevisionConflict."""
        ...

    def reassign(
        self, changes: Sequence[Reassignment], *, now: datetime, days: Sequence[CapacityRow] = ()
    ) -> Sequence[Claim]:
        """Swap pegs over several orders in one step, checked on the net change per row.

        `days` are declared first, as by `set_capacity`. Soft claims stay soft with their expiry, and a
        promise once accepted stays. Raises InsufficientStock, CapacityFull, RevisionConflict, or
        IllegalTransition for frozen claims.
        """
        ...

    def cancel(self, selection: Selection, *, now: datetime) -> Sequence[Claim]:
        """Soft or firm, whole or part, until the goods have left. Raises IllegalTransition."""
        ...

    def sweep(self, *, now: datetime) -> int:
        """Mark what has expired; returns how many claims. Only tidies: nothing waits for it."""
        ...

    # At the node
    def send_to_node(self, selection: Selection, *, now: datetime) -> Sequence[Claim]: ...
    def pick(self, selection: Selection, *, now: datetime) -> Sequence[Claim]: ...
    def make_ready(self, selection: Selection, *, now: datetime) -> Sequence[Claim]: ...
    def reject(self, selection: Selection, *, reason: str, now: datetime) -> Sequence[Claim]:
        """The node cannot find the units: the claim ends, the units wait in quarantine for a count."""
        ...

    def ship(self, selection: Selection, *, now: datetime) -> Sequence[Claim]:
        """The units have left, as `collect`. As with facts, no row goes below zero: of more than the
        books held, what they held is taken out and the entry's note says the rest.
        """
        ...

    def collect(self, selection: Selection, *, now: datetime) -> Sequence[Claim]: ...
    def not_collected(self, selection: Selection, *, now: datetime) -> Sequence[Claim]: ...
    def take_back(
        self, selection: Selection, *, to: NodeId, state: StockState, now: datetime
    ) -> Sequence[Claim]:
        """A return of shipped or collected units, into stock of `state` at the node `to`."""
        ...
