"""What is expected of an item before it sells, and how its own sales take over. Plain numbers, one series.

Where the expectation comes from is said in `forecasting.lives.analogues` and `forecasting.lives.places`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecasting.quantiles.spread import MAX_DISPERSION, UNKNOWN_DISPERSION

if TYPE_CHECKING:
    from forecasting.history import Grain

OWN_WEEKS = (0.5, 26.0)  # limits of how long own sales take to count as much as what was expected


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

    Credibility: the own level counts n / (n + k) after n steps, k the variance of a step over that of levels,
    both relative to the level, from half a week to half a year. The variance left of the level is
    1 / (1 / spread + n / (1 / level + dispersion)), as of a gamma distribution, and widens the dispersion.

    Source: Bühlmann (1967), Experience rating and credibility, ASTIN Bulletin 4(3).
    """
    if prior.level <= 0:
        own = units / exposure if exposure > 0 else 0.0
        return Updated(own, prior.dispersion, 1.0 if steps else 0.0)
    few, many = (weeks * 7 / grain.days for weeks in OWN_WEEKS)
    k = many
    if prior.spread > 0:
        k = min(max((1.0 / prior.level + prior.dispersion) / prior.spread, few), many)
    weight = steps / (steps + k) if exposure > 0 else 0.0
    level = weight * units / exposure + (1.0 - weight) * prior.level if weight else prior.level
    left = prior.spread / (1.0 + prior.spread * steps / (1.0 / level + prior.dispersion))
    dispersion = (1.0 + prior.dispersion) * (1.0 + left) - 1.0
    return Updated(level, min(dispersion, MAX_DISPERSION), weight)
