"""Demand summed over the steps of a lead time: how errors of its steps go together, and quantiles of the sum.

Quantiles of steps do not add up. Means do, and so do variances as far as errors of steps are independent; how
far they are is learned from whole paths that were forecast from past origins. The sum of a stretch of steps
itself is `fulfillment.demand.summed`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecasting.buckets import ORIGINS_A_WINDOW
from forecasting.classes import CLASSES
from forecasting.kernels.negative_binomial import negative_binomial_quantiles
from forecasting.quantiles.levels import LEAST_MEAN, check_levels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecasting.history import FloatArray, IntArray

USUAL_CORRELATION = 0.5  # where nothing was rehearsed: what held on weekly sales, docs/decisions/0010
VARIANCE_BEFORE = 1.0 / 12.0  # of what is anywhere from 0 to 1
FEWEST_ORIGINS = 4  # below, nothing tells how much origins differ


def learn_correlations(
    mean: FloatArray, dispersion: FloatArray, sold: FloatArray, classes: IntArray
) -> FloatArray:
    """Correlation of the errors beyond chance of two steps of one path, per class of demand.

    With u = (sold - mean) / standard deviation and k^2 the share of the variance beyond chance, a product
    u_s u_t is expected to be correlation x k_s k_t. So it is estimated by sum u_s u_t / sum k_s k_t over all
    pairs of steps of all paths of the class, which makes a large series count no more than a small one. It
    is kept between 0 and 1, and drawn to 0.5 as far as origins are few or differ.

    Parameters
    ----------
    mean, dispersion, sold
        Units per step, dispersion with its width, and what came, shape (origins, series, steps); NaN where
        nothing was said or came.
    classes
        Class of every series at every origin, shape (origins, series).

    Returns
    -------
    array
        From 0 (steps are independent) to 1 (one error lasts for all steps), shape (classes,).
    """
    known = ~np.isnan(mean) & ~np.isnan(sold) & ~np.isnan(dispersion) & (mean > LEAST_MEAN)
    mu, alpha = np.where(known, mean, 1.0), np.where(known, dispersion, 0.0)
    error = np.where(known, (sold - mu) / np.sqrt(mu + alpha * mu**2), 0.0)
    beyond = np.where(known, np.sqrt(alpha * mu / (1.0 + alpha * mu)), 0.0)
    together, expected = _of_pairs(error), _of_pairs(beyond)
    learned = np.full(len(CLASSES), USUAL_CORRELATION)
    for code in range(len(CLASSES)):
        rows = classes == code
        learned[code] = _drawn(
            np.where(rows, together, 0.0).sum(axis=1), np.where(rows, expected, 0.0).sum(axis=1)
        )
    return learned


def sum_units(mean: float, variance: float, levels: Sequence[float]) -> tuple[int, ...]:
    """Whole units that a sum stays within at each level: the quantiles of a negative binomial, one-sided.

    Parameters
    ----------
    mean, variance
        Of the sum, in units and units squared; Poisson where the variance is not above the mean.
    levels
        Any, rising, strictly between 0 and 1.

    Raises
    ------
    InvalidInput
        Levels that do not rise, or a mean that is no finite number from 0 on.
    """
    wanted = np.array(check_levels(levels))
    dispersion = max(variance - mean, 0.0) / mean**2 if mean > 0 else 0.0
    units = negative_binomial_quantiles(np.array([[mean]]), np.array([[dispersion]]), wanted)
    return tuple(units[0, 0].tolist())


def _drawn(together: FloatArray, expected: FloatArray) -> float:
    """The ratio of the sums of both over origins, drawn to the usual as far as it is uncertain.

    Its variance is that of a weighted mean of the origins' own ratios, each between 0 and 1 so that one bulk
    order is not all that is known of the doubt; several origins count as one. Before anything was seen, any
    correlation from 0 to 1 was as likely as another.
    """
    origins = np.count_nonzero(expected > 0)
    if origins < FEWEST_ORIGINS:
        return USUAL_CORRELATION
    told = min(max(float(together.sum() / expected.sum()), 0.0), 1.0)
    weight = expected / expected.sum()
    by_origin = np.clip(together / np.where(expected > 0, expected, 1.0), 0.0, 1.0)
    scatter = float((weight**2 * (by_origin - told) ** 2).sum()) * origins / (origins - 1)
    variance = ORIGINS_A_WINDOW * scatter
    trust = VARIANCE_BEFORE / (VARIANCE_BEFORE + variance)
    return trust * told + (1.0 - trust) * USUAL_CORRELATION


def _of_pairs(values: FloatArray) -> FloatArray:
    """Sum of the products of all pairs of steps of each path, shape (origins, series)."""
    pairs: FloatArray = (values.sum(axis=2) ** 2 - (values**2).sum(axis=2)) / 2.0
    return pairs
