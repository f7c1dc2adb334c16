"""Models that forecast a series from its own level, cheap enough to run everywhere. They learn nothing.

They answer different questions: does it still sell at all (TSB), at what level (exponential smoothing), is
the level drifting (Theta), what did it sell lately (trailing mean), and what without its bulk orders (robust
level). Which of them, or which mean of them, is believed is for `forecasting.learning.selection`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting.kernels import smoothing
from forecasting.models.protocol import LeftOut, ModelRun

if TYPE_CHECKING:
    from forecasting.history import FloatArray, History, IntArray, StateArray

TSB_DEMAND_SMOOTHING = 0.2
TSB_PROBABILITY_SMOOTHING = 0.1
TRAILING_STEPS = 26
DRIFT_NEEDS = 4  # entries, below which a slope is nothing but noise


class Level:
    """Learns nothing over many series."""

    def learn(self, history: History, *, horizon: int, seed: int) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Tsb(Level):
    """How often a step sells times how much: rare and dying lines."""

    name: str = "tsb"

    def run(self, history: History, learned: str, *, horizon: int) -> ModelRun:
        said = smoothing.tsb(
            *_series(history),
            demand_smoothing=TSB_DEMAND_SMOOTHING,
            probability_smoothing=TSB_PROBABILITY_SMOOTHING,
        )
        return _run(self.name, history, _flat(said.level, horizon))


@dataclass(frozen=True, slots=True)
class ExponentialSmoothing(Level):
    """The level, smoothed as fits the series best."""

    name: str = "exponential_smoothing"

    def run(self, history: History, learned: str, *, horizon: int) -> ModelRun:
        return _run(self.name, history, _flat(smoothing.smooth(*_series(history)).level, horizon))


@dataclass(frozen=True, slots=True)
class Theta(Level):
    """The level and half its drift: lines that fade or grow."""

    name: str = "theta"

    def run(self, history: History, learned: str, *, horizon: int) -> ModelRun:
        mean = smoothing.theta(*_series(history), horizon=horizon).mean
        mean[known_steps(history) < DRIFT_NEEDS] = np.nan
        return _run(self.name, history, mean)


@dataclass(frozen=True, slots=True)
class TrailingMean(Level):
    """What it sold lately."""

    name: str = "trailing_mean"

    def run(self, history: History, learned: str, *, horizon: int) -> ModelRun:
        said = smoothing.trailing_mean(*_series(history), window=TRAILING_STEPS)
        return _run(self.name, history, _flat(said.level, horizon))


@dataclass(frozen=True, slots=True)
class RobustLevel(Level):
    """What it sold lately, bulk orders cut down to what is usual."""

    name: str = "robust_level"

    def run(self, history: History, learned: str, *, horizon: int) -> ModelRun:
        said = smoothing.robust_level(*_series(history), window=TRAILING_STEPS)
        return _run(self.name, history, _flat(said.level, horizon))


def known_steps(history: History) -> IntArray:
    """Steps of every series that say something, shape (series,)."""
    return np.bincount(history.series_of_entry[history.telling], minlength=len(history))


def _series(history: History) -> tuple[FloatArray, IntArray, StateArray]:
    return history.units, history.starts, history.state


def _flat(level: FloatArray, horizon: int) -> FloatArray:
    return np.repeat(level[:, None], horizon, axis=1)


def _run(name: str, history: History, mean: FloatArray) -> ModelRun:
    silent = np.flatnonzero(np.isnan(mean[:, 0]))
    gone = tuple(LeftOut(history.ids[i], name, "too few steps to learn from") for i in silent.tolist())
    return ModelRun(name, np.maximum(mean, 0.0), gone)
