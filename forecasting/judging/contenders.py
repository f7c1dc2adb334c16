"""Who may stand in a backtest: whatever answers from all origins at once. It judges nobody.

`Nodewise` is the product's own forecast, from each origin as `forecasting.forecast.forecast` makes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from forecasting.chunk import forecast_chunk
from forecasting.judging.origins import past_at
from forecasting.learning.training import train

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from forecasting.history import FloatArray, History
    from forecasting.learning.rehearsal import Rehearsal


class Contender(Protocol):
    """A forecaster to be judged. From an origin it may use what was known there, and nothing later."""

    @property
    def name(self) -> str: ...

    def run(
        self, history: History, origins: Sequence[int], horizon: int, levels: Sequence[float]
    ) -> tuple[FloatArray, FloatArray]:
        """Mean and quantiles in units, shapes (origins, series, horizon) and (..., levels).

        NaN for series without an observed step by the origin.
        """
        ...


@dataclass(frozen=True, slots=True)
class Nodewise:
    """Trained anew at every origin on what was known there, then forecast with."""

    seed: int = 0
    name: str = "nodewise"

    def run(
        self, history: History, origins: Sequence[int], horizon: int, levels: Sequence[float]
    ) -> tuple[FloatArray, FloatArray]:
        mean = np.full((len(origins), len(history), horizon), np.nan)
        spread = np.full((*mean.shape, len(levels)), np.nan)
        memo: dict[date, Rehearsal] = {}
        for at, origin in enumerate(origins):
            past, rows = past_at(history, origin)
            if len(past) == 0:  # nothing but stock-outs so far
                continue
            trained = train(past, horizon=horizon, seed=self.seed, memo=memo)
            said = forecast_chunk(past, trained, horizon=horizon, levels=levels)
            mean[at, rows], spread[at, rows] = said.mean, said.quantiles
        return mean, spread
