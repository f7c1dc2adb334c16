"""A single model as a forecast of its own, its quantiles made as carefully as a blend's: a yardstick."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecasting.demand import QuantileForecast
from forecasting.learning.rehearsal import records_of, rehearse
from forecasting.learning.training import origins_back
from forecasting.models.naive import SeasonalNaive
from forecasting.quantiles.calibrating import calibrate
from forecasting.quantiles.levels import LEVELS, check_levels
from forecasting.steps import check_horizon

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence
    from datetime import date

    from forecasting.history import FloatArray, Grain, History, IntArray
    from forecasting.learning.rehearsal import Records, Rehearsal


def seasonal_naive(
    history: History,
    *,
    horizon: int,
    levels: Sequence[float] = LEVELS,
    memo: MutableMapping[date, Rehearsal] | None = None,
) -> QuantileForecast:
    """What whoever has no forecast would plan with: the same step a year before, spread as it used to err.

    The spread is learned from the series of the history together, so give many at once. `memo` is that of
    `forecasting.learning.training.train`.

    Raises
    ------
    InvalidInput
        A horizon that is not from 1 step to a year, or levels that do not rise.
    """
    check_horizon(horizon, history.grain)
    wanted, models = check_levels(levels), (SeasonalNaive(),)
    records = records_of(history, models, backs=origins_back(history), horizon=horizon, seed=0, memo=memo)
    now = rehearse(history, models, horizon=horizon, seed=0)
    if memo is not None:
        memo[history.last] = now
    name = SeasonalNaive().name
    mean, dispersion, quantiles = calibrated(records, now, name, levels=wanted, grain=history.grain)
    silent = np.isnan(mean)
    return QuantileForecast(
        ids=history.ids,
        periods=history.periods(horizon),
        levels=wanted,
        mean=np.where(silent, 0.0, mean),
        dispersion=dispersion,
        quantiles=quantiles,
        left_out=(),
    )


def calibrated(
    records: Records, now: Rehearsal, model: str, *, levels: tuple[float, ...], grain: Grain
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Mean, dispersion and quantiles of one model now, calibrated on its own rehearsals.

    Shapes (series, horizon), and (..., levels) of the quantiles; a mean is NaN where the model said nothing.
    """
    calibration = calibrate(
        records.means[model],
        np.broadcast_to(records.dispersion[:, :, None], records.sold.shape),
        records.sold,
        records.classes,
        grain=grain,
    )
    mean = now.means[model]
    wide = now.dispersion[:, None] * calibration.width(now.classes, mean.shape[1], grain)
    return mean, wide, calibration.quantiles(np.nan_to_num(mean), wide, now.classes, levels, grain)
