"""The first sale of a series that begins with it: a step that is there because it sold says too much.

Sales lines know an item from its first sale on. Of an item that sells in every fifth week, that week always
has a sale, so a young one looks far busier than it is. How much of such a step counts is said here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecasting.history import FloatArray

BY_SALE = 0.95  # share of series that begin with a sale, from which on that is how they are made


def begin_with_sale(units: FloatArray) -> bool:
    """Whether series begin when they first sell and not when they are listed, by their first steps.

    A few first steps without a unit may be sales that were returned.
    """
    return len(units) > 0 and float((units > 0).mean()) >= BY_SALE


def chance_of_sale(level: float, dispersion: float) -> float:
    """Probability that a step sells, negative binomial with variance = mean + dispersion x mean^2."""
    if dispersion < 1e-9:
        return float(-np.expm1(-level))
    return float(-np.expm1(-np.log1p(dispersion * level) / dispersion))


def share_that_counts(later: FloatArray, chance: float) -> float:
    """How much of the units of a first sale to count, 0 to 1.

    Units of a step, given that it sold, exceed the level by one over the probability of selling: so they
    count by that probability. It is the share of the later steps that sold, `chance` counting as one step.
    """
    return (float((later > 0).sum()) + chance) / (len(later) + 1.0)
