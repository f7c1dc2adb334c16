"""Baskets: which skus were ordered together, where to and when. The history that orders are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting.sales_lines import NO_ORDER, SalesLines

if TYPE_CHECKING:
    from forecasting.history import FloatArray, IntArray
    from forecasting.local_time import InstantArray


@dataclass(frozen=True, slots=True)
class Baskets:
    """Lines of orders as arrays, all lines of an order together, orders in order of their first line.

    Parameters
    ----------
    orders, skus, places
        The names behind the codes; a place is a destination zone, or the store of a walk-in sale.
    order, sku, place
        Codes of every line, shape (lines,); order codes do not fall.
    units
        Units of every line, above 0, shape (lines,).
    when
        Local time of every line at its place, datetime64[us], shape (lines,).
    """

    orders: tuple[str, ...]
    skus: tuple[str, ...]
    places: tuple[str, ...]
    order: IntArray
    sku: IntArray
    place: IntArray
    units: FloatArray
    when: InstantArray

    def __len__(self) -> int:
        return len(self.orders)


def baskets_of(lines: SalesLines) -> Baskets:
    """The baskets of all lines that belong to an order.

    Returns are no part of a basket: what came back was ordered. Orders are sorted by the instant of their
    first line, and by name where that is equal.
    """
    code = lines.order_codes
    kept = np.flatnonzero((code != NO_ORDER) & (lines.units > 0))
    first = np.full(len(lines.orders), np.datetime64("NaT"), dtype=lines.when.dtype)
    np.fmin.at(first, code[kept], lines.when[kept])
    there = np.unique(code[kept]).tolist()
    in_order = sorted(there, key=lambda one: (first[one].astype(np.int64), lines.orders[one]))
    rank = np.zeros(len(lines.orders), dtype=np.int64)
    rank[in_order] = np.arange(len(in_order))
    kept = kept[np.argsort(rank[code[kept]], kind="stable")]
    return Baskets(
        orders=tuple(lines.orders[one] for one in in_order),
        skus=lines.skus,
        places=lines.places,
        order=rank[code[kept]],
        sku=lines.sku[kept],
        place=lines.place[kept],
        units=lines.units[kept],
        when=lines.when[kept],
    )
