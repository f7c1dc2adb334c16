"""Forecast some series with what was learned from many: a series' answer needs its own rows and no others.

So a frame forecast in chunks, in any order and on any machine of one kind, gives the same bytes as in one go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecasting import buckets, candidates
from forecasting.classes import CLASSES
from forecasting.demand import QuantileForecast
from forecasting.lives import course
from forecasting.preparing import prepare
from forecasting.quantiles import LEVELS, check_levels
from forecasting.spread import own_dispersion
from forecasting.steps import check_horizon
from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecasting.history import FloatArray, History
    from forecasting.models.protocol import LeftOut
    from forecasting.preparing import Prepared
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
    prepared = prepare(history, season=trained.season, prior=trained.censoring)
    classes = prepared.classes
    mean, left_out = _mean(prepared, trained, horizon)
    own = own_dispersion(prepared.history, horizon=trained.horizon).shrunk(trained.pooled_dispersion)
    dispersion = own[:, None] * trained.calibration.width(classes, horizon, history.grain)
    return QuantileForecast(
        ids=history.ids,
        periods=history.periods(horizon),
        levels=wanted,
        mean=mean,
        dispersion=dispersion,
        quantiles=trained.calibration.quantiles(mean, dispersion, classes, wanted, history.grain),
        left_out=left_out,
        correlations=np.asarray(trained.correlation)[classes],
    )


def _mean(prepared: Prepared, trained: Trained, horizon: int) -> tuple[FloatArray, tuple[LeftOut, ...]]:
    """Units per step, shape (series, horizon): by the blends of their classes, 0 where nothing is known."""
    history, models = prepared.history, candidates.models()
    runs = {name: models[name].run(history, text, horizon=horizon) for name, text in trained.learned.items()}
    means = {name: run.mean for name, run in runs.items()}
    bucket = buckets.bucket_of_steps(horizon, history.grain)
    mean = np.full((len(history), horizon), np.nan)
    for code in range(len(CLASSES)):
        rows = prepared.classes == code
        if not rows.any():
            continue
        for number in np.unique(bucket).tolist():
            cells = np.ix_(rows, bucket == number)
            mean[cells] = trained.blends[code][number].mean(means)[cells]
    gone = tuple(gone for run in runs.values() for gone in run.left_out)
    lives = course(prepared, trained.lives, horizon=horizon)
    return np.nan_to_num(lives.put_on(mean)) * prepared.season_ahead(horizon), gone


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
