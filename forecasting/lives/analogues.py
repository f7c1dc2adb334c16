"""Cold start: the forecast of an item from others like it, giving way to its own sales step by step.

For items without history or with a short one; whose history speaks for itself is a case for the models.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting.lives.first_sales import chance_of_sale, share_that_counts
from forecasting.lives.gower import Known, known
from forecasting.lives.launches import CATEGORY, RAMP_WEEKS, begins_then, launch_steps, traits_of
from forecasting.lives.prior import NOTHING_KNOWN, Prior, update

if TYPE_CHECKING:
    from forecasting.history import BoolArray, FloatArray, History
    from forecasting.lives.launches import Launches
    from forecasting.lives.places import Places

ANALOGUES = 10
NEARBY = 0.05  # added to a distance before its inverse is a weight: an equal twin does not stand alone
EQUALLY_FAR = 1e-12
ROUNDS = 3  # of a level and its chance of a sale in turn


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Forecast of new items, and where it comes from.

    Parameters
    ----------
    mean
        From prior and own sales, units per step, shape (series, horizon).
    dispersion
        Around it, shape (series,): wider as the analogues differ and own sales are few.
    prior_mean
        From the prior alone, shape (series, horizon); 0 where nothing at all is known.
    own_weight
        What the own sales count, 0 (no history, or nothing but masked steps) to 1, shape (series,).
    priors
        Of every series: level, spread and the series it comes from.
    first_share
        How much of the units of the step of launch counts, shape (series,); see
        `forecasting.lives.first_sales`.
    """

    mean: FloatArray
    dispersion: FloatArray
    prior_mean: FloatArray
    own_weight: FloatArray
    priors: tuple[Prior, ...]
    first_share: FloatArray

    def eased(self, mean: FloatArray) -> FloatArray:
        """What models say of these series, drawn toward the prior as far as own sales are few.

        Shape (series, horizon), as `mean`; NaN counts as said nothing.
        """
        weight = np.where(np.isfinite(mean), self.own_weight[:, None], 0.0)
        eased: FloatArray = weight * np.nan_to_num(mean) + (1.0 - weight) * self.prior_mean
        return eased


def is_new(history: History, launches: Launches) -> BoolArray:
    """Whether each series was launched in the last thirteen weeks, or is about to be, shape (series,)."""
    launch = launch_steps(history, launches.first)
    ramp = RAMP_WEEKS * 7 // history.grain.days
    new: BoolArray = (launch >= 0) & (history.lengths - launch < ramp)
    return new


def cold_start(
    history: History, launches: Launches, *, horizon: int, places: Places | None = None
) -> ColdStart:
    """Forecast every series of the history as a new item.

    What is expected is the level of the sku at other places, if `places` knows it; else that of the ten
    known items nearest by their attributes (and all as near as the tenth), times the launch curve of the
    category at the age of each step. Own sales take over as `forecasting.lives.prior.update` says. A series
    may have no steps: it is then launched with the first step to come. Depends on each series alone.
    """
    comparable = known(launches.attributes, len(launches.ids))
    launched = launch_steps(history, launches.first)
    launch, tempers = np.maximum(launched, 0), launches.by_sale & begins_then(history, launched)
    categories = history.attributes.texts.get(CATEGORY, ("",) * len(history))
    mean, prior_mean = (np.zeros((len(history), horizon)) for _ in range(2))
    dispersion, own_weight = (np.zeros(len(history)) for _ in range(2))
    first_share, telling = np.ones(len(history)), history.telling
    priors = []
    for row in range(len(history)):
        elsewhere = places.prior(history, row) if places is not None else None
        prior = elsewhere or _from_analogues(history, row, comparable, launches)
        since = slice(int(history.starts[row]) + int(launch[row]), int(history.starts[row + 1]))
        says = telling[since]
        ages = np.arange(len(says) + horizon)
        curve = np.ones(len(ages)) if elsewhere else launches.curve(categories[row], ages)
        own, n = history.units[since][says], int(np.count_nonzero(says))
        exposure = float(curve[: len(says)][says].sum())
        updated = update(prior, float(own.sum()), exposure, n, history.grain)
        for _ in range(ROUNDS if tempers[row] else 0):
            chance = chance_of_sale(updated.level, prior.dispersion)
            first_share[row] = share_that_counts(own[1:], chance)
            units = float(own.sum() - (1.0 - first_share[row]) * own[0])
            updated = update(prior, units, exposure, n, history.grain)
        mean[row], prior_mean[row] = (level * curve[len(says) :] for level in (updated.level, prior.level))
        dispersion[row], own_weight[row] = updated.dispersion, updated.own_weight
        priors.append(prior)
    return ColdStart(mean, dispersion, prior_mean, own_weight, tuple(priors), first_share)


def _from_analogues(history: History, row: int, comparable: Known, launches: Launches) -> Prior:
    """What the nearest known items sell, never the item itself; all if no attribute tells them apart."""
    distance = comparable.distances(*traits_of(history, row))
    itself = bisect.bisect_left(launches.ids, history.ids[row])
    others = len(launches.ids)
    if itself < others and launches.ids[itself] == history.ids[row]:
        distance[itself], others = np.inf, others - 1
    if others == 0:
        return NOTHING_KNOWN
    order = np.argsort(distance, kind="stable")
    nearest = order[: min(ANALOGUES, others)]
    chosen = np.flatnonzero(distance <= distance[nearest[-1]] + EQUALLY_FAR)
    weight = 1.0 / (NEARBY + distance[chosen])
    weight /= weight.sum()
    levels = launches.levels[chosen]
    level = float((weight * levels).sum())
    are_told_apart = len(chosen) < others or others <= ANALOGUES
    return Prior(
        level=level,
        spread=float((weight * (levels - level) ** 2).sum()) / level**2,
        dispersion=float((weight * levels * launches.dispersions[chosen]).sum()) / level,
        sources=tuple(launches.ids[i] for i in nearest.tolist()) if are_told_apart else (),
        count=len(chosen),
    )
