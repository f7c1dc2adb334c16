"""Future orders: baskets of the past, drawn as often as a forecast says. Forecasts nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from forecasting.orders.baskets import Baskets, lay_out, ranges, starts_of
from forecasting.orders.mixes import (
    EXACT,
    Mix,
    RakingLimits,
    mean_units,
    mix_from,
    mixes_of,
    off,
    variance_of_orders,
)
from forecasting.orders.raking import ITERATIONS, RATIO
from fulfillment.demand import DrawnOrder
from fulfillment.errors import InvalidInput
from fulfillment.ids import OrderId, SkuId

if TYPE_CHECKING:
    from datetime import date

    from forecasting.history import FloatArray, IntArray
    from forecasting.orders.order_history import CellTotals, OrderHistory

BORROWED = 0.1


@dataclass(frozen=True, slots=True)
class PlaceStream:
    """A place's mix in every period. `rows` are its cells in the totals, `skus` their skus in the baskets."""

    place: str
    rows: IntArray
    skus: IntArray
    mixes: tuple[Mix, ...]


@dataclass(frozen=True, slots=True)
class Patched:
    """A total that whole orders of the past, reweighted within bounds, do not give within 1 %.

    Of the `wanted` units they give `given`. The expected units are those wanted, because lines of the sku
    have more or fewer units than in the past (down to none) and `added` lines come beside.
    """

    sku: SkuId
    place: str
    wanted: float
    given: float
    added: float


@dataclass(frozen=True, slots=True)
class DrawnLines:
    """Drawn orders as arrays, sorted by place, then instant: for whoever draws by the thousand.

    `place` (an index into the streams) and `offset` (seconds into the period) have one entry per order;
    its lines are `cell[starts[o]:starts[o + 1]]`, indices into the cells of the totals, and as many `units`.
    """

    place: IntArray
    offset: IntArray
    starts: IntArray
    cell: IntArray
    units: IntArray


@dataclass(frozen=True, slots=True)
class ResampledOrders:
    """Baskets of the past at new frequencies; implements `fulfillment.demand.OrderStream`.

    `not_wanted` are cells of the history without any demand in the totals: their lines are left out of
    every order, and orders of nothing else do not come.
    """

    totals: CellTotals
    baskets: Baskets
    streams: tuple[PlaceStream, ...]
    not_wanted: tuple[tuple[SkuId, str], ...]
    limits: RakingLimits
    carries_variance: bool

    @property
    def periods(self) -> tuple[date, ...]:
        return self.totals.periods

    def draw(self, period: int, seed: int) -> tuple[DrawnOrder, ...]:
        """Orders of a period, sorted by instant; equal period and seed, equal orders.

        Orders of a place number Poisson(sum of its weights), each a template drawn by weight, at that
        template's weekday and time of day. Their ids name place, seed and period.

        Raises
        ------
        InvalidInput
            No such period, or a negative seed.
        """
        drawn = self.draw_lines(period, seed)
        skus = [sku for sku, _ in self.totals.cells]
        cells, units, starts = drawn.cell.tolist(), drawn.units.tolist(), drawn.starts.tolist()
        first = np.searchsorted(drawn.place, np.arange(len(self.streams))).tolist()
        orders = []
        for order, (place, offset) in enumerate(
            zip(drawn.place.tolist(), drawn.offset.tolist(), strict=True)
        ):
            name, lines = self.streams[place].place, slice(starts[order], starts[order + 1])
            orders.append(
                DrawnOrder(
                    id=OrderId(f"{name}-{seed}-{period}-{order - first[place] + 1}"),
                    place=name,
                    offset=timedelta(seconds=offset),
                    lines=tuple(
                        (skus[cell], count) for cell, count in zip(cells[lines], units[lines], strict=True)
                    ),
                )
            )
        return tuple(sorted(orders, key=lambda order: order.offset))  # stable: then by place

    def draw_lines(self, period: int, seed: int) -> DrawnLines:
        """The same orders as arrays."""
        self._check(period)
        if seed < 0:
            raise InvalidInput(f"seed {seed}: 0 or more", pointer="/seed", fix="Give 0 or more")
        parts = []
        for place, stream in enumerate(self.streams):
            sequence = np.random.SeedSequence([seed, period, place])
            rng = np.random.Generator(np.random.PCG64(sequence))
            mix = stream.mixes[period]
            if self.carries_variance:
                mix = self._leveled(stream, period, rng)
            parts.append(_drawn(self.baskets, stream, mix, rng, place))
        return _joined(parts)

    def expected_units(self, period: int) -> FloatArray:
        """Mean units per cell of the totals, shape (cells,), reckoned from what the templates hold."""
        self._check(period)
        units = np.zeros(len(self.totals.cells))
        for stream in self.streams:
            content, typical = self.baskets.content[stream.skus], self.baskets.typical[stream.skus]
            units[stream.rows] = mean_units(stream.mixes[period], content=content, typical=typical)
        return units

    def variance_units(self, period: int) -> FloatArray:
        """Variance of the drawn units per cell when no level is drawn: that of Poisson orders.

        Lines of many units make it larger than the mean. Units squared, shape (cells,).
        """
        self._check(period)
        units = np.zeros(len(self.totals.cells))
        for stream in self.streams:
            content, typical = self.baskets.content[stream.skus], self.baskets.typical[stream.skus]
            units[stream.rows] = variance_of_orders(stream.mixes[period], content=content, typical=typical)
        return units

    def patched(self, period: int) -> tuple[Patched, ...]:
        """Every cell that whole orders of the past do not give."""
        self._check(period)
        found = []
        for stream in self.streams:
            mix, wanted = stream.mixes[period], self.totals.units[stream.rows, period]
            for cell in np.flatnonzero(off(mix.given, wanted)).tolist():
                sku, place = self.totals.cells[stream.rows[cell]]
                given, added = float(mix.given[cell]), float(mix.added[cell])
                found.append(Patched(sku, place, float(wanted[cell]), given, added))
        return tuple(found)

    def _leveled(self, stream: PlaceStream, period: int, rng: np.random.Generator) -> Mix:
        """The mix anew, for totals times a gamma level that gives what variance the orders lack."""
        mix, mean = stream.mixes[period], self.totals.units[stream.rows, period]
        content, typical = self.baskets.content[stream.skus], self.baskets.typical[stream.skus]
        variance = self.totals.variance
        assert variance is not None  # checked where the stream is made
        lacking = variance[stream.rows, period] - variance_of_orders(mix, content=content, typical=typical)
        spread = np.divide(lacking, mean**2, out=np.zeros_like(mean), where=(lacking > 0) & (mean > 0))
        some = spread > EXACT
        if not some.any():
            return mix
        level = np.ones_like(mean)
        level[some] = rng.gamma(1.0 / spread[some], spread[some])
        prior = np.zeros(len(self.baskets))
        prior[mix.templates] = mix.weights
        return mix_from(
            content, prior, mean * level, typical=typical, limits=self.limits, sizes=self.baskets.size
        )

    def _check(self, period: int) -> None:
        if not 0 <= period < len(self.periods):
            raise InvalidInput(
                f"period {period} of {len(self.periods)}", pointer="/period", fix="Count from 0"
            )


def order_stream(
    history: OrderHistory,
    totals: CellTotals,
    *,
    carry_variance: bool = False,
    borrowed: float = BORROWED,
    ratio: float = RATIO,
    iterations: int = ITERATIONS,
) -> ResampledOrders:
    """Reweight the orders of the past so that each cell (sku and place) has its total in expectation.

    Every order is a template. Those of a place begin with equal weights, scaled so that half of the wanted
    units lie in cells that want more and half in cells that want less: an unchanged mix keeps its weights
    exactly, and a rise of one sku does not move what is never bought with it. Then they are raked
    (`forecasting.orders.raking`). Where a total stays open by more than 1 % (the place never ordered the
    sku, or has too few orders for so many skus), orders of the other places join: with `borrowed` of the
    prior weight, their lines without demand here left out. So many totals at once are met more easily by
    small orders than by large ones, so the shares of orders by size (1, 2 to 3, 4 to 7 lines, and so on) and
    the lines per order are then raked to those of the past too.

    What is open even then is closed line by line and named by `patched`: the units of the cell's lines are
    multiplied by a factor of 0 to 2 and rounded at random, which leaves the baskets whole as far as it can;
    what a factor of 2 does not give comes as lines of the sku's mean units (1 for a sku that was never
    ordered anywhere), nearly all of them in orders drawn anyway. A cell without demand loses its lines, and
    the rest of the order stays: an order weighted to nothing would take its other skus along.

    The weekday and the time of day of an order are kept if a period is a week. If it is a day, its time of
    day is: the totals then say how much each day has, but a Sunday may draw a Monday's orders.

    Parameters
    ----------
    history
        Whatever past is like the future: all of it, or the same season. Orders weigh the same.
    totals
        Cells that are not named have no demand.
    carry_variance
        Draw a gamma level per cell and period, mean 1, and rake anew for the totals times the levels, so
        that the drawn units have the variance of the totals. A level is demand that all shoppers share
        (the weather, a mention), so it changes which orders come how often, and lines only where that does
        not suffice; orders are as many in the mean, in the same shares by size. The level's variance is
        (variance of the total - `variance_units`) / mean^2: Poisson orders of many units a line bring a
        variance of their own. Where that is the larger, no level is drawn and the orders spread more than
        the forecast says. Levels of different cells are independent, so very large ones ask of the baskets
        what no baskets give, and added lines close it. A draw costs as much as a period of this function.
    borrowed
        0 to below 1; with 0 orders never come from other places.
    ratio
        Most by which the frequency of a template may change, above 1.
    iterations
        Most of the raking per place and period, 1 or more.

    Raises
    ------
    InvalidInput
        The history has no order, variance is to be carried and there is none, or a number is out of range.
    """
    _check(history, totals, carry_variance=carry_variance, borrowed=borrowed, iterations=iterations)
    limits = RakingLimits(ratio, iterations, borrowed)
    skus = sorted({sku for sku, _ in totals.cells})
    baskets = lay_out(history, others=skus, first_day=totals.periods[0], days=totals.days)
    code = {sku: number for number, sku in enumerate(baskets.skus)}
    rows_of: dict[str, list[int]] = {}
    for row in np.flatnonzero(totals.units.max(axis=1) > 0).tolist():
        rows_of.setdefault(totals.cells[row][1], []).append(row)
    streams = []
    for place in sorted(rows_of):
        rows = np.array(rows_of[place], dtype=np.int64)
        codes = np.array([code[totals.cells[row][0]] for row in rows_of[place]], dtype=np.int64)
        mixes = mixes_of(baskets, place, codes, totals.units[rows], limits=limits)
        streams.append(PlaceStream(place, rows, codes, mixes))
    wanted = {totals.cells[row] for rows in rows_of.values() for row in rows}
    return ResampledOrders(
        totals=totals,
        baskets=baskets,
        streams=tuple(streams),
        not_wanted=tuple(cell for cell in _cells_of(history) if cell not in wanted),
        limits=limits,
        carries_variance=carry_variance,
    )


def _check(
    history: OrderHistory, totals: CellTotals, *, carry_variance: bool, borrowed: float, iterations: int
) -> None:
    if not len(history):
        raise InvalidInput("a history without an order", pointer="/history", fix="Give orders to draw from")
    if carry_variance and totals.variance is None:
        raise InvalidInput(
            "totals without variance, which is to be carried", pointer="/variance", fix="Give the variance"
        )
    if not 0 <= borrowed < 1:
        raise InvalidInput(f"borrowed {borrowed}: 0 to below 1", pointer="/borrowed", fix="Give 0.1, say")
    if iterations < 1:
        raise InvalidInput(f"{iterations} iterations", pointer="/iterations", fix="Give 1 or more")


def _cells_of(history: OrderHistory) -> list[tuple[SkuId, str]]:
    seen = np.unique(np.stack([history.place[history.order], history.sku]), axis=1).T.tolist()
    return [(SkuId(history.skus[sku]), history.places[place]) for place, sku in seen]


def _drawn(
    baskets: Baskets, stream: PlaceStream, mix: Mix, rng: np.random.Generator, place: int
) -> DrawnLines:
    """Orders of one place, sorted by instant, then as drawn."""
    templates = mix.templates[_choices(mix.weights, rng)]
    counts = np.diff(baskets.starts)[templates]
    lines = ranges(baskets.starts[templates], counts)
    cell_of = np.full(len(baskets.skus), -1, dtype=np.int64)
    cell_of[stream.skus] = np.arange(len(stream.skus))
    cell = cell_of[baskets.sku[lines]]
    exact = baskets.units[lines] * np.where(cell >= 0, mix.factor[cell], 0.0)
    units = (np.floor(exact) + (rng.random(len(exact)) < exact - np.floor(exact))).astype(np.int64)
    order = np.repeat(np.arange(len(templates)), counts)[units > 0]
    added = _choices(mix.added, rng)
    joined, alone = _joins(order, mix, len(added), rng)
    any_time = mix.templates if len(mix.templates) else np.arange(len(baskets))
    origin = np.concatenate([templates, any_time[rng.integers(len(any_time), size=alone)]])
    order = np.concatenate([order, joined, len(templates) + np.arange(alone)])
    by_order = np.argsort(order, kind="stable")
    cell = np.concatenate([cell[units > 0], added])[by_order]
    units = np.concatenate([units[units > 0], baskets.typical[stream.skus[added]]])[by_order]
    return _sorted(place, baskets.instant[origin], order[by_order], stream.rows[cell], units)


def _joins(order: IntArray, mix: Mix, added: int, rng: np.random.Generator) -> tuple[IntArray, int]:
    """Which drawn orders added lines join, one each, and how many come alone.

    A line joins with a chance of lines drawn / (lines drawn + lines added): few hardly ever come alone,
    and where nearly all lines are added they do not heap up in the orders that are there.
    """
    joining = int((rng.random(added) * (len(order) + mix.added.sum()) < len(order)).sum())
    there = np.unique(order)
    joined: IntArray = there[rng.integers(len(there), size=joining)] if joining else there[:0]
    return joined, added - joining


def _choices(weights: FloatArray, rng: np.random.Generator) -> IntArray:
    """Poisson(sum of the weights) indices, each drawn by weight."""
    total = float(weights.sum())
    if total <= 0:
        return np.zeros(0, dtype=np.int64)
    chosen: IntArray = rng.choice(len(weights), size=int(rng.poisson(total)), p=weights / total)
    return chosen


def _sorted(place: int, offset: IntArray, order: IntArray, cell: IntArray, units: IntArray) -> DrawnLines:
    """Orders by instant, without those that have no line; `order` is that of each line, rising."""
    counts = np.bincount(order, minlength=len(offset))
    by_time = np.argsort(offset, kind="stable")
    by_time = by_time[counts[by_time] > 0]
    lines = ranges(starts_of(counts)[:-1][by_time], counts[by_time])
    return DrawnLines(
        place=np.full(len(by_time), place, dtype=np.int64),
        offset=offset[by_time],
        starts=starts_of(counts[by_time]),
        cell=cell[lines],
        units=units[lines],
    )


def _joined(parts: list[DrawnLines]) -> DrawnLines:
    nothing = np.zeros(0, dtype=np.int64)
    return DrawnLines(
        place=np.concatenate([nothing, *(part.place for part in parts)]),
        offset=np.concatenate([nothing, *(part.offset for part in parts)]),
        starts=starts_of(np.concatenate([nothing, *(np.diff(part.starts) for part in parts)])),
        cell=np.concatenate([nothing, *(part.cell for part in parts)]),
        units=np.concatenate([nothing, *(part.units for part in parts)]),
    )
