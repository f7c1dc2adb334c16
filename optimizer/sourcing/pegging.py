"""Between a plan and the ledger: what an order may draw on, and which rows its units are pegged to.

Pure, and the same for the service and for replays. Not a check of stock: the ledger checks again,
at the instant of writing.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from fulfillment.errors import InsufficientStock, Shortage
from fulfillment.ids import NodeId, SkuId
from fulfillment.ledger.protocol import Wanted
from fulfillment.plan import Plan
from fulfillment.supply import COMMON_POOL, CapacityKey, SupplyKey, SupplyRow


def stock_for(supply_rows: Iterable[SupplyRow], *, channel: str) -> dict[tuple[NodeId, SkuId], int]:
    """Units on hand that an order of `channel` may draw on: its own ring-fence and the common pool.

    Returns
    -------
    dict
        (node, sku) to units above zero; what is reserved and safety stock are left out.
    """
    stock: dict[tuple[NodeId, SkuId], int] = {}
    for row in supply_rows:
        if _may_draw(row, channel) and row.available:
            place = (row.key.node, row.key.sku)
            stock[place] = stock.get(place, 0) + row.available
    return stock


def peg(
    plan: Plan,
    supply_rows: Iterable[SupplyRow],
    *,
    channel: str,
    capacity_days: Mapping[NodeId, date],
    promised_by: datetime | None = None,
) -> tuple[Wanted, ...]:
    """Peg every planned unit to a row: the channel's ring-fence first, then the common pool.

    The ring-fence goes first because nobody else can use it. A line is split over rows where one row
    has too few; lines that name one sku share its rows in the order planned.

    Parameters
    ----------
    capacity_days
        The node-local shipping day whose capacity the units use; a node that is absent uses none.

    Raises
    ------
    InsufficientStock
        The rows hold less than the plan takes: it was made from other figures.
    """
    shelves: dict[tuple[NodeId, SkuId], list[SupplyRow]] = {}
    for row in supply_rows:
        if _may_draw(row, channel):
            shelves.setdefault((row.key.node, row.key.sku), []).append(row)
    for rows in shelves.values():
        rows.sort(key=lambda row: (row.key.pool == COMMON_POOL, row.key))
    left = {row.key: row.available for rows in shelves.values() for row in rows}
    wanted: list[Wanted] = []
    short: list[Shortage] = []
    for shipment in plan.shipments:
        day = capacity_days.get(shipment.node)
        capacity = CapacityKey(shipment.node, day) if day is not None else None
        for part in shipment.units:
            missing = part.quantity
            for row in shelves.get((shipment.node, part.sku), ()):
                taken = min(missing, left[row.key])
                if taken:
                    left[row.key] -= taken
                    missing -= taken
                    wanted.append(Wanted(part.line, row.key, taken, shipment.service, capacity, promised_by))
            if missing:
                key = SupplyKey(part.sku, shipment.node)
                short.append(Shortage(key, part.quantity, part.quantity - missing))
    if short:
        raise InsufficientStock(tuple(short))
    return tuple(wanted)


def _may_draw(row: SupplyRow, channel: str) -> bool:
    return row.key.is_on_hand and row.key.pool in (COMMON_POOL, channel)
