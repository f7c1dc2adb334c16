"""How far forecasts were from what came: losses, ratios, calibration. It makes no forecast and picks no data.

Everything is summed per origin first (`sums_of`) and becomes a ratio afterwards (`measures_of`), so that
the bootstrap can draw origins again without a second look at the cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from forecasting.history import BoolArray, FloatArray, IntArray
from fulfillment.errors import InvalidInput

CALIBRATED = (0.5, 0.75, 0.9, 0.95, 0.99)
"""Levels whose calibration is measured: those that stock is planned with."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What measures are ratios of: one entry per origin, summed over series and steps.

    Parameters
    ----------
    levels
        Levels of the quantiles, rising.
    cells
        Series x steps judged.
    units
        Units that came.
    loss, absolute, signed
        Quantile loss, absolute error and error (forecast - came) of the mean, in units.
    scaled, scaled_series, constant_series
        RMSSE summed over the series that have a scale, their number, and the number of those judged
        that have none.
    below, at_or_below
        Cells below, and at or below, each quantile, shape (origins, levels).
    """

    levels: tuple[float, ...]
    cells: FloatArray
    units: FloatArray
    loss: FloatArray
    absolute: FloatArray
    signed: FloatArray
    scaled: FloatArray
    scaled_series: FloatArray
    constant_series: FloatArray
    below: FloatArray
    at_or_below: FloatArray


@dataclass(frozen=True, slots=True)
class Measures:
    """Ratios of sums, an entry per draw of origins; NaN where nothing sold or no series has a scale.

    Parameters
    ----------
    wql
        Weighted quantile loss: twice the pinball loss / units, mean over the levels.
    wape, bias
        Absolute error, and error, of the mean / units; a bias above 0 is too much.
    rmsse
        Mean over series and origins of the root mean squared scaled error.
    below, at_or_below
        Share of cells below, and at or below, each quantile, shape (draws, levels).
    distances
        Of each level of `CALIBRATED` that was asked for, how far it lies outside its two shares.
    calibration
        Mean of the distances; 0 is calibrated.
    """

    wql: FloatArray
    wape: FloatArray
    bias: FloatArray
    rmsse: FloatArray
    below: FloatArray
    at_or_below: FloatArray
    distances: FloatArray
    calibration: FloatArray


def quantile_loss(came: FloatArray, spread: FloatArray, levels: Sequence[float]) -> FloatArray:
    """Twice the pinball loss, mean over the levels, in units; the shape of `came`.

    `spread` has one more axis than `came`, the levels. Source: Gneiting (2011), Quantiles as optimal
    point forecasts, International Journal of Forecasting 27(2); the factor 2 makes the median's loss
    the absolute error.
    """
    error = came[..., None] - spread
    level = np.asarray(levels, dtype=np.float64)
    mean: FloatArray = 2.0 * np.maximum(level * error, (level - 1.0) * error).mean(axis=-1)
    return mean


def naive_scale(units: FloatArray, starts: IntArray, observed: BoolArray) -> FloatArray:
    """Mean squared error of the one-step naive forecast of each series from its first sale on, units^2.

    Only steps that are observed together with the one before them count. 0 where a series is constant
    or has no two such steps: it has no scale. Source: Hyndman & Koehler (2006), Another look at measures
    of forecast accuracy, International Journal of Forecasting 22(4); squared as in Makridakis,
    Spiliotis & Assimakopoulos (2022), M5 accuracy competition, International Journal of Forecasting 38(4).
    """
    scale = np.zeros(len(starts) - 1)
    for i, (start, end) in enumerate(pairwise(starts)):
        sold = np.flatnonzero(observed[start:end] & (units[start:end] > 0))
        if len(sold) == 0:
            continue
        since = slice(start + sold[0], end)
        counts = observed[since][1:] & observed[since][:-1]
        change = np.diff(units[since])[counts]
        scale[i] = float((change**2).mean()) if len(change) else 0.0
    return scale


def sums_of(
    came: FloatArray,
    mean: FloatArray,
    spread: FloatArray,
    *,
    levels: Sequence[float],
    judged: BoolArray,
    scale: FloatArray,
) -> Sums:
    """Sum up per origin what one model said against what came.

    Parameters
    ----------
    came, mean
        Units per step, shape (origins, series, steps).
    spread
        Quantiles in units, shape (origins, series, steps, levels).
    judged
        Where what came counts, shape as `came`.
    scale
        Of each series at each origin (`naive_scale`), shape (origins, series); 0 where it has none.

    Raises
    ------
    InvalidInput
        The model said nothing, or no number, of a cell that is judged.
    """
    silent = judged & ~(np.isfinite(mean) & np.isfinite(spread).all(axis=-1))
    if silent.any():
        at = tuple(int(i) for i in np.argwhere(silent)[0])
        raise InvalidInput(
            f"no forecast of {int(silent.sum())} judged steps, first of (origin, series, step) {at}",
            pointer="/mean",
            fix="Let a reference stand in, or judge only what was forecast",
        )
    error = np.where(judged, mean - came, 0.0)
    loss = np.where(judged, quantile_loss(came, spread, levels), 0.0)
    steps = judged.sum(axis=2)
    has_scale = (steps > 0) & (scale > 0)
    squared = (error**2).sum(axis=2) / np.maximum(steps, 1)
    scaled = np.sqrt(np.divide(squared, scale, out=np.zeros_like(squared), where=has_scale))
    return Sums(
        levels=tuple(levels),
        cells=steps.sum(axis=1).astype(np.float64),
        units=np.where(judged, came, 0.0).sum(axis=(1, 2)),
        loss=loss.sum(axis=(1, 2)),
        absolute=np.abs(error).sum(axis=(1, 2)),
        signed=error.sum(axis=(1, 2)),
        scaled=scaled.sum(axis=1),
        scaled_series=has_scale.sum(axis=1).astype(np.float64),
        constant_series=((steps > 0) & ~has_scale).sum(axis=1).astype(np.float64),
        below=(judged[..., None] & (came[..., None] < spread)).sum(axis=(1, 2)).astype(np.float64),
        at_or_below=(judged[..., None] & (came[..., None] <= spread)).sum(axis=(1, 2)).astype(np.float64),
    )


def measures_of(sums: Sums, weights: IntArray | None = None) -> Measures:
    """The measures of each draw of origins.

    Parameters
    ----------
    weights
        How often each origin counts in each draw, shape (draws, origins); by default once, in one draw.
    """
    drawn = np.ones((1, len(sums.cells))) if weights is None else weights.astype(np.float64)
    units, cells = drawn @ sums.units, drawn @ sums.cells
    below = _ratio(drawn @ sums.below, cells[:, None])
    at_or_below = _ratio(drawn @ sums.at_or_below, cells[:, None])
    distances = calibration_distances(sums.levels, below, at_or_below)
    return Measures(
        wql=_ratio(drawn @ sums.loss, units),
        wape=_ratio(drawn @ sums.absolute, units),
        bias=_ratio(drawn @ sums.signed, units),
        rmsse=_ratio(drawn @ sums.scaled, drawn @ sums.scaled_series),
        below=below,
        at_or_below=at_or_below,
        distances=distances,
        calibration=distances.mean(axis=1) if distances.shape[1] else np.full(len(drawn), np.nan),
    )


def calibration_distances(levels: Sequence[float], below: FloatArray, at_or_below: FloatArray) -> FloatArray:
    """How far each level of `CALIBRATED` lies outside [share below, share at or below]; 0 inside.

    Demand is whole units, so a calibrated quantile is not met by one share: the level lies between the
    two. Source: Czado, Gneiting & Held (2009), Predictive model assessment for count data, Biometrics
    65(4).
    """
    at = [i for i, level in enumerate(levels) if level in CALIBRATED]
    level = np.asarray(levels, dtype=np.float64)[at]
    distance: FloatArray = np.maximum(np.maximum(below[:, at] - level, level - at_or_below[:, at]), 0.0)
    return distance


def _ratio(total: FloatArray, by: FloatArray) -> FloatArray:
    whole = np.broadcast_to(by, total.shape)
    ratio: FloatArray = np.divide(total, whole, out=np.full(total.shape, np.nan), where=whole > 0)
    return ratio
