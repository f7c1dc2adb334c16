"""Quantiles of negative binomials in a compiled loop: from mean and dispersion to units. It learns none."""

import numpy as np
from scipy import stats

from compiled import compiled
from forecasting.history import FloatArray, IntArray
from fulfillment.errors import InvalidInput

POISSON_BELOW = 1e-6
MOST_UNITS = 20_000  # beyond, summing up probabilities takes longer than scipy does
LEAST_LOG = -600.0  # a probability below e to this is kept by its logarithm
RESCALE, LOG_RESCALE = 1e200, 200.0 * float(np.log(10.0))


def negative_binomial_quantiles(mean: FloatArray, dispersion: FloatArray, levels: FloatArray) -> IntArray:
    """Smallest whole units whose probability of not being exceeded reaches each level.

    Probabilities are summed up from 0 units on, each from the one before. What is not reached with 20,000
    units is left to scipy.

    Parameters
    ----------
    mean
        Units per step, shape (series, horizon), finite and not negative.
    dispersion
        Of the same shape, finite and not negative: variance = mean + dispersion x mean^2. Below 1e-6
        Poisson is used.
    levels
        Between 0 and 1 and rising, shape (levels,).

    Returns
    -------
    array of int
        Units per step, shape (series, horizon, levels).

    Raises
    ------
    InvalidInput
        A mean or a dispersion that is negative or no finite number, or shapes that differ.
    """
    for name, array in (("mean", mean), ("dispersion", dispersion)):
        if not (np.isfinite(array) & (array >= 0)).all():
            _refuse(name, f"{name} is finite and not negative", "Leave out what no forecast was made of")
    if mean.ndim != 2 or mean.shape != dispersion.shape:
        what = f"mean has shape {mean.shape}, dispersion {dispersion.shape}"
        _refuse("dispersion", what, "Give both as (series, horizon)")
    probability = np.ascontiguousarray(levels, dtype=np.float64)
    units = np.full((mean.size, len(probability)), -1, dtype=np.int64)
    mu, spread = _flat(mean), np.where(_flat(dispersion) < POISSON_BELOW, 0.0, _flat(dispersion))
    _count_up(mu, spread, probability, units)
    left = (units < 0).any(axis=1)
    if left.any():
        units[left] = units_at(probability, mean=mu[left, None], dispersion=spread[left, None])
    return units.reshape(*mean.shape, len(probability))


def units_at(probability: FloatArray, *, mean: FloatArray, dispersion: FloatArray) -> IntArray:
    """The same, each with a probability of its own: all broadcast. Slower; for few or large means."""
    is_poisson = dispersion < POISSON_BELOW
    shape = 1.0 / np.where(is_poisson, 1.0, dispersion)
    spread = stats.nbinom.ppf(probability, shape, shape / (shape + mean))
    units: IntArray = np.where(is_poisson, stats.poisson.ppf(probability, mean), spread).astype(np.int64)
    return units


def at_most(units: IntArray, *, mean: FloatArray, dispersion: FloatArray) -> FloatArray:
    """The probability that demand is at most so many units; all broadcast. Below 0 units it is 0."""
    is_poisson = dispersion < POISSON_BELOW
    shape = 1.0 / np.where(is_poisson, 1.0, dispersion)
    spread = stats.nbinom.cdf(units, shape, shape / (shape + mean))
    probability: FloatArray = np.where(is_poisson, stats.poisson.cdf(units, mean), spread)
    return probability


def _refuse(name: str, what: str, fix: str) -> None:
    raise InvalidInput(what, pointer=f"/{name}", fix=fix)


def _flat(array: FloatArray) -> FloatArray:
    return np.ascontiguousarray(array, dtype=np.float64).ravel()


@compiled
def _count_up(mean: FloatArray, dispersion: FloatArray, levels: FloatArray, units: IntArray) -> None:
    """Quantiles of each mean that needs no more than `MOST_UNITS`; the others stay as they are.

    P(0) = (1 + am)^(-1/a) and P(k + 1) = P(k) x (m + amk) / (1 + am) / (k + 1), of Poisson with a = 0. While
    the first ones are too small for a float, they are kept multiplied by e^-`below`.
    """
    for i in range(len(mean)):
        m, a = mean[i], dispersion[i]
        if m > MOST_UNITS:
            continue
        grown = 1.0 + a * m
        log_first = -np.log1p(a * m) / a if a > 0 else -m
        below = log_first if log_first < LEAST_LOG else 0.0
        chance = np.exp(log_first - below)
        reached, found = chance, 0
        for k in range(MOST_UNITS + 1):
            if below < 0.0:
                if chance > RESCALE:
                    below += LOG_RESCALE
                    chance /= RESCALE
                    reached /= RESCALE
                    if below > LEAST_LOG:
                        chance *= np.exp(below)
                        reached *= np.exp(below)
                        below = 0.0
            else:
                while found < len(levels) and reached >= levels[found]:
                    units[i, found] = k
                    found += 1
                if found == len(levels):
                    break
            chance *= (m + a * m * k) / (grown * (k + 1))
            reached += chance
