"""How the demand of all series together moved from step to step, beside the season: for hidden steps.

What one series wanted in a step in which supply failed is its own level times this. Without it a level from
before the gap stands for a market that has moved since, and the forecast lags behind. It forecasts nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from forecasting.history import MASKED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecasting.history import FloatArray, History

ROUNDS = 10
USUAL_DISPERSION = 0.5  # of demand: what a series weighs is the inverse variance of its demand
DOUBT = 4.0  # series in a step that speak for no movement


@dataclass(frozen=True, slots=True)
class Movement:
    """Demand of a step relative to that of all steps; before the first as in it, after the last as in it.

    Parameters
    ----------
    last
        The day the last step starts on.
    factors
        Of each step, the last one at the end; empty where nothing moves.
    """

    last: date
    factors: tuple[float, ...]

    def of_history(self, history: History) -> FloatArray:
        """The movement of every entry of a history of the same grain, shape (entries,)."""
        if not self.factors:
            return np.ones(len(history.units))
        after = (history.last - self.last).days // history.grain.days
        ends = history.starts[1:][history.series_of_entry]
        back = ends - 1 - np.arange(len(history.units)) - after
        at = np.clip(len(self.factors) - 1 - back, 0, len(self.factors) - 1)
        moved: FloatArray = np.array(self.factors)[at]
        return moved

    def to_document(self) -> dict[str, Any]:
        return {"last": self.last.isoformat(), "factors": list(self.factors)}

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> Movement:
        return Movement(date.fromisoformat(document["last"]), tuple(document["factors"]))


def learn_movement(history: History) -> Movement:
    """Learn it from a history without season, by the steps that say something.

    Demand of series i in step t is taken to be a_i m_t: m and a are found in turn, each the sum of what sold
    over the sum of what the other says, of steps that are not masked.
    """
    steps = int(history.lengths.max(initial=0))
    says = history.state != MASKED
    who = history.series_of_entry[says]
    back = (history.starts[1:][history.series_of_entry] - 1 - np.arange(len(history.units)))[says]
    at, units, series = steps - 1 - back, history.units[says], len(history)
    factor = np.ones(steps)
    for _ in range(ROUNDS):
        expected = np.bincount(who, factor[at], series)
        level = np.bincount(who, units, series) / np.where(expected > 0, expected, 1.0)
        weight = 1.0 / (1.0 + USUAL_DISPERSION * level)
        one = weight * level
        expected = np.bincount(at, one[who], steps)
        sold = np.bincount(at, (weight[who] * units), steps)
        # Series that weigh alike are as many as there are; one large one among small ones is one.
        square = np.bincount(at, one[who] ** 2, steps)
        belief = np.divide(DOUBT * square, expected, out=np.ones(steps), where=expected > 0)
        factor = (sold + belief) / (expected + belief)
    return Movement(history.last, tuple(factor.tolist()))
