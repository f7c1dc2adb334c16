"""A world in figures: what the documentation and `python -m api.demo.describe` quote."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fulfillment.ids import NodeId, SkuId
from fulfillment.orders import Order
from scenarios.world.bounds import unservable_units
from scenarios.world.world import World

_LEVELS = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0)
_PARCEL_KG = 30.0


@dataclass(frozen=True, slots=True)
class Spread:
    """Quantiles at 0, 10, 25, 50, 75, 90, 99 and 100 %."""

    values: tuple[float, ...]

    def __str__(self) -> str:
        return "  ".join(f"{value:,.4g}" for value in self.values)


def spread(values: list[float]) -> Spread:
    return Spread(tuple(float(v) for v in np.quantile(values, _LEVELS)))


@dataclass(frozen=True, slots=True)
class Summary:
    """Shares are of 1. "One node" figures count orders that one node's opening stock could fill whole."""

    orders: int
    lines: int
    units: int
    lines_per_order: Spread
    units_per_order: Spread
    kg_per_order: Spread
    over_30_kg_share: float
    repeated_sku_share: float
    one_node_share: float
    unservable: int
    unservable_share: float
    abroad_orders: int
    abroad_units: int
    skus: int
    skus_without_stock: int
    opening_units: int
    safety_units: int
    supply_rows: int
    receipts: int
    receipt_units: int
    walk_ins: int
    walk_in_units: int


def summarize(world: World) -> Summary:
    orders = world.orders
    units = sum(order.units for order in orders)
    on_hand = [row for row in world.supply if row.key.is_on_hand]
    kg = [_weight_kg(order, world) for order in orders]
    lost = sum(unservable_units(world).values())
    stocked = {row.key.sku for row in world.supply}
    return Summary(
        orders=len(orders),
        lines=sum(len(order.lines) for order in orders),
        units=units,
        lines_per_order=spread([len(order.lines) for order in orders]),
        units_per_order=spread([order.units for order in orders]),
        kg_per_order=spread(kg),
        over_30_kg_share=sum(weight > _PARCEL_KG for weight in kg) / len(orders),
        repeated_sku_share=sum(_repeats_a_sku(order) for order in orders) / len(orders),
        one_node_share=_one_node_share(world),
        unservable=lost,
        unservable_share=lost / units,
        abroad_orders=world.abroad.orders,
        abroad_units=world.abroad.units,
        skus=len(world.network.skus),
        skus_without_stock=len(world.network.skus.keys() - stocked),
        opening_units=sum(row.quantity for row in on_hand),
        safety_units=sum(row.safety_stock for row in on_hand),
        supply_rows=len(world.supply),
        receipts=len(world.receipts),
        receipt_units=sum(receipt.quantity for receipt in world.receipts),
        walk_ins=len(world.walk_ins),
        walk_in_units=sum(units for sale in world.walk_ins for _, units in sale.units),
    )


def _weight_kg(order: Order, world: World) -> float:
    return sum(world.network.skus[line.sku].weight_grams * line.quantity for line in order.lines) / 1000


def _repeats_a_sku(order: Order) -> bool:
    return len({line.sku for line in order.lines}) < len(order.lines)


def _one_node_share(world: World) -> float:
    nodes = _available(world).values()
    whole = sum(any(_holds(held, order) for held in nodes) for order in world.orders)
    return whole / len(world.orders)


def _holds(held: Mapping[SkuId, int], order: Order) -> bool:
    wanted = Counter[SkuId]()
    for line in order.lines:
        wanted[line.sku] += line.quantity
    return all(held.get(sku, 0) >= units for sku, units in wanted.items())


def _available(world: World) -> dict[NodeId, dict[SkuId, int]]:
    """Opening stock that may be promised."""
    held: dict[NodeId, dict[SkuId, int]] = {node: {} for node in world.network.nodes}
    for row in world.supply:
        if row.key.is_on_hand:
            held[row.key.node][row.key.sku] = row.available
    return held
