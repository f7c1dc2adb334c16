"""Forecast some series with what was learned from many: a series' answer needs its own rows and no others.

So a frame forecast in chunks, in any order and on any machine of one kind, gives the same bytes as in one go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting import buckets
from forecasting.demand import QuantileForecast
from forecasting.lives.course import course
from forecasting.models import candidates
from forecasting.preparing.prepared import prepare
from forecasting.quantiles.levels import LEVELS, check_levels
from forecasting.quantiles.spread import OwnSpread, own_dispersion
from forecasting.steps import check_horizon
from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecasting.history import FloatArray, History
    from forecasting.learning.trained import Trained
    from forecasting.lives.course import Course
    from forecasting.models.protocol import LeftOut
    from forecasting.preparing.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Workings:
    """What a forecast is made of, on the way to its quantiles.

    Parameters
    ----------
    said
        By model that is part of any blend: units per step without season, shape (series, horizon); NaN
        where it was left out.
    lives
        What new and dying series make of the blends.
    season
        Of each step ahead, shape (horizon,).
    mean
        The blends of the classes, as lives leave them, times the season; 0 where nothing is known, shape
        (series, horizon).
    own
        What the series' own past says of their dispersion.
    dispersion
        That of the forecast, shape (series, horizon).
    """

    prepared: Prepared
    said: Mapping[str, FloatArray]
    lives: Course
    season: FloatArray
    mean: FloatArray
    own: OwnSpread
    dispersion: FloatArray
    left_out: tuple[LeftOut, ...]


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
    made = work_out(history, trained, horizon=horizon)
    return QuantileForecast(
        ids=history.ids,
        periods=history.periods(horizon),
        levels=wanted,
        mean=made.mean,
        dispersion=made.dispersion,
        quantiles=trained.calibration.quantiles(
            made.mean, made.dispersion, made.prepared.classes, wanted, history.grain
        ),
        left_out=made.left_out,
        correlations=np.asarray(trained.correlation)[made.prepared.classes],
    )


def work_out(history: History, trained: Trained, *, horizon: int) -> Workings:
    """The same forecast short of its quantiles, with all that goes into it.

    Raises
    ------
    InvalidInput
        A horizon beyond what was trained for, or another grain.
    """
    _check_fits(history, trained, horizon)
    prepared = prepare(history, season=trained.season, prior=trained.censoring)
    lives = course(prepared, trained.lives, horizon=horizon)
    models = candidates.models()
    runs = [models[name].run(lives.seen, text, horizon=horizon) for name, text in trained.learned.items()]
    said = {run.name: run.mean for run in runs}
    season = prepared.season_ahead(horizon)
    own = own_dispersion(prepared.history, horizon=trained.horizon)
    width = trained.calibration.width(prepared.classes, horizon, history.grain)
    return Workings(
        prepared=prepared,
        said=said,
        lives=lives,
        season=season,
        mean=np.nan_to_num(lives.put_on(_blended(said, prepared, trained, horizon))) * season,
        own=own,
        dispersion=lives.widened(own.shrunk(trained.pooled_dispersion))[:, None] * width,
        left_out=tuple(gone for run in runs for gone in run.left_out),
    )


def _blended(
    said: Mapping[str, FloatArray], prepared: Prepared, trained: Trained, horizon: int
) -> FloatArray:
    """Units per step by the blends of the classes, NaN where nothing is known, shape (series, horizon)."""
    bucket = buckets.bucket_of_steps(horizon, trained.grain)
    mean = np.full((len(prepared.history), horizon), np.nan)
    for code in np.unique(prepared.classes).tolist():
        rows = prepared.classes == code
        for number in np.unique(bucket).tolist():
            cells = np.ix_(rows, bucket == number)
            mean[cells] = trained.blends[code][number].mean(said)[cells]
    return mean


def _check_fits(history: History, trained: Trained, horizon: int) -> None:
    check_horizon(horizon, history.grain)
    if history.grain is not trained.grain:
        raise InvalidInput(
            f"the history is by {history.grain.value}, what was learned by {trained.grain.value}",
            pointer="/grain",
            fix="Train on a history of the same grain",
        )
    if history.driver_names != trained.drivers:
        given, learned = (", ".join(names) or "none" for names in (history.driver_names, trained.drivers))
        raise InvalidInput(
            f"the history has these drivers: {given}; what was learned knows these: {learned}",
            pointer="/drivers",
            fix="Give the drivers that were learned with, or learn anew",
        )
    if horizon > trained.horizon:
        raise InvalidInput(
            f"horizon {horizon} is farther than the {trained.horizon} steps that were trained for",
            pointer="/horizon",
            fix=f"Ask for at most {trained.horizon}, or train for more",
        )
