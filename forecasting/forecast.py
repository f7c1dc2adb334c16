"""The public forecast: from a frame to quantiles of demand per sku, place and week."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecasting.demand import QuantileForecast
from forecasting.frame import read_frame
from forecasting.models import SEASON_WEEKS, mean_of, run_models, seasonal_naive
from forecasting.quantiles import LEVELS, check_levels, learn_dispersion, quantiles
from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def forecast(frame: pd.DataFrame, *, horizon: int, levels: Sequence[float] = LEVELS) -> QuantileForecast:
    """Forecast weekly demand: the mean of three models, negative-binomial quantiles around it.

    Equal input gives equal output. One thread; the dispersion is pooled over all series of the frame,
    so a frame forecast in chunks gives slightly other quantiles than in one go.

    Parameters
    ----------
    frame
        Columns `unique_id, ds, y` and optionally `stocked_out`; see `forecasting.frame`.
    horizon
        Weeks after the last one of the frame, 1 to 52.
    levels
        Quantile levels, rising, between 0 and 1.

    Raises
    ------
    InvalidInput
        What the frame, the horizon or the levels break, with the fix.
    """
    check_horizon(horizon)
    wanted = check_levels(levels)
    history = read_frame(frame)
    run = mean_of(run_models(history, horizon=horizon), seasonal_naive(history, horizon=horizon))
    dispersion = learn_dispersion(history, run, horizon=horizon)
    return QuantileForecast(
        ids=history.ids,
        periods=history.periods(horizon),
        levels=wanted,
        mean=run.mean,
        dispersion=dispersion,
        quantiles=quantiles(run.mean, dispersion, wanted),
        left_out=run.left_out,
    )


def check_horizon(horizon: int) -> None:
    if not 1 <= horizon <= SEASON_WEEKS:
        raise InvalidInput(
            f"horizon {horizon}: a horizon is 1 to {SEASON_WEEKS} weeks",
            pointer="/horizon",
            fix="Correct the number of weeks",
        )
