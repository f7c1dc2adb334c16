"""Between a plan and the ledger: what an order may draw on, and which rows its units are pegged to.

Pure, and the same for the service and for replays. Not a check of stock: the ledger checks again,
at the instant of writing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from fulfillment.errors import InsufficientStock, Shortage
from fulfillment.ids import NodeId, SkuId
from fulfillment.kits import packable
from fulfillment.ledger.protocol import Wanted
from fulfillment.plan import Plan
from fulfillment.skus import Sku
from fulfillment.supply import COMMON_POOL, ON_HAND, CapacityKey, SupplyKey, SupplyRow


def stock_for(
    supply_rows: Iterable[SupplyRow], *, channel: str, kits: Iterable[Sku] = ()
) -> dict[tuple[NodeId, SkuId], int]:
    """Units on hand that an order of `channel` may draw on: its own ring-fence and the common pool.

    Of each of `kits`, units that could be packed from them, beside them.

    Returns
    -------
    dict
        (node, sku) to units above zero; what is reserved and safety stock are left out.
    """
    stock: dict[tuple[NodeId, SkuId], int] = {}
    pools = (COMMON_POOL, channel)
    for row in supply_rows:  # hundreds in each order
        key = row.key
        if key.source == ON_HAND and key.pool in pools and (units := row.available):
            place = (key.node, key.sku)
            stock[place] = stock.get(place, 0) + units
    for kit in kits:
        _pack(stock, kit)
    return stock


def peg(
    plan: Plan,
    supply_rows: Iterable[SupplyRow],
    *,
    channel: str,
    capacity_days: Mapping[NodeId, date],
    promised_by: datetime | None = None,
    kits: Iterable[Sku] = (),
) -> tuple[Wanted, ...]:
    """Peg every planned unit to a row: the channel's ring-fence first, then the common pool.

    The ring-fence goes first because nobody else can use it. A line is split over rows where one row
    has too few; lines that name one sku share its rows in the order planned. Of a unit that is one of
    `kits` every component is pegged.

    Parameters
    ----------
    capacity_days
        The node-local shipping day whose capacity the units use; a node that is absent uses none.

    Raises
    ------
    InsufficientStock
        The rows hold less than the plan takes: it was made from other figures.
    """
    recipes = {kit.id: [(part.sku, part.quantity) for part in kit.components] for kit in kits}
    shelves = _shelves(plan, supply_rows, recipes, pools=(COMMON_POOL, channel))
    left = {row.key: row.available for rows in shelves.values() for row in rows}
    wanted: list[Wanted] = []
    short: list[Shortage] = []
    for shipment in plan.shipments:
        day = capacity_days.get(shipment.node)
        capacity = CapacityKey(shipment.node, day) if day is not None else None
        for part in shipment.units:
            for sku, per_unit in recipes.get(part.sku) or ((part.sku, 1),):
                units = missing = part.quantity * per_unit
                for row in shelves.get((shipment.node, sku), ()):
                    taken = min(missing, left[row.key])
                    if taken:
                        left[row.key] -= taken
                        missing -= taken
                        wanted.append(
                            Wanted(
                                part.line, row.key, taken, shipment.service, capacity, promised_by, per_unit
                            )
                        )
                if missing:
                    short.append(Shortage(SupplyKey(sku, shipment.node), units, units - missing))
    if short:
        raise InsufficientStock(tuple(short))
    return tuple(wanted)


def _pack(stock: dict[tuple[NodeId, SkuId], int], kit: Sku) -> None:
    """Add the kits that each node could pack, as if nothing else were wanted of their components."""
    held: dict[NodeId, Counter[SkuId]] = {}
    for part in kit.components:
        for (node, sku), units in stock.items():
            if sku == part.sku:
                held.setdefault(node, Counter())[sku] = units
    packed = {(node, kit.id): packable(kit.components, units) for node, units in held.items()}
    stock.update({place: units for place, units in packed.items() if units})


def _shelves(
    plan: Plan,
    supply_rows: Iterable[SupplyRow],
    recipes: Mapping[SkuId, Sequence[tuple[SkuId, int]]],
    *,
    pools: Collection[str],
) -> dict[tuple[NodeId, SkuId], list[SupplyRow]]:
    """Rows that the plan takes from, in the order in which they are drawn on."""
    shelves: dict[tuple[NodeId, SkuId], list[SupplyRow]] = {}
    for shipment in plan.shipments:
        for part in shipment.units:
            for sku, _ in recipes.get(part.sku) or ((part.sku, 1),):
                shelves[shipment.node, sku] = []
    for row in supply_rows:
        key = row.key
        shelf = shelves.get((key.node, key.sku))
        if shelf is not None and key.source == ON_HAND and key.pool in pools:
            shelf.append(row)
    for rows in shelves.values():
        rows.sort(key=lambda row: (row.key.pool == COMMON_POOL, row.key))
    return shelves
