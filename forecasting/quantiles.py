"""Negative-binomial quantiles around a mean: how spread, per series, and which quantile.

Variance = mean + dispersion x mean^2; dispersion 0 is Poisson. The dispersion of a series is learned
from its own errors and drawn toward that of all series as far as its own evidence is weak.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from forecasting.history import FloatArray, History, IntArray
from forecasting.models import ModelRun
from fulfillment.errors import InvalidInput

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99)
MAX_DISPERSION = 25.0
UNKNOWN_DISPERSION = 1.0  # of a pool without a single error to learn from: geometric-like demand


def check_levels(levels: Sequence[float]) -> tuple[float, ...]:
    """Levels strictly between 0 and 1, rising."""
    rising = all(a < b for a, b in pairwise(levels))
    if not levels or not rising or not 0 < levels[0] <= levels[-1] < 1:
        raise InvalidInput(
            f"levels {tuple(levels)}: levels rise strictly between 0 and 1",
            pointer="/levels",
            fix="Sort them, drop duplicates, and keep them between 0 and 1",
        )
    return tuple(float(level) for level in levels)


def quantiles(mean: FloatArray, dispersion: FloatArray, levels: Sequence[float]) -> IntArray:
    """Smallest whole units whose probability of not being exceeded reaches each level.

    Parameters
    ----------
    mean
        Units per week, shape (series, periods), finite; below 0 counts as none.
    dispersion
        Shape (series, periods), not negative; below 1e-6 Poisson is used.
    levels
        Rising, shape (levels,).

    Returns
    -------
    array of int
        Units per week, shape (series, periods, levels).

    Raises
    ------
    InvalidInput
        A mean that is no finite number, or a dispersion that is none or negative.
    """
    # Here and not at the top: it loads the compiler, which whoever only reads forecasts does not need.
    from forecasting.negative_binomial import negative_binomial_quantiles

    return negative_binomial_quantiles(np.maximum(mean, 0.0), dispersion, np.asarray(levels))


def variance(mean: FloatArray, dispersion: FloatArray) -> FloatArray:
    """Variance in units^2, shape (series, periods)."""
    spread: FloatArray = mean + dispersion * mean**2
    return spread


def learn_pooled_dispersion(history: History, run: ModelRun, *, horizon: int) -> float:
    """The mean of the dispersions of all series, each weighted by how well it is known."""
    own, one_over_mean, weeks = _own(history, run, horizon)
    if not weeks.any():
        return UNKNOWN_DISPERSION
    weight = weeks / (1.0 + one_over_mean) ** 2
    return float((weight * own).sum() / weight.sum())


def learn_dispersion(history: History, run: ModelRun, *, horizon: int, pooled: float) -> FloatArray:
    """Dispersion per series and step from what the model said of its own past.

    Moment estimate: sum((y - f)^2 - f) / sum(f^2), over all weeks and, for a model that forecasts a
    level, all steps up to `horizon` (what it said of week t against week t + step), so that the spread
    is that of the steps forecast and not of the next week alone.

    Shrinkage: the estimate of a series with mean m and n weeks has a variance of about
    2 (a + 1/m)^2 / n (that of a squared error with variance m + a m^2, over m^4); a is the pooled
    value. Series are taken to scatter around a with standard deviation a, which gives the weight of a
    series' own estimate, a^2 / (a^2 + its variance).

    Returns
    -------
    array of float
        Shape (series, horizon), from 0 (Poisson) to `MAX_DISPERSION`.
    """
    own, one_over_mean, weeks = _own(history, run, horizon)
    noise = 2.0 * (pooled + one_over_mean) ** 2 / np.maximum(weeks, 1.0)
    is_known = (weeks > 0) & (noise > 0)
    trust = np.where(is_known, pooled**2 / np.maximum(pooled**2 + noise, 1e-300), 0.0)
    shrunk: FloatArray = trust * own + (1.0 - trust) * pooled
    return np.repeat(shrunk[:, None], horizon, axis=1)


def _own(history: History, run: ModelRun, horizon: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Per series: its own estimate, 1 / its mean, and weeks of evidence (0: none)."""
    excess, scale, level, weeks = _errors(history, run, steps=horizon if run.is_level else 1)
    has_errors = (weeks > 0) & (scale > 0)
    own = np.clip(np.divide(excess, scale, out=np.zeros_like(excess), where=has_errors), 0.0, MAX_DISPERSION)
    one_over_mean = np.divide(1.0, level, out=np.zeros_like(level), where=has_errors)
    return own, one_over_mean, np.where(has_errors, weeks, 0.0)


def _errors(
    history: History, run: ModelRun, *, steps: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Per series: sum of (error^2 - forecast), sum of forecast^2, mean forecast, weeks of evidence."""
    series = history.series_of_entry
    excess, scale, total, count = (np.zeros(len(history)) for _ in range(4))
    for step in range(min(steps, len(series))):
        said = run.fitted[: len(series) - step]
        came = history.units[step:]
        counts = np.isfinite(said) & history.observed[step:] & (series[: len(series) - step] == series[step:])
        who, f, y = series[step:][counts], said[counts], came[counts]
        excess += np.bincount(who, (y - f) ** 2 - f, len(history))
        scale += np.bincount(who, f**2, len(history))
        total += np.bincount(who, f, len(history))
        count += np.bincount(who, minlength=len(history))
    return excess, scale, np.divide(total, count, out=np.zeros_like(total), where=count > 0), count / steps
