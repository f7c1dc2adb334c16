"""Demand made up from a known law, so that a forecast can be judged by the law instead of by what was drawn.

Negative binomial with trend, weekdays, season, promotions, rare selling, level shifts and lives that begin
and end. A yardstick for tests and reports; no forecast learns from this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from forecasting.history import OBSERVED, Attributes, Drivers, Grain, History
from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecasting.history import BoolArray, FloatArray, IntArray

PROMOTION = "promotion"
CATEGORIES = ("candles", "cards", "kitchen", "lamps", "textiles", "toys")
LAST = date(2024, 3, 31)
DAYS_A_YEAR = 365.25
NEW_SHARE_OF_YEAR = 8 / 52  # a new item was launched in the last eight weeks


class Life(StrEnum):
    """Where a series stands in its life at the cutoff."""

    STANDING = "standing"
    LAUNCHED = "launched"  # inside the history, long enough ago to have settled
    NEW = "new"  # in the last eight weeks
    ANNOUNCED = "announced"  # to be launched with the first step to come: no history at all
    ENDING = "ending"  # has a last day, known as attribute `ends_on`
    DIED = "died"  # sells no more, and nobody said so


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the demand is made of. Shares are of the series, from 0 to 1; the lives add up to at most 1.

    Parameters
    ----------
    level
        Median units per step.
    category_spread, own_spread
        Standard deviation of log level between categories, and of what category and price do not tell.
    price_elasticity
        Of the level, within a category.
    intermittent
        Share of series in which a step is empty, whatever its mean, with a probability of 0.3 to 0.9.
    trend
        Standard deviation of the log slope per year.
    season
        Largest amplitude (log) of the yearly wave; each category has its own, with its own phase.
    shifted
        Share of series whose level changed once.
    lift
        What a promotion multiplies the mean by; half of the series are never promoted.
    """

    level: float = 8.0
    category_spread: float = 0.8
    own_spread: float = 0.4
    price_elasticity: float = -0.8
    intermittent: float = 0.25
    trend: float = 0.15
    season: float = 0.4
    shifted: float = 0.1
    lift: float = 1.8
    launched: float = 0.2
    new: float = 0.08
    announced: float = 0.0
    ending: float = 0.03
    died: float = 0.05


@dataclass(frozen=True, slots=True)
class SyntheticDemand:
    """A history and the law of the steps after it.

    A step of series i is empty with probability `empty`, else negative binomial with `mean` and
    `dispersion` (variance = mean + dispersion x mean^2); steps are independent given the law.

    Parameters
    ----------
    mean, dispersion, empty
        Shape (series, horizon). `mean` is that of the negative binomial, in units per step.
    future
        One draw from the law, units, shape (series, horizon).
    lives
        Of every series, shape (series,).
    """

    history: History
    mean: FloatArray
    dispersion: FloatArray
    empty: FloatArray
    future: FloatArray
    lives: tuple[Life, ...]

    @property
    def expected(self) -> FloatArray:
        """Units expected, empty steps included, shape (series, horizon)."""
        units: FloatArray = (1.0 - self.empty) * self.mean
        return units

    def rows(self, *lives: Life) -> IntArray:
        """Numbers of the series that stand there in their life."""
        return np.flatnonzero([life in lives for life in self.lives])

    def probability_at_most(self, units: FloatArray) -> FloatArray:
        """True probability of at most these units, shape (series, horizon, levels) as `units`."""
        size = 1.0 / self.dispersion[:, :, None]
        cdf = stats.nbinom.cdf(np.floor(units), size, size / (size + self.mean[:, :, None]))
        empty = self.empty[:, :, None]
        probability: FloatArray = np.where(units >= 0, empty + (1.0 - empty) * cdf, 0.0)
        return probability

    def true_below(
        self, quantiles: FloatArray, rows: IntArray | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """What share of demand is below, and at or below, each quantile: exactly, not by a draw.

        Parameters
        ----------
        quantiles
            Whole units, shape (series, horizon, levels), of all series.
        rows
            The series to judge; all by default.

        Returns
        -------
        pair of array
            Mean F(q - 1) and mean F(q) per level, each of shape (levels,). A calibrated level lies
            between the two.
        """
        judged = np.arange(len(self.lives)) if rows is None else rows
        below, at_or_below = (self.probability_at_most(units)[judged] for units in (quantiles - 1, quantiles))
        return below.mean(axis=(0, 1)), at_or_below.mean(axis=(0, 1))

    def true_quantiles(self, levels: Sequence[float]) -> FloatArray:
        """The quantiles of who knows the law, whole units, shape (series, horizon, levels)."""
        empty, size = self.empty[:, :, None], 1.0 / self.dispersion[:, :, None]
        rest = (np.asarray(levels)[None, None, :] - empty) / (1.0 - empty)
        units = stats.nbinom.ppf(np.maximum(rest, 0.0), size, size / (size + self.mean[:, :, None]))
        return np.where((rest > 0) & (self.mean[:, :, None] > 0), units, 0.0)


def synthetic_demand(
    *,
    series: int = 300,
    steps: int = 728,
    horizon: int = 28,
    grain: Grain = Grain.DAY,
    recipe: Recipe | None = None,
    seed: int,
) -> SyntheticDemand:
    """Draw series and the law of their future. Equal arguments give equal bytes.

    The history has the driver `promotion` (0 or 1), known for `horizon` steps ahead, and the attributes
    `category`, `price` and `ends_on` (the last day of selling as ISO date, "" if there is none).

    Parameters
    ----------
    series, steps, horizon
        Number of series, longest history and steps to come.

    Raises
    ------
    InvalidInput
        Fewer than a year of steps, no series or no horizon, or lives that add up to more than 1.
    """
    made_of = recipe or Recipe()
    _check(series, steps, horizon, grain, made_of)
    rng = np.random.default_rng(seed)
    lives = _lives(series, made_of, rng)
    items = _draw_items(series, made_of, rng)
    launch = _launches(lives, steps, grain, rng)
    every = np.arange(steps + horizon)
    born = every[None, :] >= launch[:, None]
    promotion = _promotions(series, len(every), grain, rng)
    ends_on, on_sale = _ends(lives, steps, horizon, grain, rng)
    rate = items.level[:, None] * _course(items, made_of, every - steps, grain, rng)
    rate *= _ramp(items, every[None, :] - launch[:, None], grain) * made_of.lift**promotion * on_sale * born
    mean = rate / (1.0 - items.empty[:, None])
    drawn = rng.poisson(rng.gamma(1.0 / items.dispersion[:, None], mean * items.dispersion[:, None]))
    units = np.where(rng.random(mean.shape) < items.empty[:, None], 0, drawn).astype(np.float64)
    past, to_come = born[:, :steps], slice(steps, None)
    history = History(
        ids=tuple(f"item{i:05}|everywhere" for i in range(series)),
        starts=np.concatenate([[0], np.cumsum(past.sum(axis=1))]).astype(np.int64),
        units=units[:, :steps][past],
        state=np.full(int(past.sum()), OBSERVED, dtype=np.uint8),
        last=_last(grain),
        grain=grain,
        drivers=Drivers((PROMOTION,), promotion[born][:, None], horizon),
        attributes=Attributes(
            {"category": tuple(CATEGORIES[of] for of in items.category.tolist()), "ends_on": ends_on},
            {"price": items.price},
        ),
    )
    over = (series, horizon)
    return SyntheticDemand(
        history,
        mean[:, to_come],
        np.broadcast_to(items.dispersion[:, None], over),
        np.broadcast_to(items.empty[:, None], over),
        units[:, to_come],
        lives,
    )


@dataclass(frozen=True, slots=True)
class _Items:
    """What is drawn once per series, shape (series,)."""

    category: IntArray
    price: FloatArray
    level: FloatArray
    dispersion: FloatArray
    empty: FloatArray
    first_level: FloatArray  # of a new item, as a share of its later level; by category


def _check(series: int, steps: int, horizon: int, grain: Grain, recipe: Recipe) -> None:
    if series < 1 or horizon < 1 or steps < grain.steps_per_year:
        raise InvalidInput(
            f"{series} series, {steps} steps, horizon {horizon}: at least 1 series, 1 step ahead and "
            f"{grain.steps_per_year} steps of history",
            pointer="/steps",
            fix="Ask for more",
        )
    total = recipe.launched + recipe.new + recipe.announced + recipe.ending + recipe.died
    if total > 1.0 + 1e-9:
        raise InvalidInput(
            f"launched, new, announced, ending and died add up to {total:g}, more than all series",
            pointer="/recipe",
            fix="Lower some of the shares",
        )


def _last(grain: Grain) -> date:
    """The day the last step starts on: a Sunday, or the Monday before it."""
    return LAST - timedelta(days=LAST.weekday()) if grain is Grain.WEEK else LAST


def _lives(series: int, recipe: Recipe, rng: np.random.Generator) -> tuple[Life, ...]:
    shares = {
        Life.LAUNCHED: recipe.launched,
        Life.NEW: recipe.new,
        Life.ANNOUNCED: recipe.announced,
        Life.ENDING: recipe.ending,
        Life.DIED: recipe.died,
    }
    listed = [life for life, share in shares.items() for _ in range(round(share * series))][:series]
    listed += [Life.STANDING] * (series - len(listed))
    return tuple(listed[i] for i in rng.permutation(series).tolist())


def _draw_items(series: int, recipe: Recipe, rng: np.random.Generator) -> _Items:
    category = rng.integers(len(CATEGORIES), size=series)
    usual_price = np.exp(rng.normal(2.0, 0.7, len(CATEGORIES)))
    log_relative_price = rng.normal(0.0, 0.6, series)
    log_level = (
        np.log(recipe.level)
        + rng.normal(0.0, recipe.category_spread, len(CATEGORIES))[category]
        + recipe.price_elasticity * log_relative_price
        + rng.normal(0.0, recipe.own_spread, series)
    )
    is_rare = rng.random(series) < recipe.intermittent
    return _Items(
        category=category,
        price=np.round(usual_price[category] * np.exp(log_relative_price), 2) + 0.01,
        level=np.exp(log_level),
        dispersion=rng.uniform(0.1, 0.8, series),
        empty=np.where(is_rare, rng.uniform(0.3, 0.9, series), 0.0),
        first_level=np.exp(rng.uniform(-1.2, 1.0, len(CATEGORIES)))[category],
    )


def _launches(lives: tuple[Life, ...], steps: int, grain: Grain, rng: np.random.Generator) -> IntArray:
    """The step of launch: 0 for what is older than the history."""
    young = round(NEW_SHARE_OF_YEAR * grain.steps_per_year)
    inside = rng.integers(steps // 5, steps - 3 * young, size=len(lives))
    lately = rng.integers(steps - young, steps, size=len(lives))
    launch = {Life.LAUNCHED: inside, Life.NEW: lately, Life.ANNOUNCED: np.full(len(lives), steps)}
    zero = np.zeros(len(lives), dtype=np.int64)
    return np.array([launch.get(life, zero)[i] for i, life in enumerate(lives)], dtype=np.int64)


def _promotions(series: int, steps: int, grain: Grain, rng: np.random.Generator) -> FloatArray:
    """0 or 1 per series and step: whole weeks, on one week in twelve where a series is promoted at all."""
    run = 7 // grain.days
    rate = np.where(rng.random(series) < 0.5, 1 / 12, 0.0)
    weeks = rng.random((series, -(-steps // run))) < rate[:, None]
    return np.repeat(weeks, run, axis=1)[:, :steps].astype(np.float64)


def _ends(
    lives: tuple[Life, ...], steps: int, horizon: int, grain: Grain, rng: np.random.Generator
) -> tuple[tuple[str, ...], FloatArray]:
    """The announced last day of every series, and the share of each step that it is on sale."""
    last = _last(grain)
    ahead = (horizon + 2) * grain.days
    said = rng.integers(-ahead // 2, ahead, size=len(lives))  # days after the start of the last step
    died = rng.integers(steps // 3, steps - steps // 20, size=len(lives))
    is_ending, has_died = (np.array([life is which for life in lives]) for which in (Life.ENDING, Life.DIED))
    days_on_sale = (said + 1)[:, None] - grain.days * (np.arange(steps + horizon) - (steps - 1))[None, :]
    share = np.where(is_ending[:, None], np.clip(days_on_sale / grain.days, 0.0, 1.0), 1.0)
    gone: BoolArray = has_died[:, None] & (np.arange(steps + horizon)[None, :] >= died[:, None])
    ends_on = tuple(
        (last + timedelta(days=days)).isoformat() if ends else ""
        for ends, days in zip(is_ending.tolist(), said.tolist(), strict=True)
    )
    return ends_on, np.where(gone, 0.0, share)


def _course(
    items: _Items, recipe: Recipe, ahead: IntArray, grain: Grain, rng: np.random.Generator
) -> FloatArray:
    """Trend, shift, season and weekday, shape (series, steps); trend and shift are 1 at the cutoff.

    `ahead` counts steps from the cutoff: 0 is the first one to come.
    """
    series, steps = len(items.level), -int(ahead[0])
    last = _last(grain)
    years = ahead * grain.days / DAYS_A_YEAR
    slope = rng.normal(0.0, recipe.trend, series)
    at = rng.integers(-4 * steps // 5, -steps // 10, size=series)
    was = np.where(rng.random(series) < recipe.shifted, rng.normal(0.0, 0.8, series), 0.0)
    log_factor = slope[:, None] * years[None, :] + was[:, None] * (ahead[None, :] < at[:, None])
    phase = rng.uniform(0.0, 1.0, len(CATEGORIES))[items.category]
    amplitude = recipe.season * rng.uniform(0.3, 1.0, len(CATEGORIES))[items.category]
    of_year = last.timetuple().tm_yday / DAYS_A_YEAR + years
    log_factor += amplitude[:, None] * np.cos(2.0 * np.pi * (of_year[None, :] - phase[:, None]))
    weekdays = np.exp(rng.normal(0.0, 0.3, (len(CATEGORIES), 7)))
    weekdays /= weekdays.mean(axis=1, keepdims=True)
    if grain is Grain.DAY:
        weekday = (last.weekday() + 1 + ahead) % 7
        log_factor += np.log(weekdays)[items.category][:, weekday]
    course: FloatArray = np.exp(log_factor)
    return course


def _ramp(items: _Items, age: IntArray, grain: Grain) -> FloatArray:
    """How a launch relates to the later level: from `first_level` to 1, half of the way in three weeks.

    What was launched before the history has no ramp: its age is counted from the first step, so the
    caller's launch 0 means old, and is left at 1.
    """
    launched_inside = age[:, :1] < 0
    weeks = np.maximum(age, 0) * grain.days / 7.0
    ramp = 1.0 + (items.first_level[:, None] - 1.0) * 0.5 ** (weeks / 3.0)
    return np.where(launched_inside, ramp, 1.0)
