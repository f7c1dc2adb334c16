"""Judges forecasts of the same cells against each other, part by part, with peers to beat. It makes none.

Everyone is judged on the same cells (origin, series, step) and, where origins are drawn again, by the
same draws, so that differences are paired.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from forecasting.classes import DemandClass, classify
from forecasting.history import BoolArray, FloatArray, History, IntArray
from forecasting.judging.bootstrap import interval, origin_weights
from forecasting.judging.origins import came_after, past_at
from forecasting.measures import Measures, Sums, measures_of, naive_scale, sums_of

ALL = "all"
LATE = "late"
CHRISTMAS = "christmas"
FEWEST_ORIGINS = 5
"""Origins from which an interval is told: blocks of four drawn from fewer are nearly always all of them."""


@dataclass(frozen=True, slots=True)
class Field:
    """What all are judged on.

    Parameters
    ----------
    origins
        Steps known, rising, shape (origins,).
    levels
        Levels of the quantiles, rising.
    came, judged
        Units that came and where they count, shape (origins, series, horizon).
    scale
        Squared error of naive up to each origin, units^2, shape (origins, series); 0 without a scale.
    classes
        Demand class at each origin, shape (origins, series); empty before the first observed step.
    """

    origins: IntArray
    levels: tuple[float, ...]
    came: FloatArray
    judged: BoolArray
    scale: FloatArray
    classes: npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Entry:
    """What one model said: units, shapes (origins, series, horizon) and (..., levels)."""

    model: str
    interval: str
    mean: FloatArray
    spread: FloatArray
    is_peer: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the cells, by name: all, late origins, Christmas weeks, a demand class, a step."""

    name: str
    cells: BoolArray


@dataclass(frozen=True, slots=True)
class Paired:
    """Difference in weighted quantile loss to the best peer on the same cells; below 0 is better."""

    peer: str
    interval: str
    difference: float
    between: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one entry did on one part; measures as in `forecasting.measures.Measures`.

    `wql_between`, `bias_between` and `calibration_between` are the middle 90 % of draws, None with too few
    origins.
    `constant_series` counts (origin, series) pairs left out of RMSSE.
    """

    model: str
    interval: str
    is_peer: bool
    part: str
    cells: int
    units: float
    constant_series: int
    wql: float
    wape: float
    bias: float
    rmsse: float
    calibration: float
    below: tuple[float, ...]
    at_or_below: tuple[float, ...]
    distances: tuple[float, ...]
    wql_between: tuple[float, float] | None
    bias_between: tuple[float, float] | None
    calibration_between: tuple[float, float] | None
    against_best_peer: Paired | None


@dataclass(frozen=True, slots=True)
class Gate:
    """One promise about one contender on one part: shown, kept or not."""

    promise: str
    model: str
    part: str
    value: float
    limit: float
    peer: str

    @property
    def is_kept(self) -> bool:
        return self.value <= self.limit


def field_of(history: History, origins: Sequence[int], *, horizon: int, levels: Sequence[float]) -> Field:
    """The cells of a backtest. Raises InvalidInput for origins that do not fit the history."""
    came, judged = came_after(history, origins, horizon=horizon)
    scale = np.zeros((len(origins), len(history)))
    classes = np.full((len(origins), len(history)), "", dtype=f"<U{max(map(len, DemandClass))}")
    for at, origin in enumerate(origins):
        past, rows = past_at(history, origin)
        scale[at, rows] = naive_scale(past.units, past.starts, past.observed)
        classes[at, rows] = classify(past)
    return Field(np.asarray(origins, dtype=np.int64), tuple(levels), came, judged, scale, classes)


def parts_of(field: Field, *, late_from: int, christmas: tuple[int, int]) -> tuple[Part, ...]:
    """All cells, those of origins from `late_from` on, of target weeks `christmas`, by class and step."""
    steps = np.arange(1, field.came.shape[2] + 1)
    target = field.origins[:, None] + steps
    whole = np.ones_like(field.judged)
    in_season = (christmas[0] <= target) & (target <= christmas[1])
    return (
        Part(ALL, whole),
        Part(LATE, whole & (field.origins >= late_from)[:, None, None]),
        Part(CHRISTMAS, whole & in_season[:, None, :]),
        *(Part(name.value, whole & (field.classes == name)[:, :, None]) for name in DemandClass),
        *(Part(f"step {step}", whole & (steps == step)) for step in steps),
    )


def judge(field: Field, entries: Sequence[Entry], part: Part, *, seed: int) -> tuple[Verdict, ...]:
    """How every entry did on one part, in their order; none where the part has no judged cell."""
    cells = field.judged & part.cells
    counts = np.asarray(cells.any(axis=(1, 2)))
    if not counts.any():
        return ()
    draws = origin_weights(int(counts.sum()), seed=seed) if counts.sum() >= FEWEST_ORIGINS else None
    sums = [
        _kept(
            sums_of(field.came, one.mean, one.spread, levels=field.levels, judged=cells, scale=field.scale),
            counts,
        )
        for one in entries
    ]
    measured = [measures_of(one) for one in sums]
    drawn = [None if draws is None else measures_of(one, draws) for one in sums]
    peers = [i for i, one in enumerate(entries) if one.is_peer]
    best = min(peers, key=lambda i: float(measured[i].wql[0]), default=None)
    found = []
    for one, total, measures, redrawn in zip(entries, sums, measured, drawn, strict=True):
        verdict = _verdict(one, part, total, measures, redrawn)
        if best is not None:
            between = None
            if redrawn is not None and (of_best := drawn[best]) is not None:
                between = interval(redrawn.wql - of_best.wql)
            difference = float(measures.wql[0] - measured[best].wql[0])
            paired = Paired(entries[best].model, entries[best].interval, difference, between)
            verdict = replace(verdict, against_best_peer=paired)
        found.append(verdict)
    return tuple(found)


def gates_of(verdicts: Sequence[Verdict], *, tolerance: float = 1.005) -> tuple[Gate, ...]:
    """What every contender promises on one part: loss and calibration no worse than the best peer's.

    The loss may be `tolerance` times that of the peer that has the lowest; calibration is held against
    that peer's.
    """
    peers = [one for one in verdicts if one.is_peer]
    if not peers:
        return ()
    best = min(peers, key=lambda one: one.wql)
    name = f"{best.model}, {best.interval}"
    return tuple(
        gate
        for one in verdicts
        if not one.is_peer
        for gate in (
            Gate("quantile loss", one.model, one.part, one.wql, tolerance * best.wql, name),
            Gate("calibration", one.model, one.part, one.calibration, best.calibration, name),
        )
    )


def _kept(sums: Sums, origins: BoolArray) -> Sums:
    """The sums of some origins."""
    arrays = {one.name: getattr(sums, one.name)[origins] for one in fields(sums) if one.name != "levels"}
    return replace(sums, **arrays)


def _verdict(entry: Entry, part: Part, sums: Sums, measures: Measures, drawn: Measures | None) -> Verdict:
    return Verdict(
        model=entry.model,
        interval=entry.interval,
        is_peer=entry.is_peer,
        part=part.name,
        cells=int(sums.cells.sum()),
        units=float(sums.units.sum()),
        constant_series=int(sums.constant_series.sum()),
        wql=float(measures.wql[0]),
        wape=float(measures.wape[0]),
        bias=float(measures.bias[0]),
        rmsse=float(measures.rmsse[0]),
        calibration=float(measures.calibration[0]),
        below=tuple(measures.below[0].tolist()),
        at_or_below=tuple(measures.at_or_below[0].tolist()),
        distances=tuple(measures.distances[0].tolist()),
        wql_between=None if drawn is None else interval(drawn.wql),
        bias_between=None if drawn is None else interval(drawn.bias),
        calibration_between=None if drawn is None else interval(drawn.calibration),
        against_best_peer=None,
    )
