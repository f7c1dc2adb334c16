"""Who may stand in a backtest: whatever answers from all origins at once. It judges nobody.

`Nodewise` is the product's own forecast, from each origin as `forecasting.forecast.forecast` makes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from forecasting.frame import FloatArray, History
from forecasting.models import mean_of, run_models, seasonal_naive
from forecasting.origins import past_at
from forecasting.quantiles import learn_dispersion, quantiles


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
    """The mean of the three models with negative-binomial quantiles around it."""

    name: str = "nodewise"

    def run(
        self, history: History, origins: Sequence[int], horizon: int, levels: Sequence[float]
    ) -> tuple[FloatArray, FloatArray]:
        mean = np.full((len(origins), len(history), horizon), np.nan)
        spread = np.full((*mean.shape, len(levels)), np.nan)
        for at, origin in enumerate(origins):
            past, rows = past_at(history, origin)
            reference = seasonal_naive(past, horizon=horizon)
            run = mean_of(run_models(past, horizon=horizon), reference)
            mean[at, rows] = run.mean
            dispersion = learn_dispersion(past, run, horizon=horizon)
            spread[at, rows] = quantiles(run.mean, dispersion, levels)
        return mean, spread
