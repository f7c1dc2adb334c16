"""Forecast some series with what was learned from many: a series' answer needs its own rows and no others.

So a frame forecast in chunks, in any order and on any machine of one kind, gives the same bytes as in one go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecasting.demand import QuantileForecast
from forecasting.models import mean_of, run_models, seasonal_naive
from forecasting.quantiles import LEVELS, check_levels, learn_dispersion, quantiles
from forecasting.steps import check_horizon
from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecasting.history import History
    from forecasting.trained import Trained


def forecast_chunk(
    history: History, trained: Trained, *, horizon: int, levels: Sequence[float] = LEVELS
) -> QuantileForecast:
    """Forecast every series of `history`.

    Raises
    ------
    InvalidInput
        A horizon beyond what was trained for, levels that do not rise, or another grain.
    """
    wanted = check_levels(levels)
    _check_fits(history, trained, horizon)
    run = mean_of(run_models(history, horizon=horizon), seasonal_naive(history, horizon=horizon))
    dispersion = learn_dispersion(history, run, horizon=horizon, pooled=trained.pooled_dispersion)
    return QuantileForecast(
        ids=history.ids,
        periods=history.periods(horizon),
        levels=wanted,
        mean=run.mean,
        dispersion=dispersion,
        quantiles=quantiles(run.mean, dispersion, wanted),
        left_out=run.left_out,
    )


def _check_fits(history: History, trained: Trained, horizon: int) -> None:
    check_horizon(horizon, history.grain)
    if history.grain is not trained.grain:
        raise InvalidInput(
            f"the history is by {history.grain.value}, what was learned by {trained.grain.value}",
            pointer="/grain",
            fix="Train on a history of the same grain",
        )
    if horizon > trained.horizon:
        raise InvalidInput(
            f"horizon {horizon} is farther than the {trained.horizon} steps that were trained for",
            pointer="/horizon",
            fix=f"Ask for at most {trained.horizon}, or train for more",
        )
