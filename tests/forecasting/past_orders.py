"""The demo's real orders as an order stream reads them: domestic, at the demo's destination zones."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from api.demo import load_cities, load_sales
from forecasting.history import BoolArray
from forecasting.orders.order_history import CellTotals, OrderHistory
from fulfillment.ids import SkuId
from scenarios.world import WorldParameters
from scenarios.world.customers import customer_key, home_cities
from scenarios.world.nodes import distinct_cities
from scenarios.world.zones import zone_of_cities

PARAMETERS = WorldParameters()


def past_orders(*, end: date, weeks: int) -> OrderHistory:
    """Orders of the weeks before `end`; a freak line counts as the largest that the demo plans for."""
    sales = load_sales(until=end)
    first_day = np.datetime64(end - timedelta(weeks=weeks))
    sales = sales.where(~sales.is_abroad & (sales.placed_at >= first_day))
    invoices, first, order = np.unique(sales.invoice, return_index=True, return_inverse=True)
    cities = distinct_cities(load_cities(), people_per_km2=PARAMETERS.people_per_km2)
    keys = [
        customer_key(int(sales.customer[row]), sales.invoices[invoice])
        for invoice, row in zip(invoices.tolist(), first.tolist(), strict=True)
    ]
    places = tuple(zone.id for zone in PARAMETERS.zones)
    zones = zone_of_cities(cities, PARAMETERS.zones)
    return OrderHistory(
        skus=sales.stock_codes,
        places=places,
        order=order.astype(np.int64),
        sku=sales.stock_code,
        units=np.minimum(sales.quantity, PARAMETERS.largest_planned_line),
        place=np.array([places.index(zones[home]) for home in home_cities(keys, cities)], dtype=np.int64),
        placed_at=sales.placed_at[first],
    )


def weekly_rates(
    history: OrderHistory, taken: BoolArray, *, weeks: int, periods: tuple[date, ...]
) -> CellTotals:
    """Units a week of the lines taken, the same in every period."""
    cells = dict(_rates(history, taken, weeks))
    units = np.repeat(np.array(list(cells.values()))[:, None], len(periods), axis=1)
    return CellTotals(tuple(cells), periods, units)


def _rates(history: OrderHistory, taken: BoolArray, weeks: int) -> Iterator[tuple[tuple[SkuId, str], float]]:
    code = history.place[history.order[taken]] * len(history.skus) + history.sku[taken]
    units = np.bincount(code, history.units[taken])
    for number in np.flatnonzero(units).tolist():
        place, sku = divmod(number, len(history.skus))
        yield (SkuId(history.skus[sku]), history.places[place]), float(units[number]) / weeks
