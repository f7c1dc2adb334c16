"""What share of a usual step's demand the season asks for: learned over many series, the same for all.

A series of less than two years says little of its own season, many together say much: how busy the whole
assortment was in each week of the year, robust against bulk orders. It forecasts nothing; models run on
units with the season taken out, and it is put back on what they say.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from forecasting.history import MASKED, Grain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecasting.history import FloatArray, History, IntArray

WEEKS_PER_YEAR = 52
CAP_SHARE = 0.75  # of the steps with sales: what is above, of one series, is a bulk order
USUAL_SELLERS = 3  # that sell as usual, beside those that sold: fewer cannot tell a busy step from an order
HALF_WINDOW = 2  # weeks on each side, for the running median
SPECIAL_BELOW, SPECIAL_ABOVE = 0.6, 1.0 / 0.6  # of the running median: a week that is not smoothed away
DOUBT = 0.1  # years of evidence that speak for no season at all
SALES_DOUBT = 5.0  # sales in a week of the year, or on a day of the week, that speak for a usual one
CHANCE = 1e-3  # that nobody sells, below which it was no chance: the shop was closed
GROWTH_DOUBT = 4.0  # weeks with a week a year before them that speak for no growth at all


@dataclass(frozen=True, slots=True)
class Season:
    """Demand of a step as a multiple of a usual one; 0 where the shop is closed.

    Parameters
    ----------
    anchor
        A day on which a week of the year starts; a year is 52 whole weeks, so weekdays meet.
    weeks
        By week of the year, shape (52,); ones where less than a year was seen.
    weekdays
        By day of the week counted from `anchor`, shape (7,); ones for a weekly grain.
    """

    anchor: date
    weeks: FloatArray
    weekdays: FloatArray

    def factors(self, first: date, steps: int, grain: Grain) -> FloatArray:
        """The season of `steps` steps, the first of which starts on `first`; shape (steps,)."""
        days = (first - self.anchor).days + grain.days * np.arange(steps)
        week = self.weeks[days // 7 % WEEKS_PER_YEAR]
        factors: FloatArray = week if grain is Grain.WEEK else week * self.weekdays[days % 7]
        return factors

    def of_history(self, history: History) -> FloatArray:
        """The season of every entry of a history, shape (entries,)."""
        longest = int(history.lengths.max(initial=0))
        by_step = self.factors(_first_day(history, longest), longest, history.grain)
        return by_step[_step_of_entry(history, longest)]

    def to_document(self) -> dict[str, Any]:
        return {
            "anchor": self.anchor.isoformat(),
            "weeks": self.weeks.tolist(),
            "weekdays": self.weekdays.tolist(),
        }

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> Season:
        return Season(
            anchor=date.fromisoformat(document["anchor"]),
            weeks=np.array(document["weeks"], dtype=np.float64),
            weekdays=np.array(document["weekdays"], dtype=np.float64),
        )


def without_season(history: History, season: Season) -> History:
    """The history with the season taken out; steps in which the shop is closed say nothing."""
    factors = season.of_history(history)
    is_open = factors > 0
    units = np.where(is_open, history.units / np.where(is_open, factors, 1.0), 0.0)
    return replace(history, units=units, state=np.where(is_open, history.state, MASKED).astype(np.uint8))


def learn_season(history: History) -> Season:
    """How busy all series together were in each week of the year, and on each day of the week.

    Units of a series count up to the upper quartile of its steps with sales, times how far the upper
    quartile of all that sold in the same step is above its usual: what one sells is a bulk order, what all
    sell is the season. Weeks are smoothed by a running median, but for those far off it (a closed week, a
    short one, a peak). What weeks grew by over those a year before is taken out. A week of the year is the
    mean over all years it was seen in, also those not seen whole: of a January that fell and one that did
    not, neither alone is the season. Its ratio to the mean of all is raised to years / (years + 0.1): one
    year alone cannot tell season from trend. Then it is drawn to a usual week by s / (s + 5), s being the
    sales (series x steps) to be expected there: a few series say little. A week, or a day of the week, is
    closed where nothing sold and chance alone would make that so less than once in a thousand times.
    """
    steps = int(history.lengths.max(initial=0))
    per_week = 7 // history.grain.days
    weeks = steps // per_week
    first = _first_day(history, weeks * per_week)
    seen = _seen(history, weeks * per_week)
    by_week = seen.busy.reshape(weeks, per_week).mean(axis=1)
    index = np.ones(WEEKS_PER_YEAR)
    if weeks >= WEEKS_PER_YEAR:
        of_year = np.arange(weeks) % WEEKS_PER_YEAR
        years = np.bincount(of_year)
        level = np.bincount(of_year, _smoothed(by_week) / _growth(by_week)) / years
        ratios = level / level.mean() if level.any() else index
        sales, chance = (
            _summed(of_year, of.reshape(weeks, per_week).sum(axis=1), WEEKS_PER_YEAR)
            for of in (seen.sales, seen.log_chance)
        )
        index = _doubted(ratios ** (years / (years + DOUBT)), sales, chance)
    return Season(first, index, _weekdays(seen, by_week, per_week))


def _doubted(ratios: FloatArray, sales: FloatArray, log_chance: FloatArray) -> FloatArray:
    """Ratios drawn to 1 as far as sales to be expected are few; 0 stays where it was no chance."""
    drawn = 1.0 + sales / (sales + SALES_DOUBT) * (ratios - 1.0)
    return np.where((ratios == 0) & (log_chance < np.log(CHANCE)), 0.0, drawn)


def _growth(by_week: FloatArray) -> FloatArray:
    """How busy a week is for its place in the history and not for its season, shape (weeks,).

    From the median over all weeks with a week a year before them, drawn to no growth as far as they are few.
    """
    now, before = by_week[WEEKS_PER_YEAR:], by_week[:-WEEKS_PER_YEAR]
    open_both = (now > 0) & (before > 0)
    pairs = int(open_both.sum())
    if pairs == 0:
        return np.ones(len(by_week))
    a_year = float(np.median(np.log(now[open_both] / before[open_both]))) * pairs / (pairs + GROWTH_DOUBT)
    growth: FloatArray = np.exp(a_year * np.arange(len(by_week)) / WEEKS_PER_YEAR)
    return growth


def _weekdays(seen: _Seen, by_week: FloatArray, per_week: int) -> FloatArray:
    """The mean share of each day in its week, over the weeks that sold anything."""
    if per_week == 1 or not (by_week > 0).any():
        return np.ones(7)
    open_weeks = by_week > 0
    shares = (seen.busy.reshape(-1, 7)[open_weeks] / by_week[open_weeks, None]).mean(axis=0)
    sales, chance = (of.reshape(-1, 7)[open_weeks].sum(axis=0) for of in (seen.sales, seen.log_chance))
    weekdays = _doubted(shares / shares.mean(), sales, chance)
    relative: FloatArray = weekdays / weekdays.mean()
    return relative


@dataclass(frozen=True, slots=True)
class _Seen:
    """What all series together did in each of the last steps, shape (steps,) each.

    `busy` is units over what the series usually sell, `sales` how many of them are to be expected to sell,
    `log_chance` the logarithm of the probability that none does.
    """

    busy: FloatArray
    sales: FloatArray
    log_chance: FloatArray


def _seen(history: History, steps: int) -> _Seen:
    who = history.series_of_entry
    longest = int(history.lengths.max(initial=0))
    step = _step_of_entry(history, longest)
    counts = history.state != MASKED
    capped = np.minimum(history.units, _caps(history, step, longest))
    known = np.bincount(who[counts], minlength=len(history))
    mean = np.bincount(who[counts], capped[counts], len(history)) / np.maximum(known, 1)
    sold = np.bincount(who[counts], history.units[counts] > 0, len(history))
    sells = (sold + 0.5 * (sold > 0)) / (known + 1.0)  # never surely, and never where nothing sold so far
    step -= longest - steps
    counts &= step >= 0
    at, who = step[counts], who[counts]
    usual = np.bincount(at, mean[who], steps)
    return _Seen(
        busy=np.divide(np.bincount(at, capped[counts], steps), usual, out=np.ones(steps), where=usual > 0),
        sales=_summed(at, sells[who], steps),
        log_chance=_summed(at, np.log1p(-sells[who]), steps),
    )


def _summed(at: IntArray, values: FloatArray, steps: int) -> FloatArray:
    """The values of each step added up, shape (steps,)."""
    sums: FloatArray = np.bincount(at, values, steps).astype(np.float64)
    return sums


def _caps(history: History, step: IntArray, steps: int) -> FloatArray:
    """Units beyond which there is a bulk order: much for the series in a step like this, shape (entries,)."""
    sells = (history.units > 0) & (history.state != MASKED)
    who = history.series_of_entry
    much = _upper_quartiles(history.units[sells], who[sells], len(history))
    usual = np.repeat(np.arange(steps), USUAL_SELLERS)
    ratios = np.concatenate([history.units[sells] / much[who[sells]], np.ones(len(usual))])
    return much[who] * _upper_quartiles(ratios, np.concatenate([step[sells], usual]), steps)[step]


def _upper_quartiles(values: FloatArray, group: IntArray, groups: int) -> FloatArray:
    """The smallest value of each group that three in four do not exceed, shape (groups,); 0 of none."""
    order = np.lexsort((values, group))
    count = np.bincount(group, minlength=groups)
    at = np.cumsum(count) - count + np.ceil(CAP_SHARE * count).astype(np.int64) - 1
    return np.where(count > 0, values[order][np.maximum(at, 0)] if len(values) else 0.0, 0.0)


def _smoothed(by_week: FloatArray) -> FloatArray:
    """The running median over the weeks that sold anything; weeks far off it stay as they are."""
    is_open = by_week > 0
    if not is_open.any():
        return by_week
    weeks = np.arange(len(by_week))
    filled = np.interp(weeks, weeks[is_open], by_week[is_open])
    padded = np.pad(filled, HALF_WINDOW, mode="edge")
    median = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * HALF_WINDOW + 1), axis=1)
    is_special = (by_week < SPECIAL_BELOW * median) | (by_week > SPECIAL_ABOVE * median)
    smooth: FloatArray = np.where(is_special, by_week, median)
    return smooth


def _first_day(history: History, steps: int) -> date:
    """The day that the first of the last `steps` steps starts on."""
    return date.fromordinal(history.last.toordinal() - history.grain.days * (steps - 1))


def _step_of_entry(history: History, longest: int) -> IntArray:
    """The step of every entry, counted from the first of the longest series."""
    position = np.arange(len(history.units)) - history.starts[history.series_of_entry]
    steps: IntArray = position + (longest - history.lengths)[history.series_of_entry]
    return steps
