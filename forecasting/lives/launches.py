"""What the lives of known items teach of new ones: their levels, and the course of a launch.

Learned once from a history of many series and applied by `forecasting.lives.analogues`. It knows no single
new item.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from forecasting.history import ESTIMATED, MASKED, Attributes, Grain, evenly_spaced, sku_and_place
from forecasting.lives.first_sales import begin_with_sale, share_that_counts
from forecasting.lives.gower import as_plain, from_plain
from forecasting.lives.lifecycle import ENDS_ON
from forecasting.quantiles.spread import MAX_DISPERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecasting.history import BoolArray, FloatArray, History, IntArray

CATEGORY = "category"
PLACE = "place"  # of the id, as a trait to be alike in
OVERALL = ""  # the curve of what has no category, or one without a curve
RAMP_WEEKS = 13  # the course of a launch; later an item is at its level
LATER_WEEKS = 8  # at least so long after the ramp, to know the level
RECENT_WEEKS = 26  # what a level is measured on
GUARD_WEEKS = 8  # a series that sells so soon after the first step may be older than the history
CURVE_ITEMS = 16.0  # a curve of so many items counts as much as the one it is drawn toward
USUAL_DISPERSION = 0.5  # of the weights of items in a curve
SMOOTHING = (1.0, 2.0, 3.0, 2.0, 1.0)  # weights of neighboring weeks of a curve
CURVE_LIMITS = (0.1, 5.0)
MOST_KNOWN = 5_000
FEWEST_STANDING = 10  # to tell the course of all demand from


@dataclass(frozen=True, slots=True)
class Launches:
    """Known items as possible analogues, and launch curves. Immutable; text and back by `to_json`.

    Parameters
    ----------
    first
        The day the history learned from starts on: what sells from then on may be older.
    ids, levels, dispersions, attributes
        Of the known items: `unique_id`, units per step lately, dispersion around that, and traits (attributes
        and place); each of shape (known,), sorted by id.
    by_sale
        Whether series begin with their first sale, as those made from sales lines do.
    curves
        By category, `OVERALL` for all: level in each week since launch as a share of the later level,
        shape (RAMP_WEEKS,).
    """

    first: date
    grain: Grain
    ids: tuple[str, ...]
    levels: FloatArray
    dispersions: FloatArray
    attributes: Attributes
    by_sale: bool
    curves: Mapping[str, FloatArray]

    def curve(self, category: str, ages: IntArray) -> FloatArray:
        """Share of the later level at these ages in steps, shape of `ages`; 1 after the ramp."""
        weeks = ages * self.grain.days // 7
        course = self.curves.get(category, self.curves[OVERALL])
        return np.where(weeks < RAMP_WEEKS, course[np.clip(weeks, 0, RAMP_WEEKS - 1)], 1.0)

    def to_json(self) -> str:
        """As text that `from_json` reads back to equal values."""
        return json.dumps(
            {
                "first": self.first.isoformat(),
                "grain": self.grain,
                "ids": self.ids,
                "levels": self.levels.tolist(),
                "dispersions": self.dispersions.tolist(),
                "attributes": as_plain(self.attributes),
                "by_sale": self.by_sale,
                "curves": {category: curve.tolist() for category, curve in self.curves.items()},
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Launches:
        """The inverse of `to_json`."""
        read = json.loads(text)
        return cls(
            first=date.fromisoformat(read["first"]),
            grain=Grain(read["grain"]),
            ids=tuple(read["ids"]),
            levels=np.array(read["levels"], dtype=np.float64),
            dispersions=np.array(read["dispersions"], dtype=np.float64),
            attributes=from_plain(read["attributes"]),
            by_sale=read["by_sale"],
            curves={category: np.array(of) for category, of in read["curves"].items()},
        )


def learn_launches(history: History) -> Launches:
    """Learn levels and launch curves.

    Known items are those with eight weeks after their ramp that sold in the last half year; of more than
    5,000, 5,000 evenly spaced ones. A curve is learned from the known items whose launch is inside the
    history, relative to the course of all older series, so that a season is not taken for a launch: the sum
    of what sold at an age over the sum of later levels, items weighted by the inverse variance of their
    demand per unit of level, neighboring weeks sharing what they know. With n items it is drawn toward the
    curve over all categories, and that one toward 1, by the weight n / (n + 16).
    """
    first = first_day(history)
    launch = launch_steps(history, first)
    says = history.telling
    age = _ages(history, launch)
    level, dispersion, is_known = settled_levels(history)
    begins = np.flatnonzero(begins_then(history, launch))
    first_entry = history.starts[begins] + launch[begins]
    by_sale = begin_with_sale(history.units[first_entry])
    rows = evenly_spaced(np.flatnonzero(is_known), MOST_KNOWN)
    few = history.take(rows)
    return Launches(
        first=first,
        grain=history.grain,
        ids=few.ids,
        levels=level[rows],
        dispersions=dispersion[rows],
        attributes=_traits(few),
        by_sale=by_sale,
        curves=_curves(_tempered(history, first_entry) if by_sale else history, launch, age, says, is_known),
    )


def traits_of(history: History, row: int) -> tuple[dict[str, str], dict[str, float]]:
    """Texts and numbers of one series that others may be alike in: attributes, but no last day, and place."""
    texts = {name: of[row] for name, of in history.attributes.texts.items() if name != ENDS_ON}
    numbers = {name: float(of[row]) for name, of in history.attributes.numbers.items()}
    return {PLACE: sku_and_place(history.ids[row])[1]} | texts, numbers


def first_day(history: History) -> date:
    """The day the longest series starts on."""
    longest = int(history.lengths.max(initial=1))
    return history.last - timedelta(days=history.grain.days * (longest - 1))


def launch_steps(history: History, first: date) -> IntArray:
    """The step each series was launched in, counted from its first one; -1 if that is not known.

    A series that starts later than eight weeks after `first` was launched with its first step that is not
    masked, one that first sells later than that with its first sale. A series without such a step is about
    to be launched: with the step after its last one. Depends on each series alone.
    """
    before = (history.last - first).days // history.grain.days + 1 - history.lengths  # steps it starts after
    says = history.telling
    first_said, first_sale = _first(history, says), _first(history, says & (history.units > 0))
    guard = _steps(GUARD_WEEKS, history.grain)
    ever, is_announced = first_sale < history.lengths, first_said == history.lengths
    at_sale = np.where(ever & (before + first_sale > guard), first_sale, -1)
    return np.where((before > guard) | is_announced, first_said, at_sale)


def begins_then(history: History, launch: IntArray) -> BoolArray:
    """Whether a series has no step that says anything before that of its launch, shape (series,)."""
    begins: BoolArray = (launch >= 0) & (launch == _first(history, history.telling))
    return begins & (launch < history.lengths)


def settled_levels(history: History) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Level and dispersion of every series in the last half year after its ramp, and whether it has settled.

    Settled is what sold, and has eight weeks there. All of shape (series,); units per step, moment estimate
    of the dispersion.
    """
    age = _ages(history, launch_steps(history, first_day(history)))
    who = history.series_of_entry
    back = history.starts[1:][who] - 1 - np.arange(len(history.units))
    lately = back < _steps(RECENT_WEEKS, history.grain)
    counts = lately & (age >= _steps(RAMP_WEEKS, history.grain)) & (history.state != MASKED)
    at, units, series = who[counts], history.units[counts], len(history)
    steps = np.bincount(at, minlength=series)
    level = np.bincount(at, units, series) / np.maximum(steps, 1)
    seen = history.state[counts] != ESTIMATED
    spread = np.bincount(at[seen], (units - level[at])[seen] ** 2, series)
    variance = spread / np.maximum(np.bincount(at[seen], minlength=series) - 1, 1)
    excess = np.divide(variance - level, level**2, out=np.zeros(series), where=level > 0)
    is_known = (steps >= _steps(LATER_WEEKS, history.grain)) & (level > 0)
    return level, np.clip(excess, 0.0, MAX_DISPERSION), is_known


def course_of_all(history: History, rows: BoolArray, says: BoolArray) -> FloatArray:
    """Units of these series in each step over their mean, per entry of the history, shape (entries,).

    1 where fewer than ten series tell. The mean is that of the last half year.
    """
    back = history.starts[1:][history.series_of_entry] - 1 - np.arange(len(history.units))
    if np.count_nonzero(rows) < FEWEST_STANDING:
        return np.ones(len(history.units))
    counts = rows[history.series_of_entry] & says
    steps = int(history.lengths.max())
    total = np.bincount(back[counts], history.units[counts], steps)
    index = total / np.maximum(np.bincount(back[counts], minlength=steps), 1)
    usual = index[: _steps(RECENT_WEEKS, history.grain)].mean()
    course: FloatArray = np.maximum(index / usual, 0.05)[back] if usual > 0 else np.ones(len(back))
    return course


def _traits(history: History) -> Attributes:
    """The traits of every series; the place only where there are several to be told apart."""
    places = tuple(sku_and_place(unique_id)[1] for unique_id in history.ids)
    texts = {name: of for name, of in history.attributes.texts.items() if name != ENDS_ON}
    return Attributes(({PLACE: places} if len(set(places)) > 1 else {}) | texts, history.attributes.numbers)


def _first(history: History, where: BoolArray) -> IntArray:
    """The first step of each series where this holds, its length if there is none, shape (series,)."""
    first, who = history.lengths, history.series_of_entry
    at = np.flatnonzero(where)
    np.minimum.at(first, who[at], at - history.starts[who[at]])
    return first


def _steps(weeks: int, grain: Grain) -> int:
    return weeks * 7 // grain.days


def _tempered(history: History, first_entry: IntArray) -> History:
    """The history with first sales counted as far as they count, by how often the series sold in its ramp."""
    units, says = history.units.copy(), history.telling
    ends = history.starts[1:][history.series_of_entry[first_entry]]
    ramp = _steps(RAMP_WEEKS, history.grain)
    for entry, end in zip(first_entry.tolist(), ends.tolist(), strict=True):
        later = slice(entry + 1, min(entry + ramp, end))
        units[entry] *= share_that_counts(history.units[later][says[later]], 1.0)
    return replace(history, units=units)


def _ages(history: History, launch: IntArray) -> IntArray:
    """Steps since launch of every entry, negative before it; far above any ramp where launch is not known."""
    position = np.arange(len(history.units)) - history.starts[history.series_of_entry]
    old = _steps(RAMP_WEEKS + LATER_WEEKS, history.grain)
    since = launch[history.series_of_entry]
    return np.where(since >= 0, position - since, position + old)


def _curves(
    history: History, launch: IntArray, age: IntArray, says: BoolArray, is_known: BoolArray
) -> dict[str, FloatArray]:
    """Launch curves by category, and over all."""
    who = history.series_of_entry
    units = history.units / course_of_all(history, launch < 0, says)
    ramp, weeks = _steps(RAMP_WEEKS, history.grain), age * history.grain.days // 7
    later = says & (age >= ramp) & (age < ramp + _steps(RECENT_WEEKS, history.grain))
    n_later = np.bincount(who[later], minlength=len(history))
    level = np.bincount(who[later], units[later], len(history)) / np.maximum(n_later, 1)
    tells = is_known & (launch >= 0) & (level > 0)
    weight = np.where(tells, 1.0 / (1.0 + USUAL_DISPERSION * level), 0.0)
    categories = history.attributes.texts.get(CATEGORY, ("",) * len(history))
    entries = np.flatnonzero(says & (age >= 0) & (age < ramp) & tells[who])

    def course(of: BoolArray, toward: FloatArray) -> FloatArray:
        at = entries[of[who[entries]]]
        sold = np.bincount(weeks[at], weight[who[at]] * units[at], RAMP_WEEKS)
        usual = np.bincount(weeks[at], weight[who[at]] * level[who[at]], RAMP_WEEKS)
        n = float(np.count_nonzero(of & tells))
        shared, near = (np.convolve(sums, SMOOTHING, mode="same") for sums in (sold, usual))
        raw = np.where(usual > 0, shared / np.where(near > 0, near, 1.0), toward)
        return np.clip((n * raw + CURVE_ITEMS * toward) / (n + CURVE_ITEMS), *CURVE_LIMITS)

    overall = course(np.ones(len(history), dtype=np.bool_), np.ones(RAMP_WEEKS))
    of_series = np.array(categories)
    named = sorted({categories[row] for row in np.flatnonzero(tells).tolist()} - {OVERALL})
    return {OVERALL: overall} | {name: course(of_series == name, overall) for name in named}
