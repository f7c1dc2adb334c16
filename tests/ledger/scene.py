"""Words for scenes: a few skus and nodes, an hour, and one-line ways to stock, want and look."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from fulfillment.ids import LineId, NodeId, OrderId, ServiceId, SkuId
from fulfillment.ledger.claims import Claim, ClaimState
from fulfillment.ledger.protocol import Ledger, Selection, Wanted
from fulfillment.supply import (
    COMMON_POOL,
    CapacityKey,
    CapacityRow,
    StockState,
    SupplyKey,
    SupplyRow,
)
from storage.database import open_database

NOON = datetime(2011, 11, 21, 12, tzinfo=UTC)
TODAY = date(2011, 11, 21)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
STANDARD = ServiceId("standard")
A = OrderId("A")
B = OrderId("B")


def minutes(count: int) -> datetime:
    """So many minutes after noon."""
    return NOON + count * MINUTE


def on_hand(
    sku: str, node: str, *, pool: str = COMMON_POOL, state: StockState = StockState.SELLABLE
) -> SupplyKey:
    return SupplyKey(SkuId(sku), NodeId(node), pool=pool, state=state)


def inbound(sku: str, node: str, source: str, *, in_days: int = 3) -> SupplyKey:
    return SupplyKey(SkuId(sku), NodeId(node), source, TODAY + in_days * DAY)


CUP = on_hand("cup", "leeds")
CUP_YORK = on_hand("cup", "york")
LAMP = on_hand("lamp", "leeds")
COMING = inbound("cup", "leeds", "PO-1")


def day_of(node: str) -> CapacityKey:
    return CapacityKey(NodeId(node), TODAY)


def stock(ledger: Ledger, key: SupplyKey, quantity: int, *, safety_stock: int = 0) -> None:
    ledger.set_supply([SupplyRow(key, quantity, safety_stock=safety_stock)], now=NOON)


def stock_cups(ledger: Ledger, *, leeds: int, york: int) -> None:
    stock(ledger, CUP, leeds)
    stock(ledger, CUP_YORK, york)


def room(ledger: Ledger, node: str, limit: int) -> CapacityKey:
    ledger.set_capacity([CapacityRow(day_of(node), limit)], now=NOON)
    return day_of(node)


def kit(
    line: str, kits: int = 1, *, of: dict[SupplyKey, int], capacity: CapacityKey | None = None
) -> list[Wanted]:
    """So many kits of a line, each of these units of these rows."""
    return [
        Wanted(LineId(line), peg, kits * per_unit, STANDARD, capacity, per_unit=per_unit)
        for peg, per_unit in of.items()
    ]


def want(
    line: str,
    peg: SupplyKey,
    quantity: int = 1,
    *,
    capacity: CapacityKey | None = None,
    promised_by: datetime | None = None,
) -> Wanted:
    return Wanted(LineId(line), peg, quantity, STANDARD, capacity, promised_by)


@contextmanager
def ledger_in(url: str) -> Iterator[Ledger]:
    """The ledger of a database, in one transaction for a whole test."""
    database = open_database(url, durable=False)
    try:
        with database.writing() as stores:
            yield stores.ledger
    finally:
        database.close()


def reserve(
    ledger: Ledger, order: OrderId, *wanted: Wanted, expires_in: int = 30, now: datetime = NOON
) -> list[Claim]:
    return list(ledger.reserve(order, wanted, expires_at=now + expires_in * MINUTE, now=now))


def allocate(ledger: Ledger, order: OrderId, *wanted: Wanted, now: datetime = NOON) -> list[Claim]:
    return list(ledger.reserve(order, wanted, expires_at=None, now=now))


def units(order: OrderId, **by_line: int) -> Selection:
    return Selection(order, units={LineId(line): count for line, count in by_line.items()})


def row(ledger: Ledger, key: SupplyKey, *, now: datetime = NOON) -> SupplyRow:
    return next(r for r in ledger.supply([key.sku], now=now) if r.key == key)


def available(ledger: Ledger, key: SupplyKey, *, now: datetime = NOON) -> int:
    return row(ledger, key, now=now).available


def quantity(ledger: Ledger, key: SupplyKey) -> int:
    """0 for a row that was never declared."""
    return next((r.quantity for r in ledger.supply([key.sku], now=NOON) if r.key == key), 0)


def used(ledger: Ledger, key: CapacityKey, *, now: datetime = NOON) -> int:
    return next(r.used for r in ledger.capacity([(key.node, key.day)], now=now) if r.key == key)


def states(ledger: Ledger, order: OrderId) -> list[tuple[str, int, ClaimState]]:
    """Line, units and state of each claim, in the order made."""
    return [(c.line, c.quantity, c.state) for c in ledger.claims(order)]


def everything(ledger: Ledger) -> tuple[object, ...]:
    """All that can be seen of a ledger, to compare before and after a refusal."""
    entries = list(ledger.entries())
    skus = {entry.key.sku for entry in entries if isinstance(entry.key, SupplyKey)}
    days = {(entry.key.node, entry.key.day) for entry in entries if isinstance(entry.key, CapacityKey)}
    orders = sorted({entry.order for entry in entries if entry.order})
    early = datetime.min.replace(tzinfo=UTC)  # before anything expires: the figures as they are kept
    return (
        entries,
        list(ledger.supply(skus, now=early)),
        list(ledger.capacity(days, now=early)),
        [list(ledger.claims(order)) for order in orders],
        [ledger.revision(order) for order in orders],
    )
