"""Make the frame of `forecasting.reading.frame` from dated sales: whole steps, with zeros where nothing sold.

Online demand counts at its destination zone and walk-in demand at its store, whatever node served it.
Nothing is checked here that `forecasting.reading.sales_lines` has checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting.history import BoolArray, Grain, IntArray, series_id
from forecasting.reading.sales_lines import NO_ORDER, SalesLines
from fulfillment.ids import SkuId

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd


@dataclass(frozen=True, slots=True)
class SalesReport:
    """What was read, and what became of it.

    Parameters
    ----------
    lines, late_lines
        Lines read, and those of them on or after the end, which are left out of all that follows.
    first_day, last_day
        Local days of the first and the last line.
    units_sold, units_returned
        Units of sales, and of returns as a positive number.
    returns, returns_of_an_order
        Lines with negative units, and those of them set off against the step of their sale.
    units_cut
        Units returned beyond what sold in their step: no step is below 0.
    series, steps, empty_steps
        Series of the frame, its rows, and the rows with y 0.
    """

    lines: int
    late_lines: int
    first_day: date | None
    last_day: date | None
    units_sold: float
    units_returned: float
    returns: int
    returns_of_an_order: int
    units_cut: float
    series: int
    steps: int
    empty_steps: int


def frame_of_sales(
    lines: SalesLines, *, end: date, grain: Grain = Grain.WEEK
) -> tuple[pd.DataFrame, SalesReport]:
    """Add up lines to steps, the last of which ends the day before `end`.

    Weeks are seven days, counted back from `end`: no year has a 53rd week that another lacks, and the
    same week a year before is 364 days back. A series starts with the first step it sold in and has a row
    for every step from then on. Lines on or after `end` are left out.

    A return lowers the units of the step its sale was in, if it names the order of a sale of the same sku
    at the same place (the last one before it), else of the step it came in. No step goes below 0. A sku
    that was only returned at a place makes no series.

    Returns
    -------
    DataFrame
        Columns `unique_id, ds, y`, sorted.
    SalesReport
        What was read.
    """
    import pandas as pd  # an edge: pandas is not needed to import forecasting

    days = lines.when.astype("datetime64[D]")
    back = -(-(np.datetime64(end, "D") - days).astype(np.int64) // grain.days)  # 1 is the last step
    in_time = back >= 1
    is_return = in_time & (lines.units < 0)
    is_sale = in_time & ~is_return
    back, is_matched = _at_their_sale(lines, back, is_sale=is_sale, is_return=is_return)
    ids, series = _series(lines, is_sale)
    lengths = np.zeros(len(ids), dtype=np.int64)
    np.maximum.at(lengths, series[is_sale], back[is_sale])
    ends = np.cumsum(lengths)
    counts = in_time & (back <= np.append(lengths, 0)[series])  # of no series: length 0
    entry = ends[series[counts]] - back[counts]
    net = np.bincount(entry, weights=lines.units[counts], minlength=int(lengths.sum()))
    units = np.maximum(net, 0.0)
    step = np.arange(len(units)) - np.repeat(ends, lengths)  # -1 is the last one
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(np.array(ids, dtype=object), lengths),
            "ds": (np.datetime64(end, "D") + step * np.timedelta64(grain.days, "D")).astype("datetime64[ns]"),
            "y": units,
        }
    )
    returned = lines.units[is_return & ~counts].sum()
    report = SalesReport(
        lines=len(lines),
        late_lines=int((~in_time).sum()),
        first_day=days[in_time].min().astype(object) if in_time.any() else None,
        last_day=days[in_time].max().astype(object) if in_time.any() else None,
        units_sold=float(lines.units[is_sale].sum()),
        units_returned=float(np.abs(lines.units[is_return]).sum()),  # 0, not -0
        returns=int(is_return.sum()),
        returns_of_an_order=int(is_matched.sum()),
        units_cut=float((units - net).sum() - returned),
        series=len(ids),
        steps=len(units),
        empty_steps=int((units == 0).sum()),
    )
    return frame, report


def day_after(lines: SalesLines) -> date:
    """The day after the last line: the end, where nothing else says it."""
    day: date = (lines.when.max().astype("datetime64[D]") + np.timedelta64(1, "D")).astype(object)
    return day


def _series(lines: SalesLines, is_sale: BoolArray) -> tuple[list[str], IntArray]:
    """The ids of what sold, sorted, and the series of every line; -1 where a sku never sold at the place."""
    pair = lines.sku * max(len(lines.places), 1) + lines.place
    sold = np.unique(pair[is_sale])
    ids = [
        series_id(SkuId(lines.skus[sku]), lines.places[place])
        for sku, place in zip(
            *(part.tolist() for part in np.divmod(sold, max(len(lines.places), 1))), strict=True
        )
    ]
    by_id = sorted(range(len(ids)), key=ids.__getitem__)
    rank = np.empty(len(ids), dtype=np.int64)
    rank[by_id] = np.arange(len(ids))
    return [ids[i] for i in by_id], _found(pair, sold, rank)


def _at_their_sale(
    lines: SalesLines, back: IntArray, *, is_sale: BoolArray, is_return: BoolArray
) -> tuple[IntArray, BoolArray]:
    """The step of every line, where a return has the step of its sale; and which returns have."""
    order = lines.order_codes
    is_matched = np.zeros(len(lines), dtype=np.bool_)
    told = is_return & (order != NO_ORDER)
    if not told.any():
        return back, is_matched
    pair = (lines.sku * max(len(lines.places), 1) + lines.place) * max(len(lines.orders), 1) + order
    sales = np.flatnonzero(is_sale & (order != NO_ORDER))
    sales = sales[np.lexsort((lines.when[sales], pair[sales]))]
    sold, moved = pair[sales], back.copy()
    for row in np.flatnonzero(told).tolist():
        first, last = np.searchsorted(sold, [pair[row], pair[row] + 1])
        before = sales[first:last][lines.when[sales[first:last]] <= lines.when[row]]
        if len(before):
            moved[row], is_matched[row] = back[before[-1]], True
    return moved, is_matched


def _found(keys: IntArray, known: IntArray, value: IntArray) -> IntArray:
    """The value of each key among the sorted known ones, -1 where it is not among them."""
    if len(known) == 0:
        return np.full(len(keys), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[at] == keys, value[at], -1)
