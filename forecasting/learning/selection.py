"""Which blend of models is believed, by class of demand and bucket of steps: chosen from rehearsals alone.

A dearer blend has to beat every cheaper one by more than noise; otherwise the cheaper is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting import buckets
from forecasting.buckets import ORIGINS_A_WINDOW
from forecasting.classes import CLASSES
from forecasting.kernels.negative_binomial import negative_binomial_quantiles
from forecasting.measures import quantile_loss
from forecasting.quantiles.levels import LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecasting.history import BoolArray, FloatArray, Grain
    from forecasting.learning.rehearsal import Records
    from forecasting.models.blends import Blend

STANDARD_ERRORS = 1.0  # of the saving over origins, beyond which it is no noise
LEAST_GAIN = 0.01  # of the loss: what a dearer blend has to save
FEWEST_ORIGINS = 2  # with sales: one cannot tell a gain from luck
BELIEF = 200.0  # series x steps of a class that weigh as much as all classes together


@dataclass(frozen=True, slots=True)
class Cell:
    """Why a blend was taken for one class and bucket: loss / units sold of every candidate, and evidence.

    `losses` is shape (candidates,), NaN without evidence; `steps` counts series x steps judged.
    """

    taken: int
    losses: tuple[float, ...]
    steps: int


def select(records: Records, candidates: Sequence[Blend], *, grain: Grain) -> tuple[tuple[Cell, ...], ...]:
    """The blend of each class (first axis) and bucket (second), the cheapest candidate standing first.

    Loss is the weighted quantile loss with negative-binomial quantiles around the blend. That of a class is
    drawn toward that of all classes by steps / (steps + 200). A candidate is taken over the cheaper one
    held so far if it saves more than 1 % and more than one standard error of the saving over origins,
    four of which count as one; of a single origin there is no such error, and the cheapest is taken.
    """
    horizon = records.sold.shape[2]
    bucket = buckets.bucket_of_steps(horizon, grain)
    losses = np.stack([_loss(records, blend) for blend in candidates])
    judged = ~np.isnan(losses).any(axis=0)
    chosen = []
    for code in range(len(CLASSES)):
        of_class = judged & (records.classes == code)[:, :, None]
        row = []
        for number in range(buckets.COUNT):
            steps = (bucket == number)[None, None, :]
            row.append(_cell(losses, records.sold, of_class & steps, judged & steps))
        chosen.append(tuple(row))
    return tuple(chosen)


def _loss(records: Records, blend: Blend) -> FloatArray:
    """Quantile loss of every record, NaN where it cannot be judged; shape of `sold`."""
    mean = blend.mean(records.means)
    known = ~np.isnan(mean) & ~np.isnan(records.sold)
    loss = np.full(mean.shape, np.nan)
    dispersion = np.broadcast_to(records.dispersion[:, :, None], mean.shape)[known]
    spread = negative_binomial_quantiles(mean[known][:, None], dispersion[:, None], np.array(LEVELS))
    loss[known] = quantile_loss(records.sold[known], spread[:, 0].astype(np.float64), LEVELS)
    return loss


def _cell(losses: FloatArray, sold: FloatArray, own: BoolArray, all_classes: BoolArray) -> Cell:
    by_origin = _by_origin(losses, own), _by_origin(sold[None], own)[0]
    shared = _by_origin(losses, all_classes), _by_origin(sold[None], all_classes)[0]
    steps = int(own.sum())
    if shared[1].sum() <= 0:
        return Cell(0, tuple(float("nan") for _ in losses), steps)
    belief = steps / (steps + BELIEF) if by_origin[1].sum() > 0 else 0.0
    ratio = shared[0].sum(axis=1) / shared[1].sum()
    if belief > 0:
        ratio = belief * by_origin[0].sum(axis=1) / by_origin[1].sum() + (1.0 - belief) * ratio
    loss, units = by_origin if belief >= 0.5 else shared
    taken = 0
    told_by = int((units > 0).sum())
    for rival in range(1, len(losses) if told_by >= FEWEST_ORIGINS else 1):
        gain = ratio[taken] - ratio[rival]
        saved = (loss[taken] - loss[rival]) - gain * units
        error = float(np.sqrt(ORIGINS_A_WINDOW * (saved**2).sum()) / units.sum())
        if gain > max(LEAST_GAIN * ratio[taken], STANDARD_ERRORS * error):
            taken = rival
    return Cell(taken, tuple(ratio.tolist()), steps)


def _by_origin(values: FloatArray, counts: BoolArray) -> FloatArray:
    """Sums over series and steps that count, shape (candidates, origins)."""
    sums: FloatArray = np.where(counts[None], np.nan_to_num(values), 0.0).sum(axis=(2, 3))
    return sums
