"""The demo's weekly review: what to order for the DCs, from the forecast of online demand and their stock.

Thin on purpose. The DCs count as one: their stock, and what is inbound to them, serves all online demand,
and an order goes to the DC that has most of the sku. What stores sell and hold is left out.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from api.demo.sales_frame import PLACE
from fulfillment.demand import DemandForecast
from fulfillment.ids import NodeId, SkuId
from fulfillment.money import Micros
from fulfillment.network import NodeKind
from optimizer.replenishment.demand import protection_demand
from optimizer.replenishment.instance import Inbound, Instance, Item
from scenarios.world import World, WorldParameters

if TYPE_CHECKING:
    from fulfillment.supply import SupplyRow

HOLDING_SHARE = 0.25
"""Of the unit cost, per year: capital, space and shrinkage, the usual quarter."""

_PARAMETERS = WorldParameters()
LEAD_DAYS = 7 * _PARAMETERS.lead_weeks
REVIEW_DAYS = 7 * _PARAMETERS.review_weeks
HORIZON_WEEKS = _PARAMETERS.lead_weeks + _PARAMETERS.review_weeks


@dataclass(frozen=True, slots=True)
class _Held:
    on_hand: dict[NodeId, int]
    inbound: tuple[Inbound, ...]


def review(world: World, forecast: DemandForecast, *, today: date) -> Instance:
    """An item for every sku of the world that has a forecast."""
    held = _held_by_dcs(world)
    known = sorted(sku for sku, place in forecast.series() if place == PLACE and sku in held)
    return Instance(today, tuple(_item(sku, held[sku], world, forecast, today) for sku in known))


def _item(sku_id: SkuId, held: _Held, world: World, forecast: DemandForecast, today: date) -> Item:
    sku = world.network.skus[sku_id]
    days = LEAD_DAYS + REVIEW_DAYS
    holding = int(sku.unit_cost * HOLDING_SHARE * days / 365)
    return Item(
        sku=sku_id,
        node=max(sorted(held.on_hand), key=lambda node: held.on_hand[node]),
        on_hand=sum(held.on_hand.values()),
        lead_time_days=LEAD_DAYS,
        review_days=REVIEW_DAYS,
        case_pack=sku.case_pack,
        holding_cost=Micros(max(1, holding)),
        shortage_cost=Micros(max(1, sku.lost_sale_value)),
        demand=protection_demand(forecast, sku_id, PLACE, start=today, days=days),
        inbound=held.inbound,
    )


def _held_by_dcs(world: World) -> dict[SkuId, _Held]:
    rows: dict[SkuId, list[SupplyRow]] = defaultdict(list)
    for row in world.supply:
        if world.network.nodes[row.key.node].kind is NodeKind.DC:
            rows[row.key.sku].append(row)
    return {
        sku: _Held(
            on_hand={row.key.node: row.quantity for row in of_sku if row.key.is_on_hand},
            inbound=tuple(
                Inbound(row.key.earliest, row.quantity)
                for row in of_sku
                if not row.key.is_on_hand and row.quantity
            ),
        )
        for sku, of_sku in rows.items()
        if any(row.key.is_on_hand for row in of_sku)
    }
