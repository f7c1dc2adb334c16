"""What runs of forecasts said of each step before it came, beside what came. It makes and judges none.

Every step is told once, by the newest run before it: what was believed last is what was acted on, and steps
told by several runs would count several times.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from forecasting.classes import CLASSES, class_codes
from forecasting.history import OBSERVED
from forecasting.learning.rehearsal import NOT_THERE
from forecasting.measures import sums_of
from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from forecasting.demand import QuantileForecast
    from forecasting.history import BoolArray, FloatArray, History, IntArray
    from forecasting.measures import Sums

ALL = "all"
GROUPS = (ALL, *(name.value for name in CLASSES))
"""All series, then each demand class."""


@dataclass(frozen=True, slots=True)
class Said:
    """One forecast: mean (units) and dispersion of shape (steps, series), quantiles (units) of shape (steps,
    series, levels); NaN where it said nothing."""

    mean: FloatArray
    dispersion: FloatArray
    quantiles: FloatArray


@dataclass(frozen=True, slots=True)
class Track:
    """What was said and what came.

    Parameters
    ----------
    ids
        All series that a run told of, sorted, shape (series,).
    classes
        Codes of `forecasting.classes` as known before the first step, `NOT_THERE` where nothing was.
    periods
        The day each step starts on, rising, shape (steps,).
    levels
        Of the quantiles, rising.
    said
        By the newest run before each step.
    came, judged
        Units that sold and where they count, shape (steps, series).
    """

    ids: tuple[str, ...]
    classes: IntArray
    periods: tuple[date, ...]
    levels: tuple[float, ...]
    said: Said
    came: FloatArray
    judged: BoolArray


def track_of(runs: Sequence[QuantileForecast], history: History) -> Track:
    """Lay runs beside what has sold since.

    Parameters
    ----------
    runs
        The oldest first; of the same grain as the history and with the same levels.
    history
        Sales up to now. Steps after its last are not in the track. What stock-outs hid or bounded, and
        series that it does not have, are not judged.

    Raises
    ------
    InvalidInput
        No run, or runs with different levels.
    """
    levels = _same_levels(runs)
    ids = tuple(sorted({name for run in runs for name in run.ids}))
    periods = tuple(sorted({day for run in runs for day in run.periods if day <= history.last}))
    said = said_of(runs, ids, periods)
    came, known = _came(history, ids, periods)
    return Track(
        ids=ids,
        classes=_classes_before(history, ids, periods),
        periods=periods,
        levels=levels,
        said=said,
        came=came,
        judged=known & np.isfinite(said.mean),
    )


def said_of(runs: Sequence[QuantileForecast], ids: Sequence[str], periods: Sequence[date]) -> Said:
    """What the newest of the runs that tells of a series and step says of it; the oldest run comes first."""
    row_of = {name: row for row, name in enumerate(ids)}
    step_of = {day: step for step, day in enumerate(periods)}
    mean = np.full((len(periods), len(ids)), np.nan)
    dispersion = mean.copy()
    quantiles = np.full((*mean.shape, len(_same_levels(runs))), np.nan)
    for run in runs:
        known = np.array([row for row, name in enumerate(run.ids) if name in row_of], dtype=np.int64)
        rows = np.array([row_of[run.ids[row]] for row in known.tolist()], dtype=np.int64)
        for at, day in enumerate(run.periods):
            if day in step_of:
                mean[step_of[day], rows] = run.mean[known, at]
                dispersion[step_of[day], rows] = run.dispersion[known, at]
                quantiles[step_of[day], rows] = run.quantiles[known, at]
    return Said(mean, dispersion, quantiles)


def sums_by_group(track: Track, said: Said, judged: BoolArray) -> Mapping[str, Sums]:
    """Sums of `forecasting.measures` for all series and each class, an entry per step of the track."""
    scale = np.zeros(judged.shape)
    members = {ALL: np.ones(len(track.ids), dtype=np.bool_)}
    members |= {name.value: track.classes == code for code, name in enumerate(CLASSES)}
    return {
        group: sums_of(
            track.came[..., None],
            said.mean[..., None],
            said.quantiles[:, :, None],
            levels=track.levels,
            judged=(judged & members[group])[..., None],
            scale=scale,
        )
        for group in GROUPS
    }


def added(first: Sums, second: Sums) -> Sums:
    """The sums of two sets of series over the same steps."""
    names = [one.name for one in fields(first) if one.name != "levels"]
    return replace(first, **{name: getattr(first, name) + getattr(second, name) for name in names})


def _same_levels(runs: Sequence[QuantileForecast]) -> tuple[float, ...]:
    found = {run.levels for run in runs}
    if len(found) != 1:
        raise InvalidInput(
            "runs with different levels cannot be told together" if found else "there is no run to tell of",
            pointer="/runs",
            fix="Give runs that were asked for with the same levels",
        )
    return found.pop()


def _came(history: History, ids: Sequence[str], periods: Sequence[date]) -> tuple[FloatArray, BoolArray]:
    """Units of each step and series, and where they were observed; shape (steps, series)."""
    came, known = (
        np.full((len(periods), len(ids)), np.nan),
        np.zeros((len(periods), len(ids)), dtype=np.bool_),
    )
    row_of = {name: row for row, name in enumerate(history.ids)}
    there = np.array([name in row_of for name in ids], dtype=np.bool_)
    rows = np.array([row_of[name] for name in ids if name in row_of], dtype=np.int64)
    for step, day in enumerate(periods):
        entry = history.starts[1:][rows] - 1 - (history.last - day).days // history.grain.days
        begun = entry >= history.starts[:-1][rows]
        columns = np.flatnonzero(there)[begun]
        came[step, columns] = history.units[entry[begun]]
        known[step, columns] = history.state[entry[begun]] == OBSERVED
    return came, known


def _classes_before(history: History, ids: Sequence[str], periods: Sequence[date]) -> IntArray:
    """By what was known before the first step: a class that knows what came would hide its surprises."""
    classes = np.full(len(ids), NOT_THERE)
    if not periods:
        return classes
    past = history.until((history.last - periods[0]).days // history.grain.days + 1)
    code_of = dict(zip(past.ids, class_codes(past).tolist(), strict=True))
    for row, name in enumerate(ids):
        classes[row] = code_of.get(name, NOT_THERE)
    return classes
