"""Quantiles for methods that forecast only a mean: normal, negative binomial, conformal. For peers only.

All but a method's own standard deviation is learned from errors held back: what it said from earlier
origins against what has come by the origin it forecasts from.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy import stats

from forecasting.history import BoolArray, FloatArray, IntArray
from forecasting.kernels.negative_binomial import negative_binomial_quantiles
from forecasting.quantiles.spread import spread_of_sums

FEWEST_ERRORS = 8
"""Errors from which a series' own standard deviation, or a pool's own quantiles, are taken."""


class Interval(StrEnum):
    NORMAL = "normal"
    NEGATIVE_BINOMIAL = "negative_binomial"
    CONFORMAL = "conformal"


@dataclass(frozen=True, slots=True)
class Record:
    """What one method said from origins in rising order, and what came.

    Parameters
    ----------
    origins
        Steps known, shape (origins,).
    mean, came
        Units, shape (origins, series, horizon); NaN where nothing was said or can be judged.
    classes
        Demand class at each origin, shape (origins, series).
    sigma
        The method's own standard deviation, shape as `mean`, or None.
    """

    origins: IntArray
    mean: FloatArray
    came: FloatArray
    classes: npt.NDArray[np.str_]
    sigma: FloatArray | None = None

    def held_back(self, at: int) -> BoolArray:
        """Errors known at origin number `at`: those whose step lies in its past, shape as `mean`."""
        steps = self.origins[:, None] + 1 + np.arange(self.mean.shape[2])
        known = (steps <= self.origins[at])[:, None, :]
        found: BoolArray = known & np.isfinite(self.mean) & np.isfinite(self.came)
        return found


def spread_of(interval: Interval, record: Record, at: int, levels: tuple[float, ...]) -> FloatArray:
    """Quantiles from origin number `at`, units, shape (series, horizon, levels); NaN where no mean."""
    make = {
        Interval.NORMAL: normal,
        Interval.NEGATIVE_BINOMIAL: negative_binomial,
        Interval.CONFORMAL: conformal,
    }
    return make[interval](record, at, levels)


def normal(record: Record, at: int, levels: tuple[float, ...]) -> FloatArray:
    """Normal quantiles, not below 0, with the method's own standard deviation or that of held-back errors.

    The latter is the root mean square over all steps, of each series; one with fewer than
    `FEWEST_ERRORS` gets that of all errors relative to the forecast.
    """
    mean = record.mean[at]
    sigma = _held_back_sigma(record, at)
    if record.sigma is not None:
        sigma = np.where(np.isfinite(record.sigma[at]), record.sigma[at], sigma)
    z = stats.norm.ppf(np.asarray(levels))
    spread: FloatArray = np.maximum(mean[:, :, None] + sigma[:, :, None] * z, 0.0)
    return spread


def negative_binomial(record: Record, at: int, levels: tuple[float, ...]) -> FloatArray:
    """Negative-binomial quantiles; each series' dispersion from held-back errors, drawn to that of all."""
    known = record.held_back(at)
    f = np.where(known, record.mean, 0.0)
    error = np.where(known, record.came - record.mean, 0.0)
    count = known.sum(axis=(0, 2)).astype(np.float64)
    total = f.sum(axis=(0, 2))
    errors_a_week = record.mean.shape[2]  # errors of one week at several steps are no new evidence
    own = spread_of_sums(
        excess=(error**2 - f).sum(axis=(0, 2)),
        scale=(f**2).sum(axis=(0, 2)),
        total=total / errors_a_week,
        steps=count / errors_a_week,
    )
    dispersion = own.shrunk(own.pooled())
    mean = record.mean[at]
    spread = negative_binomial_quantiles(
        np.nan_to_num(mean), np.broadcast_to(dispersion[:, None], mean.shape), np.asarray(levels)
    )
    return np.where(np.isnan(mean)[:, :, None], np.nan, spread)


def conformal(record: Record, at: int, levels: tuple[float, ...]) -> FloatArray:
    """Quantiles of signed relative errors, pooled by demand class and step, around the mean; not below 0.

    An error is relative to the forecast, to one unit where that is less. Of m errors the level's
    quantile is that of rank ceil((m + 1) level). A pool with fewer than `FEWEST_ERRORS` gives way to
    that of all classes at the step. Source: Vovk, Gammerman & Shafer (2005), Algorithmic Learning in a
    Random World, Springer.
    """
    mean = record.mean[at]
    known = record.held_back(at)
    relative = np.where(known, record.came - record.mean, 0.0) / _at_least_one(record.mean)
    spread = np.full((*mean.shape, len(levels)), np.nan)
    for step in range(mean.shape[1]):
        of_step = known[:, :, step]
        for name in np.unique(record.classes[at]):
            pool = relative[:, :, step][of_step & (record.classes == name)]
            if len(pool) < FEWEST_ERRORS:
                pool = relative[:, :, step][of_step]
            who = record.classes[at] == name
            f = mean[who, step][:, None]
            spread[who, step] = np.maximum(f + _at_least_one(f) * _ranked(pool, levels), 0.0)
    return np.where(np.isnan(mean)[:, :, None], np.nan, spread)


def _ranked(pool: FloatArray, levels: tuple[float, ...]) -> FloatArray:
    if len(pool) == 0:
        return np.zeros(len(levels))
    rank = np.ceil((len(pool) + 1) * np.asarray(levels)).astype(np.int64)
    chosen: FloatArray = np.sort(pool)[np.clip(rank, 1, len(pool)) - 1]
    return chosen


def _held_back_sigma(record: Record, at: int) -> FloatArray:
    mean = record.mean[at]
    known = record.held_back(at)
    error = np.where(known, record.came - record.mean, 0.0)
    count = known.sum(axis=(0, 2))
    own = np.sqrt((error**2).sum(axis=(0, 2)) / np.maximum(count, 1))
    shared = np.sqrt(((error / _at_least_one(record.mean)) ** 2).sum() / max(int(count.sum()), 1))
    sigma: FloatArray = np.where(
        (count >= FEWEST_ERRORS)[:, None], own[:, None], shared * _at_least_one(mean)
    )
    return sigma


def _at_least_one(mean: FloatArray) -> FloatArray:
    """The forecast as a scale; NaN becomes 1, so that nothing it divides has to be looked at."""
    return np.maximum(np.nan_to_num(mean), 1.0)
