"""Figures that tell a forecast that has gone wrong from one that was unlucky. Plain arrays, no alerts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from forecasting.history import BoolArray, FloatArray

SMOOTHING = 0.1
MEAN_OF_ABSOLUTE = float(np.sqrt(2.0 / np.pi))  # of a normal error with a standard deviation of 1
MOST_LIMIT = 0.95  # a signal cannot pass 1: with few errors nearly all of them on one side is the limit


@dataclass(frozen=True, slots=True)
class Signal:
    """Tracking signals from -1 (always too little) to 1 (always too much), NaN where nothing can be said, and
    how far they scatter around 0 without bias; same shape."""

    value: FloatArray
    deviation: FloatArray

    def limit(self, z: float) -> FloatArray:
        """The signal beyond which `z` deviations are passed, at most 0.95."""
        return np.minimum(z * self.deviation, MOST_LIMIT)


def tracking_signal(error: FloatArray, judged: BoolArray) -> Signal:
    """Smoothed error over smoothed absolute error, along the first axis, the oldest step first.

    Errors are forecast - sold; a step that is not judged is passed over. Both sums start at 0, so that they
    are weighted alike from the first step on. With weights w and independent normal errors the signal
    scatters by about sqrt(sum w^2) / sum w / sqrt(2 / pi).

    Source: Trigg (1964), Monitoring a forecasting system, Operational Research Quarterly 15(3); the ratio of
    summed error to mean absolute deviation is Brown's (1963), Smoothing, Forecasting and Prediction of
    Discrete Time Series, Prentice-Hall.
    """
    shape = error.shape[1:]
    signed, absolute, weight, squares = (np.zeros(shape) for _ in range(4))
    kept = 1.0 - SMOOTHING
    for e, counts in zip(error, judged, strict=True):
        step = np.where(counts, e, 0.0)
        signed = np.where(counts, kept * signed + step, signed)
        absolute = np.where(counts, kept * absolute + np.abs(step), absolute)
        weight = np.where(counts, kept * weight + 1.0, weight)
        squares = np.where(counts, kept**2 * squares + 1.0, squares)
    unknown = np.full(shape, np.nan)
    value = np.divide(signed, absolute, out=unknown.copy(), where=absolute > 0)
    scatter = np.divide(np.sqrt(squares), weight, out=unknown, where=weight > 0) / MEAN_OF_ABSOLUTE
    return Signal(value, scatter)


def surprise(mean: FloatArray, dispersion: FloatArray, came: FloatArray, judged: BoolArray) -> FloatArray:
    """(said - sold) of all judged steps of each series over its standard deviation, shape (series,).

    With the variance that the forecast itself told, mean + dispersion x mean^2, steps taken as independent.
    Unlike a tracking signal it is no surprise that a rare item sells nothing for weeks. NaN where none was
    said to vary. Arrays have shape (steps, series).
    """
    error = np.where(judged, mean - came, 0.0).sum(axis=0)
    variance = np.where(judged, mean + dispersion * mean**2, 0.0).sum(axis=0)
    found: FloatArray = np.divide(
        error, np.sqrt(variance), out=np.full(error.shape, np.nan), where=variance > 0
    )
    return found


@dataclass(frozen=True, slots=True)
class Share:
    """A share and the interval that it lies in with the confidence asked for."""

    value: float
    low: float
    high: float


def share_of(hits: FloatArray, cells: FloatArray, *, confidence: float) -> Share:
    """The share of hits among cells that come in steps, shapes (steps,), with its binomial interval.

    Series of one step share what the whole market did. So cells count for less than one each, by how much
    the shares of the steps scatter more than single cells would (quasi-binomial; never for more than one).

    Sources: Wilson (1927), Probable inference, Journal of the American Statistical Association 22(158), for
    the interval; McCullagh & Nelder (1989), Generalized Linear Models, Chapman & Hall, 4.5, for the scatter.
    """
    total = float(cells.sum())
    if total == 0:
        return Share(float("nan"), 0.0, 1.0)
    share = float(hits.sum()) / total
    some = cells > 0
    excess = 1.0
    if 0.0 < share < 1.0 and some.sum() > 1:
        scatter = float((((hits[some] - cells[some] * share) ** 2) / cells[some]).sum())
        excess = max(scatter / (share * (1.0 - share)) / float(some.sum() - 1), 1.0)
    n, z = total / excess, float(stats.norm.ppf(0.5 + confidence / 2.0))
    center = (share + z**2 / (2.0 * n)) / (1.0 + z**2 / n)
    half = z / (1.0 + z**2 / n) * float(np.sqrt(share * (1.0 - share) / n + z**2 / (4.0 * n**2)))
    return Share(share, max(center - half, 0.0), min(center + half, 1.0))
