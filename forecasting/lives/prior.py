"""What is expected of an item before it sells, and how its own sales take over. Plain numbers, one series.

Where the expectation comes from is said in `forecasting.lives.analogues` and `forecasting.lives.places`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecasting.quantiles.spread import MAX_DISPERSION, UNKNOWN_DISPERSION

if TYPE_CHECKING:
    from forecasting.history import Grain

OWN_WEEKS = (1 / 7, 26.0)  # limits of how long own sales take to count as much as what was expected
NEGLIGIBLE = 1e-9  # a level that is as good as none


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What is known of a sku from other places.

    Parameters
    ----------
    sku_level
        Units per step that it sells at a usual place.
    place_factor
        How much this place sells of a usual sku, 1 as a usual place.
    has_sold
        Whether the factor was learned from what the place sold, or only from what it is like.
    """

    sku_level: float
    place_factor: float
    has_sold: bool


@dataclass(frozen=True, slots=True)
class Prior:
    """What is expected of a series.

    Parameters
    ----------
    level
        Units per step at the usual level.
    spread
        Squared coefficient of variation of that level: how little is known.
    dispersion
        Of a step around its level: variance = mean + dispersion x mean^2.
    sources
        Up to ten `unique_id`s it comes from, nearest first; none where it comes from all known series.
    count
        How many series it comes from; 0 where that is told by `elsewhere`.
    elsewhere
        What it comes from if the sku is known at other places.
    """

    level: float
    spread: float
    dispersion: float
    sources: tuple[str, ...] = ()
    count: int = 0
    elsewhere: Elsewhere | None = None


NOTHING_KNOWN = Prior(0.0, 0.0, UNKNOWN_DISPERSION)


@dataclass(frozen=True, slots=True)
class Updated:
    """The level after own sales, the dispersion of a step around it, and the weight of the own sales."""

    level: float
    dispersion: float
    own_weight: float


def update(prior: Prior, units: float, exposure: float, steps: int, grain: Grain) -> Updated:
    """Let `units` sold in `steps` steps speak; `exposure` is what the steps count, 1 each at the usual level.

    The mean of a gamma distribution after Poisson sales: shape a = 1 / spread and rate b = a / level become
    (a + s units) / (b + s exposure). A step counts s = 1 / (1 + dispersion x level), the less, the more it
    varies beyond a Poisson step; with the level that is arrived at, so that an item that is found to sell
    slowly is soon believed, whatever was expected. Above the expected level it is with that one: few sell far
    more than expected, but more than a gamma distribution has. Own sales count as much as what was expected
    after a day at the earliest, since a launch may begin slowly, and after half a year at the latest. The
    variance left of the level is 1 / (1 / spread + n / (1 / level + dispersion)) after n steps, and widens
    the dispersion.

    Source: Bühlmann & Gisler (2005), A course in credibility theory and its applications, Springer, 2.4
    (Poisson and gamma); the weight of a step is that of quasi-likelihood with a variance of
    level + dispersion x level^2.
    """
    if prior.level < NEGLIGIBLE:
        own = units / exposure if exposure > 0 else 0.0
        return Updated(own, prior.dispersion, 1.0 if steps else 0.0)
    few, most = (weeks * 7 / grain.days for weeks in OWN_WEEKS)
    shape = 1.0 / max(prior.spread, (1.0 / prior.level + prior.dispersion) / most)
    rate = shape / prior.level
    level = min(_level(shape, rate, units, exposure, prior.dispersion), prior.level)
    counted = exposure / (1.0 + prior.dispersion * level)
    weight = min(counted / (rate + counted), steps / (steps + few))
    level = weight * units / exposure + (1.0 - weight) * prior.level if weight else prior.level
    left = prior.spread / (1.0 + prior.spread * steps / (1.0 / level + prior.dispersion))
    dispersion = (1.0 + prior.dispersion) * (1.0 + left) - 1.0
    return Updated(level, min(dispersion, MAX_DISPERSION), weight)


def _level(shape: float, rate: float, units: float, exposure: float, dispersion: float) -> float:
    """The level x = (shape + s units) / (rate + s exposure) with s = 1 / (1 + dispersion x): a quadratic."""
    square, constant = rate * dispersion, shape + units
    linear = rate + exposure - shape * dispersion
    root = math.sqrt(linear**2 + 4.0 * square * constant)
    # Of the two ways to write the root, the one that takes no difference of equal numbers.
    return 2.0 * constant / (linear + root) if linear > 0 else (root - linear) / (2.0 * square)
