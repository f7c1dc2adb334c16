"""What can go wrong, as a tree. Errors carry data; the core knows no HTTP.

NodewiseError
├── InvalidInput              what was sent cannot be meant: names the field and the fix
│   └── UnknownReference      a sku, node, zone or order that was never imported or seen
└── Refused                   meant well, but not now: nothing was written
    ├── InsufficientStock     fewer units than asked for; carries the current figures
    ├── CapacityFull          a node's day is full; carries the current figures
    ├── RevisionConflict      the order changed meanwhile
    ├── ReservationExpired    confirmed too late
    ├── IllegalTransition     the claim is not in a state that allows this
    └── FeedBehind            a stock feed has waited too long for a message that is missing
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from fulfillment.ids import OrderId
from fulfillment.nearest import did_you_mean
from fulfillment.supply import CapacityKey, SupplyKey


class NodewiseError(Exception):
    """Base of all errors: `detail` says what, where and by how much; `fix` is one imperative sentence."""

    def __init__(self, detail: str, *, fix: str = "", pointer: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.fix = fix
        self.pointer = pointer


class InvalidInput(NodewiseError):
    """Input that cannot be meant. `pointer` is a JSON pointer to the field."""


class UnknownReference(InvalidInput):
    """A name that is not known; suggests the nearest known one."""

    def __init__(self, kind: str, name: str, known: Collection[str], *, pointer: str = "") -> None:
        super().__init__(
            f'no {kind} named "{name}"{did_you_mean(name, known)}',
            fix=f"Import the {kind} first, or correct its id",
            pointer=pointer,
        )
        self.kind = kind
        self.name = name


class Refused(NodewiseError):
    """A well-formed request that the current state does not allow. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Shortage:
    """One row that could not give what was wanted; `available` is the figure at that instant."""

    key: SupplyKey | CapacityKey
    wanted: int
    available: int


class InsufficientStock(Refused):
    def __init__(self, shortages: tuple[Shortage, ...], detail: str = "") -> None:
        super().__init__(detail or _say(shortages), fix="Ask again: what is left may come from elsewhere")
        self.shortages = shortages


class CapacityFull(Refused):
    def __init__(self, shortages: tuple[Shortage, ...], detail: str = "") -> None:
        super().__init__(detail or _say(shortages), fix="Ask again: another node or day may have room")
        self.shortages = shortages


class RevisionConflict(Refused):
    def __init__(self, order: OrderId, expected: int, found: int) -> None:
        super().__init__(
            f"order {order} is at revision {found}, not {expected}", fix="Read the order again, then repeat"
        )
        self.order = order
        self.expected = expected
        self.found = found


class ReservationExpired(Refused):
    def __init__(self, order: OrderId, expired_at: datetime, now: datetime) -> None:
        late = int((now - expired_at).total_seconds())
        super().__init__(
            f"the reservation of order {order} expired at {expired_at.isoformat()}, {late} s ago",
            fix="Reserve again; the stock may have gone",
        )
        self.order = order
        self.expired_at = expired_at


class IllegalTransition(Refused):
    def __init__(
        self,
        order: OrderId,
        verb: str,
        states: Collection[str],
        *,
        detail: str = "",
        fix: str = "Read the order's claims",
    ) -> None:
        now = ", ".join(sorted(set(states))) or "without any claim"
        super().__init__(detail or f"order {order} cannot be {verb}: it is {now}", fix=fix)
        self.order = order
        self.verb = verb


class FeedBehind(Refused):
    def __init__(self, feed: str, *, first: int, last: int, waiting: int) -> None:
        missing = f"message {first}" if first == last else f"messages {first} to {last}"
        super().__init__(
            f"stock feed {feed} has waited too long for {missing}: {waiting} have come since",
            fix="Send what is missing, oldest first, or a full snapshot, which makes up for it",
        )
        self.feed = feed


def _say(shortages: tuple[Shortage, ...]) -> str:
    return "; ".join(_say_one(shortage) for shortage in shortages[:5])


def _say_one(shortage: Shortage) -> str:
    key = shortage.key
    if isinstance(key, SupplyKey):
        return f"SKU {key.sku}: {shortage.wanted} wanted, {shortage.available} available at {key.node}"
    return f"{key.words}: {shortage.wanted} units wanted, room for {shortage.available}"
