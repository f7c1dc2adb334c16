"""From a mean and a dispersion to quantiles, as rehearsed forecasts taught: how wide, and in which way.

Applies what `forecasting.quantiles.calibrating` learned; learns nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from forecasting import buckets
from forecasting.classes import CLASSES
from forecasting.kernels.negative_binomial import negative_binomial_quantiles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecasting.history import FloatArray, Grain, IntArray

GRID = np.concatenate([[0.0], np.linspace(0.01, 0.99, 99), [0.995, 0.999, 1.0]])
"""Levels at which maps are kept; between them they are straight lines."""


class Family(StrEnum):
    """How quantiles are made of a mean."""

    NEGATIVE_BINOMIAL = "negative_binomial"
    CONFORMAL = "conformal"  # the same, read at the level that held in rehearsals
    EMPIRICAL = "empirical"  # the mean times the ratios of sales to means in rehearsals


@dataclass(frozen=True, slots=True)
class Calibration:
    """By class of demand (first axis) and bucket of steps (second).

    Parameters
    ----------
    families
        How quantiles are made.
    widths
        Factors on the dispersion, shape (classes, buckets).
    maps
        Shape (classes, buckets, grid), rising: for each level of `GRID` the level to read off the negative
        binomial, or, of an empirical family, the ratio of units to the mean.
    """

    families: tuple[tuple[Family, ...], ...]
    widths: FloatArray
    maps: FloatArray

    def width(self, classes: IntArray, horizon: int, grain: Grain) -> FloatArray:
        """The factor on the dispersion, the shape of `classes` and then (horizon,)."""
        widths: FloatArray = self.widths[:, buckets.bucket_of_steps(horizon, grain)][classes]
        return widths

    def quantiles(
        self,
        mean: FloatArray,
        dispersion: FloatArray,
        classes: IntArray,
        levels: Sequence[float],
        grain: Grain,
    ) -> IntArray:
        """Whole units, never falling as the level rises, shape (series, horizon, levels).

        `mean` and `dispersion` are shape (series, horizon), the dispersion with its width.
        """
        horizon = mean.shape[1]
        bucket = buckets.bucket_of_steps(horizon, grain)
        units = np.empty((*mean.shape, len(levels)), dtype=np.int64)
        for code in np.unique(classes).tolist():
            rows = classes == code
            for number in np.unique(bucket).tolist():
                cells = np.ix_(rows, bucket == number)
                read = np.interp(np.asarray(levels), GRID, self.maps[code, number])
                units[cells] = units_at(self.families[code][number], read, mean[cells], dispersion[cells])
        return units

    def to_document(self) -> dict[str, Any]:
        return {
            "families": [[family.value for family in row] for row in self.families],
            "widths": self.widths.tolist(),
            "maps": self.maps.tolist(),
        }

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> Calibration:
        return Calibration(
            families=tuple(tuple(Family(name) for name in row) for row in document["families"]),
            widths=np.array(document["widths"]),
            maps=np.array(document["maps"]),
        )


def uncalibrated() -> Calibration:
    """Negative binomials as wide as the series' own errors say."""
    shape = (len(CLASSES), buckets.COUNT)
    families = tuple((Family.NEGATIVE_BINOMIAL,) * buckets.COUNT for _ in CLASSES)
    return Calibration(families, np.ones(shape), np.broadcast_to(GRID, (*shape, len(GRID))).copy())


def units_at(family: Family, read: FloatArray, mean: FloatArray, dispersion: FloatArray) -> IntArray:
    """Quantiles of one class and bucket, shape (series, steps, levels); `read` is its map at the levels."""
    if family is Family.EMPIRICAL:
        return np.ceil(mean[:, :, None] * read - _ROUNDING).astype(np.int64)
    return negative_binomial_quantiles(mean, dispersion, read)


_ROUNDING = 1e-9  # a product that is whole but for the last bits is whole
