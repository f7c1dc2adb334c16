"""When a shelf was empty, and whose doing it was: from levels of stock to flags on the steps of a frame.

Supply that failed says nothing of demand (`stocked_out`); demand that emptied the shelf was at least what
sold (`sold_out`). What models make of either is in `forecasting.history`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from forecasting.history import FloatArray, Grain, IntArray, series_id
from forecasting.reading.frame import SOLD_OUT, STOCKED_OUT
from forecasting.reading.local_time import InstantArray, LocalTimes
from fulfillment.errors import InvalidInput
from fulfillment.ledger.protocol import AdjustKind, Entry
from fulfillment.supply import StockState, SupplyKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    import pandas as pd

    from fulfillment.ids import SkuId

TAKEN_BY_DEMAND: Final = frozenset({"reserve", "reassign", "ship", "collect", AdjustKind.WALK_IN_SALE.value})
"""Verbs of the ledger with which demand takes units."""

A_DAY_OF_A_WEEK: Final = 1 / 7


class Cause(StrEnum):
    """Why a shelf became empty."""

    SUPPLY = "supply"  # damage, a count, a correction, a transfer out
    DEMAND = "demand"  # a sale or an allocation


@dataclass(frozen=True, slots=True)
class StockLevel:
    """Units free to be sold at a place from `at` on, and whether demand brought them there."""

    sku: SkuId
    place: str
    at: datetime
    units: float
    by_demand: bool


@dataclass(frozen=True, slots=True)
class StockOuts:
    """Times in which a shelf was empty; of one series they do not overlap.

    Parameters
    ----------
    ids
        `unique_id` of each.
    start, until
        Local time of the place, datetime64[us], shape (stock-outs,); `until` is NaT where it goes on.
    by_demand
        Whether demand emptied the shelf, else supply failed.
    """

    ids: tuple[str, ...]
    start: InstantArray
    until: InstantArray
    by_demand: tuple[bool, ...]

    def __post_init__(self) -> None:
        ends_early = np.flatnonzero(self.until <= self.start)  # never where it is NaT
        for row in ends_early[:1].tolist():
            raise InvalidInput(
                f"row {row}: {self.ids[row]} is out of stock until {self.until[row]}, "
                f"not after {self.start[row]}",
                pointer=f"/{row}/until",
                fix="Give a later end, or none if it goes on",
            )
        order = sorted(
            range(len(self.ids)), key=lambda row: (self.ids[row], self.start[row].astype(np.int64))
        )
        for before, row in pairwise(order):
            same = self.ids[before] == self.ids[row]
            if same and not self.until[before] <= self.start[row]:
                raise InvalidInput(
                    f"rows {before} and {row}: {self.ids[row]} is out of stock twice "
                    f"from {self.start[row]} on",
                    pointer=f"/{row}/from",
                    fix="Give one row for each time the shelf was empty",
                )


def levels_of(entries: Iterable[Entry]) -> Iterator[StockLevel]:
    """The ledger's entries, oldest first, as levels of sellable stock on hand, not reserved, at a node.

    Pools count together. What the entries do not begin with is taken to have been 0, so give all of a row.
    An entry dated before the one it follows, as those of two transactions at once may be, counts at the
    instant of that one.
    """
    free: dict[tuple[SkuId, str], int] = defaultdict(int)
    latest: dict[tuple[SkuId, str], datetime] = {}
    for entry in entries:
        key = entry.key
        if not isinstance(key, SupplyKey) or not key.is_on_hand or key.state is not StockState.SELLABLE:
            continue
        change = entry.quantity_change - entry.reserved_change
        if change:
            free[key.sku, key.node] += change
            by_demand = entry.verb in TAKEN_BY_DEMAND
            at = max(entry.at, latest.get((key.sku, key.node), entry.at))
            latest[key.sku, key.node] = at
            yield StockLevel(key.sku, key.node, at, free[key.sku, key.node], by_demand)


def stock_outs_of(levels: Iterable[StockLevel], *, zones: Mapping[str, str] | None = None) -> StockOuts:
    """The times in which nothing was free, from levels in order of time.

    What brought the level to zero or below is the cause, whatever happens until it is above zero again. A
    shelf that was never filled is not out of stock. The hour that the clock of a place goes through twice
    counts once.

    Parameters
    ----------
    zones
        The IANA time zone of every place; needed where the levels' instants have an offset, as the
        ledger's have.
    """
    since: dict[tuple[SkuId, str], StockLevel] = {}
    filled: set[tuple[SkuId, str]] = set()
    found: list[tuple[StockLevel, datetime | None]] = []
    for level in levels:
        key = (level.sku, level.place)
        if level.units > 0:
            filled.add(key)
            began = since.pop(key, None)
            if began is not None and began.at < level.at:
                found.append((began, level.at))
        elif key in filled and key not in since:
            since[key] = level
    found += [(began, None) for began in since.values()]
    found.sort(key=lambda one: (one[0].sku, one[0].place, one[0].at))
    places = [began.place for began, _ in found]
    times = LocalTimes("place", zones)
    return _by_the_clock(
        [series_id(began.sku, began.place) for began, _ in found],
        times.each([began.at for began, _ in found], places),
        times.each([until for _, until in found], places),
        [began.by_demand for began, _ in found],
    )


def _by_the_clock(
    ids: Sequence[str], start: InstantArray, until: InstantArray, by_demand: Sequence[bool]
) -> StockOuts:
    """Stock-outs sorted by series and instant, without what the clock, put back, goes through again."""
    for row in range(len(ids)):
        if row and ids[row] == ids[row - 1]:
            start[row] = max(start[row], until[row - 1])
        if until[row] < start[row]:  # never where it is NaT
            until[row] = start[row]
    rows = np.flatnonzero(~(until <= start)).tolist()
    return StockOuts(
        tuple(ids[row] for row in rows), start[rows], until[rows], tuple(by_demand[row] for row in rows)
    )


def flag_stock_outs(
    frame: pd.DataFrame, outs: StockOuts, *, grain: Grain = Grain.WEEK, share: float = A_DAY_OF_A_WEEK
) -> pd.DataFrame:
    """The frame with the columns `stocked_out` and `sold_out`.

    A step is flagged if the shelf was empty for at least `share` of its hours: then it is `sold_out` if
    demand caused any of that, since what sold is a lower bound in any case, and else `stocked_out`. A step
    that is not flagged hides at most that share of its demand, if demand is even. Of a shelf that demand
    emptied and supply left empty for weeks, the later weeks are bounds of 0, which say nothing.

    Stock-outs of series that the frame does not hold are left alone.
    """
    if not 0 < share <= 1:
        raise InvalidInput(
            f"share {share} is not above 0 and at most 1", pointer="/share", fix="Give a share such as 0.25"
        )
    days = frame["ds"].to_numpy().astype("datetime64[D]")
    flagged = frame.copy()
    if len(frame) == 0:
        return flagged.assign(**{STOCKED_OUT: False, SOLD_OUT: False})
    codes, names = frame["unique_id"].factorize()
    row_of = {name: code for code, name in enumerate(names)}
    series = np.array([row_of.get(one, -1) for one in outs.ids], dtype=np.int64)
    steps = int((days.max() - days.min()).astype(np.int64)) // grain.days + 1
    step = (days - days.min()).astype(np.int64) // grain.days
    empty, by_demand = _days_empty(outs, series, days.min(), grain, shape=(len(names), steps))
    is_empty = empty[codes, step] >= share * grain.days * (1 - 1e-9)  # a seventh of a week is a day
    is_bound = by_demand[codes, step] > 0
    return flagged.assign(**{STOCKED_OUT: is_empty & ~is_bound, SOLD_OUT: is_empty & is_bound})


def _days_empty(
    outs: StockOuts, series: IntArray, first: np.datetime64, grain: Grain, *, shape: tuple[int, int]
) -> tuple[FloatArray, FloatArray]:
    """Days in which the shelf was empty, and those of them by demand, per series and step."""
    a_day, length = np.timedelta64(1, "D"), grain.days
    total = shape[1] * length
    begins = np.clip((outs.start - first) / a_day, 0, total)
    until = np.where(np.isnat(outs.until), float(total), (outs.until - first) / a_day)
    ends = np.clip(until, 0, total)
    empty, by_demand = np.zeros(shape), np.zeros(shape)
    for row in np.flatnonzero((series >= 0) & (ends > begins)).tolist():
        touched = np.arange(int(begins[row] // length), int(-(-ends[row] // length)))
        inside = np.minimum(ends[row], (touched + 1) * length) - np.maximum(begins[row], touched * length)
        empty[series[row], touched] += inside
        if outs.by_demand[row]:
            by_demand[series[row], touched] += inside
    return empty, by_demand
