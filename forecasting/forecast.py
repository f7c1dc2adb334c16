"""The public forecast: from a frame to quantiles of demand per sku, place and week."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecasting.chunk import forecast_chunk
from forecasting.learning.training import train
from forecasting.quantiles.levels import LEVELS, check_levels
from forecasting.reading.frame import read_frame
from forecasting.steps import check_horizon

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from forecasting.demand import QuantileForecast
    from forecasting.history import History

LEARNED_FROM = 1_000
"""Series, evenly spaced: who waits for a look waits for these, and more of them hardly teach more."""


def forecast(frame: pd.DataFrame, *, horizon: int, levels: Sequence[float] = LEVELS) -> QuantileForecast:
    """Forecast weekly demand with quantiles, after training on the same weeks.

    Trains on the frame and forecasts it in one go, for a look at it; to forecast many chunks or often, train
    once (`forecasting.learning.training`) and forecast chunks (`forecasting.chunk`). Equal input gives equal
    output.

    Parameters
    ----------
    frame
        Columns `unique_id, ds, y` and optionally `stocked_out`; see `forecasting.reading.frame`.
    horizon
        Weeks after the last one of the frame, 1 to 52.
    levels
        Quantile levels, rising, between 0 and 1.

    Raises
    ------
    InvalidInput
        What the frame, the horizon or the levels break, with the fix.
    """
    wanted = check_levels(levels)
    check_horizon(horizon)
    return forecast_at_once(read_frame(frame), horizon=horizon, levels=wanted)


def forecast_at_once(history: History, *, horizon: int, levels: Sequence[float] = LEVELS) -> QuantileForecast:
    """Forecast every series of a history, learned from at most `LEARNED_FROM` of them.

    Raises
    ------
    InvalidInput
        A horizon that is not from 1 step to a year, or levels that do not rise between 0 and 1.
    """
    trained = train(history.sample(LEARNED_FROM), horizon=horizon, seed=0)
    return forecast_chunk(history, trained, horizon=horizon, levels=levels)
