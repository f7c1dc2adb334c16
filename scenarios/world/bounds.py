"""What no policy can serve: a lower bound on unfilled units, from totals over the whole network."""

from collections.abc import Mapping
from datetime import datetime

from fulfillment.ids import SkuId
from scenarios.world.world import World


def unservable_units(world: World) -> Mapping[SkuId, int]:
    """Online units per SKU that stay unfilled whatever is decided; SKUs without any are left out.

    Per SKU, the largest excess over time of cumulative online demand over cumulative supply, all nodes
    taken as one, safety stock as not available. By any instant t at most S(t) units can have been
    shipped against D(t) ordered, and an order takes only what is there when it is placed, so at least
    max over t of D(t) - S(t) units are lost. Valid for every policy: where stock stands, walk-in sales,
    capacity and order of service can only add to it.
    """
    left: dict[SkuId, int] = {}
    for row in world.supply:
        if row.key.is_on_hand:
            left[row.key.sku] = left.get(row.key.sku, 0) + row.available
    lost: dict[SkuId, int] = {}
    for _, _, sku, change in _changes(world):
        left[sku] = left.get(sku, 0) + change
        if left[sku] < 0:
            lost[sku] = lost.get(sku, 0) - left[sku]
            left[sku] = 0
    return lost


def _changes(world: World) -> list[tuple[datetime, int, SkuId, int]]:
    """Receipts up, orders down, in order of time; receipts first within an instant."""
    receipts = [(r.at, 0, r.inbound.sku, r.quantity) for r in world.receipts]
    orders = [(o.placed_at, 1, line.sku, -line.quantity) for o in world.orders for line in o.lines]
    return sorted(receipts + orders)
