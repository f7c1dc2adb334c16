"""Learn from rehearsed forecasts how wide quantiles are and which family of them loses least.

Per class of demand and bucket of steps. Three families stand against each other on origins that they were
not learned from; the plain one, the negative binomial, is kept unless another saves clearly more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from forecasting import buckets
from forecasting.buckets import ORIGINS_A_WINDOW
from forecasting.classes import CLASSES
from forecasting.measures import quantile_loss
from forecasting.quantiles.calibration import GRID, Calibration, Family, uncalibrated, units_at
from forecasting.quantiles.levels import LEAST_MEAN, LEVELS

if TYPE_CHECKING:
    from forecasting.history import BoolArray, FloatArray, Grain, IntArray

FACTORS = tuple(2.0 ** (k / 2) for k in (0, 1, -1, 2, -2, 3, -3, 4, -4))
"""Tried on the dispersion: a quarter to four times, in steps of the square root of 2. The nearest to 1 come
first and are taken where others do as well: quantiles that are all 0 say nothing of a width."""
BELIEF = 400.0  # series x steps of evidence that weigh as much as no correction
LARGEST_MOVE, HALVINGS = 3.0, 12  # of the market: a factor of 8 either way, to a thousandth
LEAST_GAIN = 0.01  # of the loss on origins not learned from: what another family has to save
FEWEST_ORIGINS = 4  # below, there is nothing to hold back


@dataclass(frozen=True, slots=True)
class _Past:
    """Rehearsed forecasts; shapes (origins, series, steps)."""

    mean: FloatArray
    dispersion: FloatArray
    sold: FloatArray


def calibrate(
    mean: FloatArray, dispersion: FloatArray, sold: FloatArray, classes: IntArray, *, grain: Grain
) -> Calibration:
    """Learn widths, families and maps.

    Parameters
    ----------
    mean, dispersion, sold
        Shape (origins, series, steps), the earliest origin first; NaN where there is nothing to learn from.
    classes
        Class of every series at every origin, shape (origins, series).
    """
    made = uncalibrated()
    past = _Past(mean, dispersion, sold)
    bucket = buckets.bucket_of_steps(mean.shape[2], grain)
    known = ~np.isnan(mean) & ~np.isnan(sold) & (mean > LEAST_MEAN)
    families = [list(row) for row in made.families]
    for code in range(len(CLASSES)):
        of_class = known & (classes == code)[:, :, None]
        for number in range(buckets.COUNT):
            cells = of_class & (bucket == number)[None, None, :]
            if not cells.any():
                continue
            family = _best_family(past, cells)
            families[code][number] = family
            made.widths[code, number] = _width(past, cells)
            made.maps[code, number] = _map(family, past, cells, made.widths[code, number])
    return Calibration(tuple(tuple(row) for row in families), made.widths, made.maps)


def _best_family(past: _Past, cells: BoolArray) -> Family:
    """The family that loses clearly less on the later half of the origins, learned on the earlier half,
    and on the earlier half, learned on the later; the negative binomial if none does both."""
    origins = np.flatnonzero(cells.any(axis=(1, 2)))
    if len(origins) < FEWEST_ORIGINS:
        return Family.NEGATIVE_BINOMIAL
    early, late = cells.copy(), cells.copy()
    middle = origins[len(origins) // 2]
    early[middle:], late[:middle] = False, False
    first, second = _held_out(past, early, late), _held_out(past, late, early)
    gains = {family: min(first[family], second[family]) for family in Family}
    best = max(gains, key=lambda family: gains[family])
    return best if gains[best] > LEAST_GAIN else Family.NEGATIVE_BINOMIAL


def _held_out(past: _Past, learned_on: BoolArray, judged_on: BoolArray) -> dict[Family, float]:
    """By family: the share of the negative binomial's loss that it saves on origins not learned from."""
    width = _width(past, learned_on)
    loss = {
        family: _loss(family, _map(family, past, learned_on, width), width, past, judged_on)
        for family in Family
    }
    plain = loss[Family.NEGATIVE_BINOMIAL]
    return {family: 1.0 - loss[family] / plain if plain > 0 else 0.0 for family in Family}


def _map(family: Family, past: _Past, cells: BoolArray, width: float) -> FloatArray:
    """The map of a family, drawn to that of the plain one as far as evidence is thin."""
    if family is Family.NEGATIVE_BINOMIAL:
        return GRID
    if family is Family.CONFORMAL:
        trust = _trust(cells)
        read: FloatArray = trust * _read_at(*_centered(past, cells, width)) + (1.0 - trust) * GRID
        return read
    ratios = past.sold[cells] / past.mean[cells]
    map_of_ratios: FloatArray = np.quantile(ratios, GRID, method="higher")
    return map_of_ratios


def _centered(past: _Past, cells: BoolArray, width: float) -> tuple[FloatArray, FloatArray]:
    """P(D < y) and P(D <= y) of what came, shape (cells,), after each origin's means are moved by one factor.

    The factor puts the mean of the two in the middle. A dozen overlapping origins know next to nothing of
    whether the whole market will rise or fall once more, but much of how series scatter around it: the
    map learns the shape, not last season's luck.
    """
    low, high = np.zeros(past.mean.shape), np.zeros(past.mean.shape)
    for origin in np.flatnonzero(cells.any(axis=(1, 2))).tolist():
        at = cells[origin]
        mu, alpha, came = past.mean[origin][at], past.dispersion[origin][at] * width, past.sold[origin][at]
        least, most = -LARGEST_MOVE, LARGEST_MOVE
        for _ in range(HALVINGS):
            middle = 0.5 * (least + most)
            below, up_to = _below(mu * 2.0**middle, alpha, came), _below(mu * 2.0**middle, alpha, came + 1.0)
            least, most = (middle, most) if (below + up_to).mean() > 1.0 else (least, middle)
        low[origin][at], high[origin][at] = below, up_to
    return low[cells], high[cells]


def _trust(cells: BoolArray) -> float:
    """Between 0 (no evidence) and 1. Many series at one origin share what the whole market did."""
    count, windows = float(cells.sum()), float(cells.any(axis=(1, 2)).sum()) / ORIGINS_A_WINDOW
    return count / (count + BELIEF) * windows / (windows + 1.0)


def _width(past: _Past, cells: BoolArray) -> float:
    """The factor of `FACTORS` with the least quantile loss, drawn to 1 as far as evidence is thin."""
    losses = [_loss(Family.NEGATIVE_BINOMIAL, GRID, factor, past, cells) for factor in FACTORS]
    return float(FACTORS[int(np.argmin(losses))] ** _trust(cells))


def _loss(family: Family, levels: FloatArray, width: float, past: _Past, cells: BoolArray) -> float:
    """Quantile loss in units of some cells, with a map of levels as `Calibration.maps` has them."""
    mean, dispersion = past.mean[cells][:, None], past.dispersion[cells][:, None] * width
    units = units_at(family, np.interp(LEVELS, GRID, levels), mean, dispersion)[:, 0]
    return float(quantile_loss(past.sold[cells], units.astype(np.float64), LEVELS).sum())


def _read_at(low: FloatArray, high: FloatArray) -> FloatArray:
    """For each level of `GRID`, the level below which that share of what came would have been read.

    A count has no single probability: it takes all from P(D < y) to P(D <= y). F(u) = mean of
    clip((u - P(D < y)) / P(D = y), 0, 1) over all that came is the share read below u, and its inverse is the
    map. Source: Czado, Gneiting & Held (2009), Predictive model assessment for count data, Biometrics 65(4).
    """
    fine = np.linspace(0.0, 1.0, 1001)
    share = _mean_clipped(low, high, fine)
    share = np.maximum.accumulate(share)
    share[0], share[-1] = 0.0, 1.0
    rising = np.concatenate([[True], np.diff(share) > 1e-12])
    levels: FloatArray = np.interp(GRID, share[rising], fine[rising])
    return levels


def _mean_clipped(low: FloatArray, high: FloatArray, at: FloatArray) -> FloatArray:
    """Mean of clip((u - low) / (high - low), 0, 1) for each u, without a matrix of all pairs."""
    width = np.maximum(high - low, 1e-12)
    order_low, order_high = np.argsort(low), np.argsort(high)
    slope = 1.0 / width
    began = np.searchsorted(low[order_low], at, side="right")
    ended = np.searchsorted(high[order_high], at, side="right")
    slope_began = np.concatenate([[0.0], np.cumsum(slope[order_low])])[began]
    lift_began = np.concatenate([[0.0], np.cumsum((slope * low)[order_low])])[began]
    slope_ended = np.concatenate([[0.0], np.cumsum(slope[order_high])])[ended]
    lift_ended = np.concatenate([[0.0], np.cumsum((slope * low)[order_high])])[ended]
    running = at * (slope_began - slope_ended) - (lift_began - lift_ended)
    mean: FloatArray = (running + ended) / len(low)
    return np.clip(mean, 0.0, 1.0)


def _below(mean: FloatArray, dispersion: FloatArray, units: FloatArray) -> FloatArray:
    """P(D < units) of a negative binomial, by the incomplete beta function."""
    shape = 1.0 / np.maximum(dispersion, 1e-6)
    inside = special.betainc(shape, np.maximum(units, 1.0), shape / (shape + mean))
    below: FloatArray = np.where(units > 0, inside, 0.0)
    return below
