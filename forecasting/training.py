"""Learn from many series what forecasting one of them needs. Slow; the result is kept and used for long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecasting.models import mean_of, run_models, seasonal_naive
from forecasting.quantiles import learn_pooled_dispersion
from forecasting.steps import check_horizon
from forecasting.trained import Trained

if TYPE_CHECKING:
    from forecasting.history import History


def train(history: History, *, horizon: int, seed: int) -> Trained:
    """Learn what series share; equal input gives equal bytes.

    Raises
    ------
    InvalidInput
        A horizon that is not from 1 step to a year.
    """
    check_horizon(horizon, history.grain)
    run = mean_of(run_models(history, horizon=horizon), seasonal_naive(history, horizon=horizon))
    pooled = learn_pooled_dispersion(history, run, horizon=horizon)
    return Trained(grain=history.grain, horizon=horizon, pooled_dispersion=pooled)
