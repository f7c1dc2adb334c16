"""The models there are, and the blends of them that a forecast may be made of, the cheapest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecasting.models.blends import Blend, equally, halfway
from forecasting.models.global_trees import GlobalTrees
from forecasting.models.levels import ExponentialSmoothing, RobustLevel, Theta, TrailingMean, Tsb

if TYPE_CHECKING:
    from forecasting.models.protocol import Model

LEVELS: tuple[Model, ...] = (Tsb(), ExponentialSmoothing(), Theta(), TrailingMean(), RobustLevel())
TREES = GlobalTrees()
MEAN_OF_LEVELS = equally("tsb", "exponential_smoothing", "trailing_mean", "robust_level")
"""Four views of a level that err differently; the forecast where nothing is known of what would be better."""


def models() -> dict[str, Model]:
    """Every model by name."""
    return {model.name: model for model in (*LEVELS, TREES)}


def blends() -> tuple[Blend, ...]:
    """What is chosen among. The first is taken unless another is clearly better."""
    return (MEAN_OF_LEVELS, halfway(MEAN_OF_LEVELS, TREES.name), equally(TREES.name))
