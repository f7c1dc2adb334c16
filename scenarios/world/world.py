"""The demo world as one bundle, and the function that lays it under real sales."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from fulfillment.ids import NodeId, SkuId
from fulfillment.network import Network, NodeKind
from fulfillment.orders import Order
from fulfillment.supply import SupplyRow
from scenarios.world.assortment import build_skus
from scenarios.world.demand import observe_demand
from scenarios.world.events import Receipt, WalkInSale
from scenarios.world.nodes import build_nodes, distinct_cities
from scenarios.world.orders import LeftOut, build_orders, count_left_out
from scenarios.world.parameters import WorldParameters
from scenarios.world.ranging import build_ranging
from scenarios.world.rates import build_rates
from scenarios.world.stock import build_stock
from scenarios.world.tables import Cities, Sales, Window
from scenarios.world.walk_in import build_walk_ins
from scenarios.world.zones import build_zones, zone_of_cities


@dataclass(frozen=True, slots=True)
class World:
    """Everything a replay needs. All instants are UTC; `orders`, `receipts`, `walk_ins` go by time.

    `supply` holds the on-hand rows of the opening and one inbound row per receipt. `abroad` counts the
    orders of the window that are left out because they leave the country. `walk_in_rate` is what the tills of
    stores sell in a week, as the weeks before the window give it.
    """

    window: Window
    network: Network
    orders: tuple[Order, ...]
    supply: tuple[SupplyRow, ...]
    receipts: tuple[Receipt, ...]
    walk_ins: tuple[WalkInSale, ...]
    abroad: LeftOut
    walk_in_rate: Mapping[tuple[NodeId, SkuId], float] = field(default_factory=dict)


def build_world(
    sales: Sales, cities: Cities, *, window: Window, seed: int, parameters: WorldParameters | None = None
) -> World:
    """Lay network, stock and events under the sales of the window; equal arguments, equal world.

    Parameters
    ----------
    sales
        The window and as much before it as there is. Stock, receipts, walk-in demand and ranging come
        from what was sold within the country before the window; what follows the window is not read.
    cities
        Of one country; boroughs of larger cities are recognized and left out.
    seed
        Of everything made: weights, margins, ranging, receipts, walk-in sales. Homes have no seed.

    Raises
    ------
    ValueError
        No sale within the country in the history weeks, or none in the window.
    """
    chosen = parameters or WorldParameters()
    at_home = sales.where(~sales.is_abroad)
    history, replayed = at_home.before(window.start), at_home.within(window)
    demand = observe_demand(history, start=window.start, parameters=chosen)
    if not len(demand) or not len(replayed):
        raise ValueError(f"no sales to build from: {len(demand)} SKUs before, {len(replayed)} lines within")

    places = distinct_cities(cities, people_per_km2=chosen.people_per_km2)
    nodes, zones = build_nodes(places, chosen), build_zones(places, chosen.zones)
    skus = {sku.id: sku for sku in build_skus(history, replayed, demand.ids, chosen, seed=seed)}
    population = {places.place(i): int(places.population[i]) for i in range(len(places))}
    stores = np.array([population[n.place] for n in nodes if n.kind is NodeKind.STORE], dtype=np.int64)
    ranging = build_ranging(nodes, stores, demand, parameters=chosen, seed=seed)
    case_packs = np.array([skus[SkuId(i)].case_pack for i in demand.ids], dtype=np.int64)
    stock = build_stock(nodes, demand, case_packs, ranging, window=window, parameters=chosen, seed=seed)
    return World(
        window=window,
        network=Network(
            nodes={node.id: node for node in nodes},
            zones={zone.id: zone for zone in zones},
            skus=skus,
            rates=build_rates(nodes, zones, chosen.rates),
        ),
        orders=build_orders(
            replayed, places, zone_of_cities(places, chosen.zones), time_zone=chosen.time_zone
        ),
        supply=stock.rows,
        receipts=stock.receipts,
        walk_ins=build_walk_ins(
            nodes, demand, ranging.walk_in_rate, window=window, parameters=chosen, seed=seed
        ),
        abroad=count_left_out(sales.where(sales.is_abroad).within(window)),
        walk_in_rate={
            (nodes[n].id, SkuId(demand.ids[s])): float(ranging.walk_in_rate[n, s])
            for n, s in np.argwhere(ranging.walk_in_rate).tolist()
        },
    )
