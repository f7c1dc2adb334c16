"""Levels of quantiles, and the variance of a negative binomial: variance = mean + dispersion x mean^2."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecasting.history import FloatArray

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99)
LEAST_MEAN = 1e-3  # units; where less was said there is no error or ratio to learn from


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


def variance(mean: FloatArray, dispersion: FloatArray) -> FloatArray:
    """Variance in units^2, shape (series, periods)."""
    spread: FloatArray = mean + dispersion * mean**2
    return spread
