"""The two ends of a series' life: new items lean on analogues, silent ones may be dead.

What is learned and how stands in `forecasting.lives.launches` and `forecasting.lives.lifecycle`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecasting.lives.analogues import ColdStart, cold_start, is_new
from forecasting.lives.launches import Launches, learn_launches
from forecasting.lives.lifecycle import Mortality, learn_mortality, share_on_sale, still_alive

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecasting.history import FloatArray, IntArray
    from forecasting.preparing.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Lives:
    """What was learned of beginnings and ends."""

    launches: Launches
    mortality: Mortality

    def to_document(self) -> dict[str, Any]:
        return {"launches": self.launches.to_json(), "mortality": self.mortality.to_json()}

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> Lives:
        return Lives(
            Launches.from_json(document["launches"]),
            Mortality.from_json(document["mortality"]),
        )


@dataclass(frozen=True, slots=True)
class Course:
    """How the lives of some series change what models say of them.

    Parameters
    ----------
    new
        Numbers of the series that were launched lately, shape (new,).
    cold
        Their forecast as new items.
    share
        What of the mean is left of every series: the probability that it lives, the days before its last,
        shape (series, horizon).
    """

    new: IntArray
    cold: ColdStart
    share: FloatArray

    def put_on(self, mean: FloatArray) -> FloatArray:
        """A mean without season, shape (series, horizon), as these lives leave it."""
        lived = mean.copy()
        lived[self.new] = self.cold.eased(mean[self.new])
        return lived * self.share


def learn_lives(prepared: Prepared) -> Lives:
    """Learn from all series of a prepared history."""
    return Lives(learn_launches(prepared.history), learn_mortality(prepared.history))


def course(prepared: Prepared, lives: Lives, *, horizon: int) -> Course:
    """The course of every series; depends on each alone."""
    history = prepared.history
    new = np.flatnonzero(is_new(history, lives.launches))
    alive = still_alive(history, lives.mortality)
    alive[new] = 1.0  # a launch sells little at first, and is no death
    share = alive[:, None] * share_on_sale(history, horizon=horizon)
    return Course(new, cold_start(history.take(new), lives.launches, horizon=horizon), share)
