"""Sales lines of the window into orders, and a count of those that go abroad."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from fulfillment.ids import LineId, OrderId, SkuId, ZoneId
from fulfillment.orders import Destination, Order, OrderLine
from scenarios.world.customers import customer_key, home_cities
from scenarios.world.tables import Cities, Sales, to_utc


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Orders of the window that are not replayed."""

    orders: int
    lines: int
    units: int


def build_orders(
    sales: Sales, cities: Cities, zone_of_city: tuple[ZoneId, ...], *, time_zone: str
) -> tuple[Order, ...]:
    """One order per invoice, in order of time, then id; its lines in file order, numbered from 1.

    An invoice typed over a minute's end has two times: its first counts.
    """
    invoices, starts, lines = _by_invoice(sales)
    keys = [
        customer_key(int(sales.customer[rows[0]]), sales.invoices[invoice])
        for invoice, rows in zip(invoices, lines, strict=True)
    ]
    homes = home_cities(keys, cities).tolist()
    zone = ZoneInfo(time_zone)
    orders = [
        Order(
            id=OrderId(sales.invoices[invoice]),
            lines=tuple(
                OrderLine(
                    LineId(str(number)),
                    SkuId(sales.stock_codes[sales.stock_code[row]]),
                    int(sales.quantity[row]),
                )
                for number, row in enumerate(rows, start=1)
            ),
            destination=Destination(zone_of_city[home], cities.place(home)),
            placed_at=to_utc(start, zone),
        )
        for invoice, start, rows, home in zip(invoices, starts, lines, homes, strict=True)
    ]
    return tuple(sorted(orders, key=lambda order: (order.placed_at, order.id)))


def count_left_out(sales: Sales) -> LeftOut:
    return LeftOut(orders=len(np.unique(sales.invoice)), lines=len(sales), units=int(sales.quantity.sum()))


def _by_invoice(sales: Sales) -> tuple[list[int], list[np.datetime64], list[list[int]]]:
    """Invoice index, first time and rows in file order of each invoice."""
    order = np.argsort(sales.invoice, kind="stable")
    invoices, starts = np.unique(sales.invoice[order], return_index=True)
    rows = np.split(order, starts[1:])
    return invoices.tolist(), [sales.placed_at[r].min() for r in rows], [r.tolist() for r in rows]
