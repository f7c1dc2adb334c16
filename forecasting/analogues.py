"""Cold start: the forecast of an item from others like it, giving way to its own sales step by step.

For items without history or with a short one; whose history speaks for itself is a case for the models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting.gower import Known, known
from forecasting.history import MASKED
from forecasting.launches import CATEGORY, RAMP_WEEKS, launch_steps
from forecasting.quantiles import MAX_DISPERSION, UNKNOWN_DISPERSION

if TYPE_CHECKING:
    from forecasting.history import BoolArray, FloatArray, History
    from forecasting.launches import Launches

ANALOGUES = 10
OWN_STEPS = 8.0  # so many own steps count as much as the analogues
NEARBY = 0.05  # added to a distance before its inverse is a weight: an equal twin does not stand alone


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Forecast of new items, and where it comes from.

    Parameters
    ----------
    mean
        Units per step, shape (series, horizon).
    dispersion
        Shape (series,): that of the analogues, wider as their levels differ and own sales are few.
    prior_level
        Units per step the analogues sell, before the launch curve; NaN if nothing is known of anything.
    own_weight
        What the own sales count, 0 (no history) to 1, shape (series,).
    analogues
        `unique_id` of the nearest known items of every series, at most ten, nearest first; none where all
        known items are equally far: the level is then that of all.
    """

    mean: FloatArray
    dispersion: FloatArray
    prior_level: FloatArray
    own_weight: FloatArray
    analogues: tuple[tuple[str, ...], ...]


def is_new(history: History, launches: Launches) -> BoolArray:
    """Whether each series was launched in the last thirteen weeks, or is about to be, shape (series,)."""
    launch = launch_steps(history, launches.first)
    ramp = RAMP_WEEKS * 7 // history.grain.days
    new: BoolArray = (launch >= 0) & (history.lengths - launch < ramp)
    return new


def cold_start(history: History, launches: Launches, *, horizon: int) -> ColdStart:
    """Forecast every series of the history as a new item.

    Level: that of the ten known items nearest by their attributes (all at the distance of the tenth),
    weighted by nearness; own sales over the curve take over with the weight n / (n + 8) after n steps. It is
    multiplied by the launch curve of the category at the age of each step. Depends on each series alone.
    """
    comparable = known(launches.attributes, len(launches.ids))
    launch = np.maximum(launch_steps(history, launches.first), 0)
    categories = history.attributes.texts.get(CATEGORY, ("",) * len(history))
    mean = np.zeros((len(history), horizon))
    dispersion, prior, weight = (np.zeros(len(history)) for _ in range(3))
    names = []
    for row in range(len(history)):
        near = _nearest(history, row, comparable, launches)
        level, spread, alpha = near.level, near.spread, near.dispersion
        ages = np.arange(int(history.lengths[row]) - int(launch[row]) + horizon)
        curve = launches.curve(categories[row], ages)
        since = slice(int(history.starts[row]) + int(launch[row]), int(history.starts[row + 1]))
        says = history.state[since] != MASKED
        exposure = float(curve[: len(says)][says].sum())
        own = float(history.units[since][says].sum()) / exposure if exposure > 0 else np.nan
        steps = float(np.count_nonzero(says))
        trust = steps / (steps + OWN_STEPS) if np.isfinite(level) else 1.0
        blended = trust * own + (1.0 - trust) * level if steps and trust < 1.0 else (own if steps else level)
        mean[row] = np.nan_to_num(blended) * curve[len(ages) - horizon :]
        dispersion[row] = (1.0 + alpha) * (1.0 + (1.0 - trust) * spread) - 1.0
        prior[row], weight[row] = level, trust if steps else 0.0
        names.append(near.ids)
    return ColdStart(mean, np.clip(dispersion, 0.0, MAX_DISPERSION), prior, weight, tuple(names))


@dataclass(frozen=True, slots=True)
class _Near:
    """The nearest known items: their mean level, its squared coefficient of variation, their dispersion."""

    level: float
    spread: float
    dispersion: float
    ids: tuple[str, ...]


def _nearest(history: History, row: int, comparable: Known, launches: Launches) -> _Near:
    """The analogues of one series, never itself."""
    others = np.array([name != history.ids[row] for name in launches.ids], dtype=np.bool_)
    if not others.any():
        return _Near(float("nan"), 0.0, UNKNOWN_DISPERSION, ())
    distance = comparable.distances(
        {name: of[row] for name, of in history.attributes.texts.items()},
        {name: float(of[row]) for name, of in history.attributes.numbers.items()},
    )
    distance = np.where(others, distance, np.inf)
    order = np.argsort(distance, kind="stable")
    furthest = distance[order[min(ANALOGUES, int(others.sum())) - 1]]
    chosen = np.flatnonzero(distance <= furthest + 1e-12)
    weight = 1.0 / (NEARBY + distance[chosen])
    weight /= weight.sum()
    levels = launches.levels[chosen]
    level = float((weight * levels).sum())
    spread = float((weight * (levels - level) ** 2).sum()) / level**2
    alpha = float((weight * launches.dispersions[chosen]).sum())
    told_apart = len(chosen) < others.sum() or len(chosen) <= ANALOGUES
    names = tuple(launches.ids[i] for i in order[:ANALOGUES].tolist()) if told_apart else ()
    return _Near(level, spread, alpha, names)
