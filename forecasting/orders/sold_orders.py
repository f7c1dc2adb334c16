"""Sales lines as whole orders: what an order stream draws from. Counts nothing per step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecasting.orders.order_history import OrderHistory
from forecasting.reading.sales_lines import NO_ORDER
from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from forecasting.reading.sales_lines import SalesLines


def orders_of(lines: SalesLines) -> OrderHistory:
    """The orders of all lines that have one, by the instant of their first line, then by name.

    An order of two places is two orders. Returns are left out: what came back was ordered. Two lines of
    one sku stay two.

    Raises
    ------
    InvalidInput
        A line of an order with a part of a unit.
    """
    kept = np.flatnonzero((lines.order_codes != NO_ORDER) & (lines.units > 0))
    parts = lines.units[kept] % 1 != 0
    if parts.any():
        row = int(kept[np.argmax(parts)])
        raise InvalidInput(
            f"line {row}: {lines.units[row]} units of {lines.skus[lines.sku[row]]} in an order",
            pointer=f"/{row}/units",
            fix="Order whole units",
        )
    when, code, place = lines.when[kept], lines.order_codes[kept], lines.place[kept]
    keys, first, order = np.unique(
        code * max(len(lines.places), 1) + place, return_index=True, return_inverse=True
    )
    began = when[first]
    np.minimum.at(began, order, when)
    names = [lines.orders[one] for one in code[first].tolist()]
    in_order = sorted(range(len(keys)), key=lambda one: (began[one].astype(np.int64), names[one]))
    rank = np.empty(len(keys), dtype=np.int64)
    rank[in_order] = np.arange(len(keys))
    return OrderHistory(
        skus=lines.skus,
        places=lines.places,
        order=rank[order],
        sku=lines.sku[kept],
        units=lines.units[kept].astype(np.int64),
        place=place[first][in_order],
        placed_at=began[in_order],
    )
