"""What was wanted where stock-outs hid it: sales become expected demand. Nothing here forecasts.

A masked step says nothing of demand; a step whose demand emptied the shelf says that at least so much was
wanted. Demand is negative binomial around a moving level; level and dispersion of a series are drawn toward
those of its demand class, learned beforehand. Every hidden step gets the demand expected given all that is
known, observed steps keep what sold, and so no model after this needs to know of stock-outs.

Source: Agrawal & Smith (1996), Estimating negative binomial demand for retail inventory management with
unobservable lost sales, Naval Research Logistics 43(6).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecasting.classes import ADI_LIMIT, CLASSES, CV2_LIMIT, DemandClass
from forecasting.history import AT_LEAST, MASKED, OBSERVED, FloatArray, IntArray, StateArray
from forecasting.preparing.censored_sales import CensoredSales, capped_sales, checked_sales, sales_until
from forecasting.preparing.level_fit import (
    Evidence,
    Fit,
    LevelPrior,
    as_column,
    fit_levels,
    gather,
    learn_level_priors,
)
from forecasting.preparing.movement import Movement
from forecasting.preparing.tails import tail
from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

SMOOTHING = 0.05  # share of a step's surprise that moves the level bounds are judged by
RETURN = 0.05  # share of its way back to the level of the whole history, step by step
NEAR_SMOOTHING = 0.3  # of the level that stands in for masked steps: there is no echo to fear
RATIOS = (
    0.25,
    0.5,
    0.75,
    1.0,
    1.25,
    1.5,
    2.0,
    2.5,
    3.0,
    4.0,
)  # bound / level, between the bins of the excess
CAPPED_SHARES = (0.05, 0.1, 0.2, 0.3, 0.4)
STEPS_WORTH_OF_ONE = 50.0  # how many bounded steps the belief in an excess factor of 1 weighs


@dataclass(frozen=True, slots=True)
class ClassPrior:
    """What series of one demand class have in common.

    `excess` is by how much demand beyond a bound exceeds that of the negative binomial, one factor for each
    bin of bound / level between `CensoringPrior.ratios`: bulk orders are beyond a law fitted below them.
    """

    levels: LevelPrior
    excess: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CensoringPrior:
    """What was learned from other series: of all together, and by demand class in order of `DemandClass`.

    `movement` is how the demand of all moved, beside the season; None where it was not learned.
    """

    pooled: LevelPrior
    classes: tuple[ClassPrior, ...]
    ratios: tuple[float, ...]
    movement: Movement | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain dictionaries, lists and numbers."""
        moved = None if self.movement is None else self.movement.to_document()
        return asdict(replace(self, movement=None)) | {"movement": moved}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> CensoringPrior:
        """The inverse of `as_json`."""
        return cls(
            LevelPrior(**value["pooled"]),
            tuple(ClassPrior(LevelPrior(**of["levels"]), tuple(of["excess"])) for of in value["classes"]),
            tuple(value["ratios"]),
            None if value["movement"] is None else Movement.from_document(value["movement"]),
        )


@dataclass(frozen=True, slots=True)
class Hidden:
    """What stock-outs hid of one series: `series` its number, the rest over all its steps.

    `sold` and `expected` are units over the whole history: what is in it, and with expected demand in the
    hidden steps. `level` is units per step at the end, `dispersion` that of the negative binomial.
    """

    series: int
    steps: int
    bounds: int
    masked: int
    sold: float
    expected: float
    level: float
    dispersion: float


@dataclass(frozen=True, slots=True)
class Imputed:
    """Units with expected demand in hidden steps, shape (entries,), and the class of every series.

    `hidden` has a row per series with a hidden step, in order.
    """

    units: FloatArray
    classes: tuple[DemandClass, ...]
    hidden: tuple[Hidden, ...]


def learn_prior(
    units: FloatArray, *, starts: IntArray, state: StateArray, ends: IntArray | None = None
) -> CensoringPrior:
    """Learn what alike series have in common, from a training set.

    Level and dispersion by empirical Bayes, from observed steps and bounds alike, of series that show the
    sizes of at least half of their sales. The excess from series without any bound: each is capped at
    several of its own quantiles, its demand beyond is estimated as if unknown, and compared with what it
    was. Without such a series the excess is 1.

    Parameters
    ----------
    units
        Units per step, series end to end, shape (entries,).
    starts
        Where each series starts, shape (series + 1,).
    state
        `OBSERVED`, `MASKED` or `AT_LEAST`, shape (entries,).
    ends
        Where the training part of each series ends, shape (series,); nothing from there on is looked at.

    Raises
    ------
    InvalidInput
        No step that says anything, or arrays that do not fit together.
    """
    sales = checked_sales(units, starts, state, None)
    if ends is not None:
        sales = sales_until(sales, ends)
    if not (sales.state != MASKED).any():
        raise InvalidInput(
            "no step of the training series says anything of demand",
            pointer="/state",
            fix="Learn from series with at least one step that is not masked",
        )
    told = sales.take(_telling(sales))
    evidence = _evidence(told)
    pooled = learn_level_priors(evidence, groups=np.zeros(len(told), dtype=np.int64), count=1)[0]
    first = fit_levels(evidence, priors=np.tile(as_column(pooled), (1, len(told))))
    levels = learn_level_priors(evidence, groups=_classes(told, first), count=len(CLASSES), pool=pooled)
    no_excess = (1.0,) * (len(RATIOS) + 1)
    return _with_excess(
        CensoringPrior(pooled, tuple(ClassPrior(prior, no_excess) for prior in levels), RATIOS), sales
    )


def impute(
    units: FloatArray,
    *,
    starts: IntArray,
    state: StateArray,
    prior: CensoringPrior,
    profile: FloatArray | None = None,
) -> Imputed:
    """Put expected demand where a stock-out hid it. A series depends on itself and the prior alone.

    A bounded step y becomes y + excess x (E[D | D >= y, l] - y), never less than y. Its level l starts at
    l_0, the most likely one of the whole history, and follows l + 0.05 (E - l) + 0.05 (l_0 - l), where E is
    what sold or E[D | D >= y, l]. Without the return, bound after bound would raise the level that the next
    is judged by, without end.

    A masked step becomes the level near it, times its profile: from l_0 on, n + 0.3 (E - n) over the steps
    that say something.

    Parameters
    ----------
    units, starts, state
        As in `learn_prior`.
    prior
        Learned from other series or from earlier steps.
    profile
        Expected demand of each step relative to an average one (season, days open, movement of the market),
        above 0, shape (entries,).

    Raises
    ------
    InvalidInput
        Arrays that do not fit together, units that are negative or not finite, a profile not above 0.
    """
    sales = checked_sales(units, starts, state, profile)
    filled, classes = sales.units.copy(), _classes(sales, None)
    rows = np.flatnonzero(np.bincount(sales.series[sales.state != OBSERVED], minlength=len(sales)) > 0)
    hidden: tuple[Hidden, ...] = ()
    if len(rows):
        part = sales.take(rows)
        estimate = _estimate(part, prior)
        wanted = _fill(part, estimate, prior)
        filled[np.isin(sales.series, rows)] = wanted
        classes[rows] = estimate.classes
        hidden = _rows(rows, part, wanted, estimate)
    return Imputed(filled, tuple(CLASSES[row] for row in classes.tolist()), hidden)


@dataclass(frozen=True, slots=True)
class _Estimate:
    """`expected` and `level` (with profile) per entry, without excess; `fit` and `classes` per series."""

    expected: FloatArray
    level: FloatArray
    last_level: FloatArray
    fit: Fit
    classes: IntArray


def _estimate(sales: CensoredSales, prior: CensoringPrior) -> _Estimate:
    """Twice over: the class of a bounded series is known only from a first fit by the pooled prior."""
    evidence = _evidence(sales)
    first = fit_levels(evidence, priors=np.tile(as_column(prior.pooled), (1, len(sales))))
    classes = _classes(sales, first)
    by_class = np.concatenate([as_column(of.levels) for of in prior.classes], axis=1)
    fit = fit_levels(evidence, priors=by_class[:, classes], start=first)
    return _follow(sales, fit, classes)


def _follow(sales: CensoredSales, fit: Fit, classes: IntArray) -> _Estimate:
    """Follow the level through the steps, all series side by side and aligned at their last step."""
    lengths = np.diff(sales.starts)
    width = int(lengths.max())
    place = (sales.series, np.arange(len(sales.units)) + np.repeat(width - sales.starts[1:], lengths))
    shape = (len(sales), width)
    units, profile, levels, expected = np.zeros(shape), np.ones(shape), np.empty(shape), np.empty(shape)
    state = np.full(shape, MASKED, dtype=np.uint8)
    units[place], profile[place], state[place] = sales.units, sales.profile, sales.state
    start, dispersion = fit.level, fit.dispersion
    level, near = start, start
    for t in range(width):
        mean, says = level * profile[:, t], state[:, t] != MASKED
        demand = np.where(says, units[:, t], near * profile[:, t])
        bounded = np.flatnonzero(state[:, t] == AT_LEAST)
        demand[bounded] = tail(units[bounded, t], mean=mean[bounded], dispersion=dispersion[bounded]).mean
        levels[:, t], expected[:, t] = mean, demand
        # A step of small profile says little of the level, and its quotient would say it loudly.
        weight = np.minimum(1.0, 1.0 / profile[:, t])
        level = level + SMOOTHING * weight * np.where(says, demand - mean, 0.0) + RETURN * (start - level)
        near = near + NEAR_SMOOTHING * weight * (demand - near * profile[:, t])
    return _Estimate(expected[place], levels[place], near, fit, classes)


def _fill(sales: CensoredSales, estimate: _Estimate, prior: CensoringPrior) -> FloatArray:
    """Expected demand of every step: what the bounds say, with the excess of the class."""
    bounded = sales.state == AT_LEAST
    factors = np.array([of.excess for of in prior.classes])
    of_class = estimate.classes[sales.series[bounded]]
    excess = factors[of_class, _bins(sales.units[bounded], estimate.level[bounded], prior.ratios)]
    filled = estimate.expected.copy()
    filled[bounded] = sales.units[bounded] + excess * (filled[bounded] - sales.units[bounded])
    return filled


def _telling(sales: CensoredSales) -> IntArray:
    """The series whose sizes are seen in at least half of the steps they sell in; all, if there is none.

    Of a series that sells rarely and is capped whenever it does, only the chance of a sale is known: a high
    level and a large dispersion explain that as well as small ones, and would carry the prior away.
    """
    series, sold = sales.series, sales.units > 0
    seen = np.bincount(series[sold & (sales.state == OBSERVED)], minlength=len(sales))
    bounded = np.bincount(series[sold & (sales.state == AT_LEAST)], minlength=len(sales))
    tell = np.flatnonzero(
        (bounded <= seen) & (np.bincount(series[sales.state != MASKED], minlength=len(sales)) > 0)
    )
    return tell if len(tell) else np.arange(len(sales))


def _with_excess(prior: CensoringPrior, sales: CensoredSales) -> CensoringPrior:
    """Learn the excess: sum of demand beyond a cap / sum of what is expected there, in levels of the series.

    Both sums get `STEPS_WORTH_OF_ONE` average steps without excess, so that few steps say little.
    """
    bounds = np.bincount(sales.series[sales.state == AT_LEAST], minlength=len(sales))
    free = sales.take(np.flatnonzero(bounds == 0))
    shape = (len(CLASSES), len(prior.ratios) + 1)
    came, said, steps = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for share in CAPPED_SHARES if len(free) else ():
        capped = capped_sales(free, share)
        part = capped.state == AT_LEAST
        estimate = _estimate(capped, prior)
        cell = (
            estimate.classes[capped.series[part]],
            _bins(capped.units[part], estimate.level[part], prior.ratios),
        )
        np.add.at(came, cell, (free.units - capped.units)[part] / estimate.level[part])
        np.add.at(said, cell, (estimate.expected - capped.units)[part] / estimate.level[part])
        np.add.at(steps, cell, 1.0)
    belief = STEPS_WORTH_OF_ONE * said / np.maximum(steps, 1.0)
    excess = np.divide(came + belief, said + belief, out=np.ones(shape), where=said > 0)
    classes = tuple(
        ClassPrior(of.levels, tuple(row)) for of, row in zip(prior.classes, excess.tolist(), strict=True)
    )
    return replace(prior, classes=classes)


def _bins(bound: FloatArray, level: FloatArray, ratios: tuple[float, ...]) -> IntArray:
    bins: IntArray = np.searchsorted(np.asarray(ratios), bound / level)
    return bins


def _classes(sales: CensoredSales, fit: Fit | None) -> IntArray:
    """The number of each series' demand class, from steps that are not masked; for a bound its expected size.

    Taken as they are, sales under a constant cap look smooth: many sizes are equal. With a fit, a bounded
    step counts with E[D | D >= y] and its second moment instead. Limits as in `forecasting.classes`.
    """
    series, size, square = sales.series, sales.units.copy(), sales.units**2
    bounded = sales.state == AT_LEAST
    if fit is not None and bounded.any():
        who = series[bounded]
        mean = fit.level[who] * sales.profile[bounded]
        beyond = tail(size[bounded], mean=mean, dispersion=fit.dispersion[who])
        size[bounded], square[bounded] = beyond.mean, beyond.mean**2 + beyond.variance
    says = (sales.state == OBSERVED) | (bounded & (sales.units > 0))  # at least 0 units says nothing
    sells = says & (size > 0)
    steps = np.bincount(series[says], minlength=len(sales))
    times = np.bincount(series[sells], minlength=len(sales))
    each = np.maximum(times, 1)
    mean_size = np.bincount(series[sells], size[sells], len(sales)) / each
    mean_square = np.bincount(series[sells], square[sells], len(sales)) / each
    is_rare = (times == 0) | (steps / each >= ADI_LIMIT)
    is_uneven = (times > 0) & (mean_square - mean_size**2 >= CV2_LIMIT * mean_size**2)
    names = np.where(
        is_rare, np.where(is_uneven, _LUMPY, _INTERMITTENT), np.where(is_uneven, _ERRATIC, _SMOOTH)
    )
    return names.astype(np.int64)


_SMOOTH, _INTERMITTENT, _ERRATIC, _LUMPY = (
    CLASSES.index(name)
    for name in (DemandClass.SMOOTH, DemandClass.INTERMITTENT, DemandClass.ERRATIC, DemandClass.LUMPY)
)


def _rows(
    rows: IntArray, sales: CensoredSales, wanted: FloatArray, estimate: _Estimate
) -> tuple[Hidden, ...]:
    dispersion = estimate.fit.dispersion
    return tuple(
        Hidden(
            series=row,
            steps=end - start,
            bounds=int((sales.state[start:end] == AT_LEAST).sum()),
            masked=int((sales.state[start:end] == MASKED).sum()),
            sold=float(sales.units[start:end].sum()),
            expected=float(wanted[start:end].sum()),
            level=float(estimate.last_level[i]),
            dispersion=float(dispersion[i]),
        )
        for i, (row, start, end) in enumerate(
            zip(rows.tolist(), sales.starts[:-1].tolist(), sales.starts[1:].tolist(), strict=True)
        )
    )


def _evidence(sales: CensoredSales) -> Evidence:
    return gather(
        sales.units, series=sales.series, state=sales.state, profile=sales.profile, length=len(sales)
    )
