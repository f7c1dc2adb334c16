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


def forecast(frame: pd.DataFrame, *, horizon: int, levels: Sequence[float] = LEVELS) -> QuantileForecast:
    """Forecast weekly demand with quantiles, after training on the same weeks.

    Trains on the frame and forecasts it in one go; to forecast many chunks or often, train once
    (`forecasting.learning.training`) and forecast chunks (`forecasting.chunk`). Equal input gives equal
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
    history = read_frame(frame)
    return forecast_chunk(history, train(history, horizon=horizon, seed=0), horizon=horizon, levels=wanted)
