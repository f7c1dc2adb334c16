"""Learn from many series what forecasting one of them needs. Slow; the result is kept and used for long.

Nothing is chosen by how well it fits: models forecast from past origins, each with what was known there, and
blends, widths and levels are learned from what came. So training on a history that ends earlier learns
exactly what would have been learned then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecasting import buckets
from forecasting.classes import CLASSES
from forecasting.history import Grain
from forecasting.learning.rehearsal import NOT_THERE, records_of
from forecasting.learning.selection import select
from forecasting.learning.trained import Trained
from forecasting.lives.course import learn_lives
from forecasting.models import candidates
from forecasting.preparing.prepared import learn_and_prepare, learn_censoring
from forecasting.quantiles.calibrating import calibrate
from forecasting.quantiles.lead_time import learn_correlations
from forecasting.quantiles.spread import own_dispersion
from forecasting.steps import check_horizon

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence
    from datetime import date

    from forecasting.history import FloatArray, History
    from forecasting.learning.rehearsal import Records, Rehearsal
    from forecasting.models.blends import Blend

ORIGINS = 12
STRIDE = {Grain.WEEK: 2, Grain.DAY: 7}
LEAST_STEPS = {Grain.WEEK: 13, Grain.DAY: 56}
"""Of the longest series, before the first origin: with less there is nothing to rehearse from."""


def train(
    history: History, *, horizon: int, seed: int, memo: MutableMapping[date, Rehearsal] | None = None
) -> Trained:
    """Learn what series share; equal input gives equal bytes.

    Parameters
    ----------
    horizon
        The farthest step that will be asked for.
    memo
        Rehearsals of earlier calls with the same series, horizon and seed, on a history cut elsewhere; new
        ones are added. It saves time and changes nothing.

    Raises
    ------
    InvalidInput
        A horizon that is not from 1 step to a year.
    """
    check_horizon(horizon, history.grain)
    prepared, prior = learn_and_prepare(history)
    models, blends = candidates.models(), candidates.blends()
    backs = origins_back(history)
    records = records_of(history, tuple(models.values()), backs=backs, horizon=horizon, seed=seed, memo=memo)
    cells = select(records, blends, grain=history.grain)
    chosen = tuple(tuple(blends[cell.taken] for cell in row) for row in cells)
    used = sorted({name for row in chosen for blend in row for name in blend.models})
    mean = _chosen_mean(records, chosen, history.grain)
    spread = np.broadcast_to(records.dispersion[:, :, None], records.sold.shape)
    calibration = calibrate(mean, spread, records.sold, records.classes, grain=history.grain)
    widths = calibration.width(records.classes, horizon, history.grain)
    return Trained(
        grain=history.grain,
        horizon=horizon,
        drivers=history.driver_names,
        season=prepared.season,
        learned={name: models[name].learn(prepared.history, horizon=horizon, seed=seed) for name in used},
        blends=chosen,
        tried=blends,
        cells=cells,
        censoring=learn_censoring(history, prepared.season) if prior is None else prior,
        lives=learn_lives(prepared),
        pooled_dispersion=own_dispersion(prepared.history, horizon=horizon).pooled(),
        calibration=calibration,
        correlation=tuple(learn_correlations(mean, spread * widths, records.sold, records.classes).tolist()),
    )


def origins_back(history: History) -> Sequence[int]:
    """How many steps to hide at each rehearsed origin, falling; none where the history is too short."""
    stride = STRIDE[history.grain]
    room = int(history.lengths.max(initial=0)) - LEAST_STEPS[history.grain]
    return [back for back in range(ORIGINS * stride, 0, -stride) if back <= room]


def _chosen_mean(records: Records, chosen: Sequence[Sequence[Blend]], grain: Grain) -> FloatArray:
    """What the chosen blends said at every origin; the shape of `records.sold`."""
    mean = np.full(records.sold.shape, np.nan)
    bucket = buckets.bucket_of_steps(records.sold.shape[2], grain)
    for code in range(len(CLASSES)):
        rows = (records.classes == code) & (records.classes != NOT_THERE)
        for number in range(buckets.COUNT):
            cells = rows[:, :, None] & (bucket == number)[None, None, :]
            mean[cells] = chosen[code][number].mean(records.means)[cells]
    return mean
