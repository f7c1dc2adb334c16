"""Weighted means of models: what the forecast of a class of demand is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecasting.history import FloatArray


@dataclass(frozen=True, slots=True)
class Blend:
    """Models and their weights; the weights add up to 1."""

    weights: tuple[tuple[str, float], ...]

    @property
    def models(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.weights)

    def mean(self, means: Mapping[str, FloatArray]) -> FloatArray:
        """The weighted mean of the models that said something; NaN where none did."""
        shape = means[self.weights[0][0]].shape
        total, weight = np.zeros(shape), np.zeros(shape)
        for name, share in self.weights:
            said = ~np.isnan(means[name])
            total += np.where(said, means[name], 0.0) * share
            weight += said * share
        mean: FloatArray = np.divide(total, weight, out=np.full(shape, np.nan), where=weight > 0)
        return mean


def equally(*models: str) -> Blend:
    """The equal mean of some models."""
    return Blend(tuple((name, 1.0 / len(models)) for name in models))


def halfway(blend: Blend, model: str) -> Blend:
    """Half a blend, half one more model."""
    return Blend((*((name, share / 2) for name, share in blend.weights), (model, 0.5)))
