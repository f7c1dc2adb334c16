"""Watches forecasts run over run: is there bias, did the level jump, do quantiles hold. It changes nothing.

What is measured of parts can be added, so that a million series are watched chunk by chunk. What is worth an
alert is told by class of demand, and of single series for the few worst only: a thousand alerts are none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting.classes import CLASSES
from forecasting.watching.signals import surprise, tracking_signal
from forecasting.watching.track import ALL, GROUPS, added, sums_by_group

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from forecasting.demand import QuantileForecast
    from forecasting.history import FloatArray, IntArray
    from forecasting.measures import Sums
    from forecasting.watching.track import Track

MOST_NAMED = 100
"""Series kept by each kind of figure while parts are added."""


@dataclass(frozen=True, slots=True)
class Change:
    """Units forecast for the same series and steps by two runs, and how far single forecasts moved.

    `series` counts those that both runs forecast; `before` and `now` are their units, `moved` the sum of the
    absolute differences step by step. Source of the measure: Van Belle, Crevits & Verbeke (2023), Improving
    forecast stability using deep learning, International Journal of Forecasting 39(3).
    """

    series: int = 0
    before: float = 0.0
    now: float = 0.0
    moved: float = 0.0

    def plus(self, other: Change) -> Change:
        return Change(
            self.series + other.series,
            self.before + other.before,
            self.now + other.now,
            self.moved + other.moved,
        )

    @property
    def share(self) -> float | None:
        """By how much the level rose; None where none was forecast before."""
        return (self.now - self.before) / self.before if self.before > 0 else None

    @property
    def churn(self) -> float | None:
        """Units moved / units forecast before."""
        return self.moved / self.before if self.before > 0 else None


@dataclass(frozen=True, slots=True)
class SeriesBias:
    """One series that was said too much or too little of; `surprise` in its own standard deviations."""

    series: str
    steps: int
    said: float
    sold: float
    signal: float
    surprise: float


@dataclass(frozen=True, slots=True)
class SeriesChange:
    """One series whose forecast moved: units of the same steps before and now."""

    series: str
    before: float
    now: float


@dataclass(frozen=True, slots=True)
class Watched:
    """What was measured of some series; measured of parts, it can be added.

    Parameters
    ----------
    periods, levels
        Of the track.
    sums
        By group, an entry per step.
    changes
        By group, from the run before to the newest one.
    biased, changed
        The series with the largest errors and changes in units, at most `MOST_NAMED` each.
    """

    periods: tuple[date, ...]
    levels: tuple[float, ...]
    sums: Mapping[str, Sums]
    changes: Mapping[str, Change]
    biased: tuple[SeriesBias, ...]
    changed: tuple[SeriesChange, ...]

    def plus(self, other: Watched) -> Watched:
        """Of two sets of series, measured over the same steps."""
        return Watched(
            periods=self.periods,
            levels=self.levels,
            sums={group: added(self.sums[group], other.sums[group]) for group in GROUPS},
            changes={group: self.changes[group].plus(other.changes[group]) for group in GROUPS},
            biased=_worst_biased((*self.biased, *other.biased)),
            changed=_worst_changed((*self.changed, *other.changed)),
        )


def watch(track: Track, *, before: QuantileForecast, now: QuantileForecast) -> Watched:
    """Measure a track, and the newest run against the one before it.

    Parameters
    ----------
    track
        Of runs up to now; steps that have not come are not in it.
    before, now
        The last two runs. Only steps and series that both tell of are compared.
    """
    changes, changed = _changes(track, before, now)
    return Watched(
        periods=track.periods,
        levels=track.levels,
        sums=sums_by_group(track, track.said, track.judged),
        changes=changes,
        biased=_biased(track),
        changed=changed,
    )


def _biased(track: Track) -> tuple[SeriesBias, ...]:
    judged, said = track.judged, track.said
    signal = tracking_signal(said.mean - track.came, judged).value
    found = surprise(said.mean, said.dispersion, track.came, judged)
    units = np.where(judged, said.mean, 0.0).sum(axis=0)
    sold = np.where(judged, track.came, 0.0).sum(axis=0)
    rows = np.flatnonzero(np.isfinite(signal) & np.isfinite(found))
    rows = rows[np.argsort(-np.abs(units - sold)[rows], kind="stable")][:MOST_NAMED]
    return tuple(
        SeriesBias(
            series=track.ids[row],
            steps=int(judged[:, row].sum()),
            said=float(units[row]),
            sold=float(sold[row]),
            signal=float(signal[row]),
            surprise=float(found[row]),
        )
        for row in rows.tolist()
    )


def _changes(
    track: Track, before: QuantileForecast, now: QuantileForecast
) -> tuple[dict[str, Change], tuple[SeriesChange, ...]]:
    row_before = {name: row for row, name in enumerate(before.ids)}
    row_in_track = {name: row for row, name in enumerate(track.ids)}
    shared = [(row_before[name], row, name) for row, name in enumerate(now.ids) if name in row_before]
    steps = [(before.periods.index(day), at) for at, day in enumerate(now.periods) if day in before.periods]
    old = before.mean[np.ix_([row for row, _, _ in shared], [at for at, _ in steps])]
    new = now.mean[np.ix_([row for _, row, _ in shared], [at for _, at in steps])]
    classes = np.array([track.classes[row_in_track[name]] for _, _, name in shared], dtype=np.int64)
    members = {ALL: np.ones(len(shared), dtype=np.bool_)}
    members |= {name.value: classes == code for code, name in enumerate(CLASSES)}
    changes = {
        group: Change(
            series=int(rows.sum()) if steps else 0,
            before=float(old[rows].sum()),
            now=float(new[rows].sum()),
            moved=float(np.abs(new[rows] - old[rows]).sum()),
        )
        for group, rows in members.items()
    }
    worst = _largest(new.sum(axis=1) - old.sum(axis=1))  # of the rest none moved
    changed = tuple(
        SeriesChange(shared[at][2], float(old[at].sum()), float(new[at].sum())) for at in worst.tolist()
    )
    return changes, changed


def _largest(change: FloatArray) -> IntArray:
    order: IntArray = np.argsort(-np.abs(change), kind="stable")[:MOST_NAMED]
    moved: IntArray = order[change[order] != 0]
    return moved


def _worst_biased(found: Sequence[SeriesBias]) -> tuple[SeriesBias, ...]:
    return tuple(sorted(found, key=lambda one: (-abs(one.said - one.sold), one.series))[:MOST_NAMED])


def _worst_changed(found: Sequence[SeriesChange]) -> tuple[SeriesChange, ...]:
    return tuple(sorted(found, key=lambda one: (-abs(one.now - one.before), one.series))[:MOST_NAMED])
