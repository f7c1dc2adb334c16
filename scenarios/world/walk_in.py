"""Walk-in demand at stores: seeded Poisson per SKU and day, gathered by store and hour."""

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from fulfillment.ids import SkuId
from fulfillment.network import Node
from scenarios.world.demand import Demand
from scenarios.world.events import WalkInSale
from scenarios.world.parameters import WorldParameters
from scenarios.world.tables import Floats, Window, instant

_WALK_IN_STREAM = 3  # of the seed


def build_walk_ins(
    nodes: tuple[Node, ...],
    demand: Demand,
    rate: Floats,
    *,
    window: Window,
    parameters: WorldParameters,
    seed: int,
) -> tuple[WalkInSale, ...]:
    """Sales in order of time, then node. `rate` in units per week, shape (nodes, skus).

    All days of a week are alike; the units of a SKU on a day fall into one opening hour.
    """
    rng = np.random.default_rng([seed, _WALK_IN_STREAM])
    sales = [sale for day in window.days for sale in _one_day(rng, nodes, demand, rate / 7, day, parameters)]
    return tuple(sorted(sales, key=lambda sale: (sale.at, sale.node)))


def _one_day(
    rng: np.random.Generator,
    nodes: tuple[Node, ...],
    demand: Demand,
    daily_rate: Floats,
    day: date,
    parameters: WorldParameters,
) -> Iterator[WalkInSale]:
    wanted = rng.poisson(daily_rate)
    node_index, sku_index = np.nonzero(wanted)
    first, last = parameters.first_hour[day.weekday()], parameters.last_hour[day.weekday()]
    hours = rng.integers(first, last + 1, size=len(node_index))
    gathered: dict[tuple[int, int], list[tuple[SkuId, int]]] = {}
    for n, s, hour in zip(node_index.tolist(), sku_index.tolist(), hours.tolist(), strict=True):
        units = (SkuId(demand.ids[s]), int(wanted[n, s]))
        gathered.setdefault((n, hour), []).append(units)
    for (n, hour), units_by_sku in gathered.items():
        at = instant(day, hour + 1, ZoneInfo(nodes[n].time_zone))
        yield WalkInSale(at, nodes[n].id, tuple(sorted(units_by_sku)))
