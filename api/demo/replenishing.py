"""The demo's weekly review: what to order for the DCs, from the forecast of online demand and the stock.

Thin on purpose. The network counts as one: whatever online orders may take, at DCs and stores, and what
is on order serves all online demand, and an order goes to the DC that has most of the sku. What tills
sell is left out; stores' safety stock, which is there for them, is not counted.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from api.demo.assemble import REPORTING_WINDOW, SEED, demo_world
from api.demo.sales_frame import PLACE
from fulfillment.demand import DemandForecast
from fulfillment.ids import NodeId, SkuId
from fulfillment.money import Micros
from fulfillment.network import NodeKind
from optimizer.replenishment.demand import protection_demand
from optimizer.replenishment.instance import Inbound, Instance, Item
from scenarios.world import Window, World, WorldParameters

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
    """`available` units anywhere, `at_dcs` those of each DC, and what is on order."""

    available: int
    at_dcs: dict[NodeId, int]
    inbound: tuple[Inbound, ...]


def world_at_review(*, seed: int = SEED) -> World:
    """The demo world on its first day, with everything that is on order.

    Suppliers take `lead_weeks`, and a world has the receipts of its own weeks only: that of the replayed
    two would forget the orders that arrive in the weeks after them, and they would be ordered again.
    """
    return demo_world(seed=seed, window=Window(REPORTING_WINDOW.start, weeks=_PARAMETERS.lead_weeks))


def review(world: World, forecast: DemandForecast) -> Instance:
    """An item for every sku of the world that has a forecast, on the first day of the world."""
    held, today = _held(world), world.window.start
    known = sorted(sku for sku, place in forecast.series() if place == PLACE and sku in held)
    return Instance(today, tuple(_item(sku, held[sku], world, forecast, today) for sku in known))


def _item(sku_id: SkuId, held: _Held, world: World, forecast: DemandForecast, today: date) -> Item:
    sku = world.network.skus[sku_id]
    days = LEAD_DAYS + REVIEW_DAYS
    holding = int(sku.unit_cost * HOLDING_SHARE * days / 365)
    return Item(
        sku=sku_id,
        node=max(sorted(held.at_dcs), key=lambda node: held.at_dcs[node]),
        on_hand=held.available,
        lead_time_days=LEAD_DAYS,
        review_days=REVIEW_DAYS,
        case_pack=sku.case_pack,
        holding_cost=Micros(max(1, holding)),
        shortage_cost=Micros(max(1, sku.lost_sale_value)),
        demand=protection_demand(forecast, sku_id, PLACE, start=today, days=days),
        inbound=held.inbound,
    )


def _held(world: World) -> dict[SkuId, _Held]:
    """What is held of each sku that stands in a DC: without one there is nowhere to send an order."""
    rows: dict[SkuId, list[SupplyRow]] = defaultdict(list)
    for row in world.supply:
        rows[row.key.sku].append(row)
    nodes = world.network.nodes
    held = {
        sku: _Held(
            available=sum(row.available for row in of_sku if row.key.is_on_hand),
            at_dcs={
                row.key.node: row.quantity
                for row in of_sku
                if row.key.is_on_hand and nodes[row.key.node].kind is NodeKind.DC
            },
            inbound=tuple(
                Inbound(row.key.earliest, row.quantity)
                for row in of_sku
                if not row.key.is_on_hand and row.quantity
            ),
        )
        for sku, of_sku in rows.items()
    }
    return {sku: one for sku, one in held.items() if one.at_dcs}
