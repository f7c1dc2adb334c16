"""Scales and paths of charts: round numbers for an axis, lines and bands in a box. It draws nothing itself.

A plot is a box of 1,000 by 1,000, stretched to the width there is but for its strokes; text stands outside.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

SIDE = 1_000
_ROUND = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a value stands between two ends, from 0 at `low` to 1,000 at `high`."""

    low: float
    high: float

    def __call__(self, value: float) -> float:
        return round(SIDE * (value - self.low) / (self.high - self.low), 1)

    def from_top(self, value: float) -> float:
        """The same, counted downward as SVG does."""
        return round(SIDE - self(value), 1)


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of a grid: where it stands in percent of the plot's height from the top, and what is said."""

    y: float
    text: str


def round_steps(low: float, high: float, *, most: int = 4) -> tuple[float, ...]:
    """At most `most` + 1 multiples of 1, 2 or 5 times a power of ten from `low` to `high`."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in _ROUND if factor * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(number * step for number in range(first, last + 1))


def line(points: Iterable[tuple[float, float]]) -> str:
    """A path through points of the box; one that is no number breaks it."""
    runs = groupby(points, key=lambda point: math.isfinite(point[1]))
    return " ".join("M" + "L".join(f"{x:g} {y:g}" for x, y in run) for known, run in runs if known)


def band(x: Sequence[float], low: Sequence[float], high: Sequence[float]) -> str:
    """The closed path between two lines over the same x."""
    around = [*zip(x, high, strict=True), *reversed(list(zip(x, low, strict=True)))]
    return "M" + "L".join(f"{one:g} {other:g}" for one, other in around) + "Z"
