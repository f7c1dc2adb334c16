"""The reference that every forecast has to beat: what sold a year before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting.history import MASKED
from forecasting.models.levels import Level
from forecasting.models.protocol import ModelRun

if TYPE_CHECKING:
    from forecasting.history import FloatArray, History


@dataclass(frozen=True, slots=True)
class SeasonalNaive(Level):
    """The same step a year of 52 weeks before; where that is unknown, the last one that is known (naive).

    "Unknown" is before the first step, or masked by a stock-out.
    """

    name: str = "seasonal_naive"

    def run(self, history: History, learned: str, *, horizon: int) -> ModelRun:
        year = history.grain.steps_per_year
        mean = np.empty((len(history), horizon))
        for i, (start, end) in enumerate(zip(history.starts[:-1], history.starts[1:], strict=True)):
            known = np.where(history.state[start:end] == MASKED, np.nan, history.units[start:end])
            mean[i] = _repeat_the_year(known, horizon, year)
        return ModelRun(self.name, mean)


def _repeat_the_year(known: FloatArray, horizon: int, year: int) -> FloatArray:
    """The value a year before each step to come; naive where that is NaN, or not in the history."""
    seen = known[~np.isnan(known)]
    a_year_ago = np.concatenate([np.full(year, np.nan), known])[-year:][:horizon]
    return np.where(np.isnan(a_year_ago), seen[-1] if len(seen) else np.nan, a_year_ago)
