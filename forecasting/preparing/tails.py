"""What a negative binomial says once demand is known to be at least so much. Closed forms, no fitting.

Variance = mean + dispersion x mean^2, as everywhere in forecasting; with shape k = 1 / dispersion and chance
of failure q = mean / (k + mean), P(D >= c) is the regularized incomplete beta function I_q(c, k).
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from forecasting.history import FloatArray

VANISHING = 1e-200  # below it quotients of tails lose their digits


@dataclass(frozen=True, slots=True)
class Tail:
    """Demand given that it reached a bound: its chance before that was known, its mean and its variance."""

    log_chance: FloatArray
    mean: FloatArray
    variance: FloatArray


def tail(bound: FloatArray, *, mean: FloatArray, dispersion: FloatArray | float) -> Tail:
    """The negative binomial with `mean` and `dispersion`, given that demand is at least `bound`.

    The factorial moments of a tail are tails of a negative binomial with a larger shape and the same q, since
    x f_k(x) = mean f_{k+1}(x - 1): E[D | D >= c] = mean P_{k+1}(D >= c - 1) / P_k(D >= c), and
    E[D (D - 1) | D >= c] = mean^2 (1 + dispersion) P_{k+2}(D >= c - 2) / P_k(D >= c).
    Where P vanishes the tail is taken as geometric with the quotient of its first two terms.

    Parameters
    ----------
    bound
        Units, not negative; a broken unit counts as the next whole one. Broadcasts with the others.
    mean
        Units, above 0.
    dispersion
        Above 0.

    Source: Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, 3rd edition, chapter 5 (the
    incomplete beta function); Agrawal & Smith (1996) as in `forecasting.preparing.censoring`.
    """
    c, shape = np.ceil(bound), 1.0 / np.asarray(dispersion, dtype=np.float64)
    q = mean / (shape + mean)
    chance = _reaches(c, shape, q)
    vanishes = chance < VANISHING
    safe = np.where(vanishes, 1.0, chance)
    quotient = np.minimum((shape + c) / (c + 1.0) * q, 1.0 - 1e-9)
    expected = np.where(
        vanishes,
        c + quotient / (1.0 - quotient),
        np.maximum(mean * _reaches(c - 1.0, shape + 1.0, q) / safe, c),
    )
    pairs = mean**2 * (1.0 + 1.0 / shape) * _reaches(c - 2.0, shape + 2.0, q) / safe
    spread = np.where(
        vanishes, quotient / (1.0 - quotient) ** 2, np.maximum(pairs + expected - expected**2, 0.0)
    )
    first = log_mass_constant(c, shape) + special.xlogy(c, q) - shape * np.log1p(mean / shape)
    log_chance = np.where(vanishes, first - np.log1p(-quotient), np.log(safe))
    return Tail(log_chance, expected, spread)


def log_mass_constant(units: FloatArray, shape: FloatArray | float) -> FloatArray:
    """The part of the logarithm of the probability of `units` that no mean changes."""
    constant: FloatArray = (
        special.gammaln(units + shape) - special.gammaln(shape) - special.gammaln(units + 1)
    )
    return constant


def _reaches(bound: FloatArray, shape: FloatArray, q: FloatArray) -> FloatArray:
    """P(D >= bound), for whole bounds of any sign."""
    chance: FloatArray = np.where(bound > 0, special.betainc(np.maximum(bound, 1.0), shape, q), 1.0)
    return chance
