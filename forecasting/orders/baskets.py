"""Historic orders as basket templates, laid out for all places at once. How often each comes is not here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from scipy.sparse import csr_array

    from forecasting.history import IntArray
    from forecasting.orders.order_history import OrderHistory

DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Baskets:
    """Every historic order as a template; a sku is an index into `skus`, those of the history first.

    Template b holds `sku[starts[b]:starts[b + 1]]` and as many `units`; it was ordered at `place` (an index
    into `places`), `instant` seconds into a period. `content` has the units per sku and template,
    `typical` the mean units of a line of each sku, rounded: 1 for one that was never ordered.
    `size` is the class of a template by its lines: 0 for 1, 1 for 2 to 3, 2 for 4 to 7, and so on.

    Shapes: starts (templates + 1,); sku, units (lines,); place, instant, size (templates,); content
    (skus, templates); typical (skus,).
    """

    skus: tuple[str, ...]
    places: tuple[str, ...]
    starts: IntArray
    sku: IntArray
    units: IntArray
    place: IntArray
    instant: IntArray
    content: csr_array
    typical: IntArray
    size: IntArray

    def __len__(self) -> int:
        return len(self.place)


def lay_out(history: OrderHistory, *, others: Collection[str], first_day: date, days: int) -> Baskets:
    """The orders of a history; `others` are skus that may not be among its own. Periods of `days` begin on
    `first_day`, and before and after it.
    """
    from scipy.sparse import csr_array  # as slow to import as what solves with it

    skus = tuple(dict.fromkeys([*history.skus, *others]))
    by_order = np.argsort(history.order, kind="stable")
    order, sku, units = history.order[by_order], history.sku[by_order], history.units[by_order]
    content = csr_array((units.astype(np.float64), (sku, order)), shape=(len(skus), len(history)))
    content.sum_duplicates()
    lines = np.bincount(sku, minlength=len(skus))
    per_line = np.bincount(sku, units, minlength=len(skus)) / np.maximum(lines, 1)
    since = history.placed_at.astype("datetime64[s]") - np.datetime64(first_day, "s")
    return Baskets(
        skus=skus,
        places=history.places,
        starts=starts_of(np.bincount(order, minlength=len(history))),
        sku=sku,
        units=units,
        place=history.place,
        instant=since.astype(np.int64) % (days * DAY_SECONDS),
        content=content,
        size=np.floor(np.log2(np.bincount(order))).astype(np.int64),
        typical=np.maximum(np.rint(per_line), 1).astype(np.int64),
    )


def starts_of(counts: IntArray) -> IntArray:
    """Where each of these counts begins when they are laid end to end, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def ranges(starts: IntArray, counts: IntArray) -> IntArray:
    """`starts[i], starts[i] + 1, ...`, `counts[i]` of them, end to end."""
    before = np.cumsum(counts) - counts
    laid: IntArray = np.arange(int(counts.sum())) + np.repeat(starts - before, counts)
    return laid
