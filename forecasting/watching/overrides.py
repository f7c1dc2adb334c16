"""Planners' overrides of a forecast: kept apart from it, laid over it for as long as they hold.

The forecast itself is never changed, so what an override was worth can be measured once sales have come.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from forecasting.history import series_id
from forecasting.kernels.negative_binomial import at_most, units_at
from forecasting.measures import quantile_loss
from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from forecasting.demand import QuantileForecast
    from forecasting.history import FloatArray, IntArray
    from forecasting.watching.track import Said, Track
    from fulfillment.ids import SkuId

NOBODY: Final = -1
INSIDE = 1e-6
"""How far inside the probabilities of a quantile's units its level is kept, and off 0 and 1."""


class Kind(StrEnum):
    """What is done to the mean of each step."""

    REPLACE = "replace"  # by `value` units
    MULTIPLY = "multiply"  # by the factor `value`
    ADD = "add"  # `value` units, which may be below 0


@dataclass(frozen=True, slots=True)
class Override:
    """A planner's word against the forecast of one sku at one place.

    Parameters
    ----------
    id
        Names it, and tells apart those made at one instant: of these the greatest id counts.
    first, last
        It holds for steps that start on these days or between them.
    value
        By `kind`: units per step, or a factor.
    expires_at
        From then on it holds no more, whatever its steps; when it is withdrawn that is the instant.
    """

    id: str
    sku: SkuId
    place: str
    first: date
    last: date
    kind: Kind
    value: float
    author: str
    reason: str
    made_at: datetime
    expires_at: datetime

    def __post_init__(self) -> None:
        least = -math.inf if self.kind is Kind.ADD else 0.0
        checks = (
            (
                "value",
                math.isfinite(self.value) and self.value >= least,
                "is a number that leaves demand at 0 or more",
            ),
            ("last", self.first <= self.last, "is not before the first day"),
            ("reason", bool(self.reason.strip()), "is said"),
            ("author", bool(self.author.strip()), "is named"),
            ("expires_at", self.made_at < self.expires_at, "is after it was made"),
        )
        for name, is_right, what in checks:
            if not is_right:
                raise InvalidInput(
                    f"{name} {getattr(self, name)!s}: the {name} of an override {what}",
                    pointer=f"/{name}",
                    fix="Correct it",
                )

    @property
    def series(self) -> str:
        """Its `unique_id`."""
        return series_id(self.sku, self.place)

    def holds_at(self, now: datetime) -> bool:
        """Whether it was made by then, and has neither expired nor been withdrawn."""
        return self.made_at <= now < self.expires_at


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two overrides of the same steps: the later one counts there, the other does not."""

    series: str
    counts: str
    outdone: str
    periods: tuple[date, ...]

    @property
    def sentence(self) -> str:
        """Which of them counts, and where."""
        many = f"{len(self.periods)} steps from {self.periods[0]}" if len(self.periods) > 1 else ""
        where = many or f"the step of {self.periods[0]}"
        return f"override {self.counts} was made later and counts for {where}; {self.outdone} does not"


@dataclass(frozen=True, slots=True)
class Overridden:
    """A forecast with overrides laid over it.

    Parameters
    ----------
    forecast
        What is planned with.
    original
        What was forecast.
    overrides
        Those that hold, the earliest first.
    counts
        Which of them counts at each step, `NOBODY` where none does, shape (series, periods).
    conflicts
        Where some outdo others.
    unmatched
        Ids of those whose series or steps are not forecast.
    """

    forecast: QuantileForecast
    original: QuantileForecast
    overrides: tuple[Override, ...]
    counts: IntArray
    conflicts: tuple[Conflict, ...]
    unmatched: tuple[str, ...]


def apply(forecast: QuantileForecast, overrides: Sequence[Override], *, now: datetime) -> Overridden:
    """Lay those overrides over a forecast that hold at `now`.

    They do not add up: of several on one step the one made last counts, on the mean that was forecast.
    Quantiles move with the mean: each is read off the negative binomial around the new mean at the level
    at which the one around the old mean gives it. Dispersion stays: who corrects a mean knows no more of
    how demand scatters around it. So a mean that is not moved leaves the quantiles as they are.
    """
    holding = sorted((one for one in overrides if one.holds_at(now)), key=lambda one: (one.made_at, one.id))
    row_of = {name: row for row, name in enumerate(forecast.ids)}
    counts = np.full(forecast.mean.shape, NOBODY)
    outdone: dict[tuple[int, int], list[int]] = {}
    unmatched = []
    for number, one in enumerate(holding):
        row = row_of.get(one.series)
        steps = [at for at, day in enumerate(forecast.periods) if one.first <= day <= one.last]
        if row is None or not steps:
            unmatched.append(one.id)
            continue
        for at in steps:
            if counts[row, at] != NOBODY:
                outdone.setdefault((number, int(counts[row, at])), []).append(at)
            counts[row, at] = number
    conflicts = tuple(
        Conflict(
            series=holding[later].series,
            counts=holding[later].id,
            outdone=holding[earlier].id,
            periods=tuple(forecast.periods[at] for at in steps),
        )
        for (later, earlier), steps in outdone.items()
    )
    moved = _moved(forecast, holding, counts)
    return Overridden(moved, forecast, tuple(holding), counts, conflicts, tuple(unmatched))


@dataclass(frozen=True, slots=True)
class Worth:
    """What an override was worth on the steps that it counted for and that have come.

    Parameters
    ----------
    steps
        Judged so far; 0 where none of them has come.
    sold
        Units.
    loss_without, loss_with
        Quantile loss in units, of the forecast and with the override.
    error_without, error_with
        Absolute error of the mean in units.
    """

    override: Override
    steps: int
    sold: float
    loss_without: float
    loss_with: float
    error_without: float
    error_with: float

    @property
    def saved(self) -> float:
        """Units of quantile loss that it took away; below 0 the forecast was better left alone."""
        return self.loss_without - self.loss_with


def worth_of(
    overridden: Sequence[Overridden], track: Track, *, said: Said, planned: Said
) -> tuple[Worth, ...]:
    """Measure overrides on what sold.

    Parameters
    ----------
    overridden
        Runs with what was laid over them then, the oldest first, as the track was made of the originals.
    said, planned
        The same runs without and with overrides, on the steps of the track.

    Returns
    -------
    tuple of Worth
        One per override that counted somewhere, in order of making.
    """
    counted, overrides = _counted(overridden, track)
    judged = track.judged & np.isfinite(planned.mean)
    loss = [quantile_loss(track.came, one.quantiles, track.levels) for one in (said, planned)]
    error = [np.abs(one.mean - track.came) for one in (said, planned)]
    found = []
    for number, one in enumerate(overrides):
        cells = judged & (counted == number)
        found.append(
            Worth(
                override=one,
                steps=int(cells.sum()),
                sold=float(track.came[cells].sum()),
                loss_without=float(loss[0][cells].sum()),
                loss_with=float(loss[1][cells].sum()),
                error_without=float(error[0][cells].sum()),
                error_with=float(error[1][cells].sum()),
            )
        )
    return tuple(found)


def saved_by_author(worths: Sequence[Worth]) -> Mapping[str, float]:
    """Units of quantile loss that each author's overrides took away, those who took most first."""
    saved: dict[str, float] = {}
    for one in worths:
        saved[one.override.author] = saved.get(one.override.author, 0.0) + one.saved
    return dict(sorted(saved.items(), key=lambda of: (-of[1], of[0])))


def _counted(overridden: Sequence[Overridden], track: Track) -> tuple[IntArray, tuple[Override, ...]]:
    """Which override counted in the newest run before each step, shape (steps, series), and all that did."""
    known = {one.id: one for run in overridden for one in run.overrides}
    ordered = tuple(sorted(known.values(), key=lambda one: (one.made_at, one.id)))
    number_of = {one.id: number for number, one in enumerate(ordered)}
    counted = np.full(track.came.shape, NOBODY)
    row_of = {name: row for row, name in enumerate(track.ids)}
    step_of = {day: step for step, day in enumerate(track.periods)}
    for run in overridden:
        rows = np.array([row_of[name] for name in run.original.ids], dtype=np.int64)
        number = np.array([*(number_of[one.id] for one in run.overrides), NOBODY])
        for at, day in enumerate(run.original.periods):
            if day in step_of:
                counted[step_of[day], rows] = number[run.counts[:, at]]
    return counted, tuple(one for number, one in enumerate(ordered) if (counted == number).any())


def _moved(forecast: QuantileForecast, overrides: Sequence[Override], counts: IntArray) -> QuantileForecast:
    cells = counts != NOBODY
    if not cells.any():
        return forecast
    value = np.array([one.value for one in overrides])[counts[cells]]
    kind = np.array([one.kind.value for one in overrides])[counts[cells]]
    before, dispersion = forecast.mean[cells], forecast.dispersion[cells]
    after = np.where(
        kind == Kind.REPLACE,
        value,
        np.where(kind == Kind.MULTIPLY, before * value, np.maximum(before + value, 0.0)),
    )
    mean, quantiles = forecast.mean.copy(), forecast.quantiles.copy()
    mean[cells] = after
    quantiles[cells] = _carried(forecast.quantiles[cells], forecast.levels, before, after, dispersion)
    return replace(forecast, mean=mean, quantiles=quantiles)


def _carried(
    units: IntArray, levels: Sequence[float], before: FloatArray, after: FloatArray, dispersion: FloatArray
) -> IntArray:
    """Quantiles of shape (cells, levels) from around one mean to around another, shapes (cells,)."""
    mean, spread = before[:, None], dispersion[:, None]
    low, high = (at_most(units + shift, mean=mean, dispersion=spread) for shift in (-1, 0))
    inside = INSIDE * (high - low)
    read = np.clip(np.asarray(levels)[None, :], low + inside, high)
    read = np.maximum.accumulate(np.clip(read, INSIDE, 1.0 - INSIDE), axis=1)
    carried = units_at(read, mean=after[:, None], dispersion=spread)
    same = after == before
    carried[same] = units[same]
    return carried
