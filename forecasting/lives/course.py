"""The two ends of a series' life: new items lean on analogues, silent ones may be dead.

What is learned and how stands in `forecasting.lives.launches` and `forecasting.lives.lifecycle`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecasting.lives.analogues import ColdStart, cold_start, is_new
from forecasting.lives.launches import Launches, launch_steps, learn_launches
from forecasting.lives.lifecycle import Mortality, learn_mortality, share_on_sale, still_alive
from forecasting.lives.places import Places, attributes_of_places, learn_places

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecasting.history import FloatArray, History, IntArray
    from forecasting.preparing.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Lives:
    """What was learned of beginnings, of items and of places, and of ends."""

    launches: Launches
    places: Places
    mortality: Mortality

    def to_document(self) -> dict[str, Any]:
        return {
            "launches": self.launches.to_json(),
            "places": self.places.to_json(),
            "mortality": self.mortality.to_json(),
        }

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> Lives:
        return Lives(
            Launches.from_json(document["launches"]),
            Places.from_json(document["places"]),
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
    seen
        The history as models should see it: of first sales what counts.
    share
        What of the mean is left of every series: the probability that it lives, the days before its last,
        shape (series, horizon).
    """

    new: IntArray
    cold: ColdStart
    seen: History
    share: FloatArray

    def widened(self, dispersion: FloatArray) -> FloatArray:
        """Dispersions from the past, shape (series,), at least as wide as expected where there is no past."""
        wide = dispersion.copy()
        unseen = self.cold.own_weight == 0
        at = self.new[unseen]
        wide[at] = np.maximum(dispersion[at], self.cold.dispersion[unseen])
        return wide

    def put_on(self, mean: FloatArray) -> FloatArray:
        """A mean without season, shape (series, horizon), as these lives leave it."""
        lived = mean.copy()
        lived[self.new] = self.cold.eased(mean[self.new])
        return lived * self.share


def learn_lives(prepared: Prepared) -> Lives:
    """Learn from all series of a prepared history."""
    history = prepared.history
    places = learn_places(history, place_attributes=attributes_of_places(history))
    return Lives(learn_launches(history), places, learn_mortality(history))


def course(prepared: Prepared, lives: Lives, *, horizon: int) -> Course:
    """The course of every series; depends on each alone."""
    history = prepared.history
    new = np.flatnonzero(is_new(history, lives.launches))
    alive = still_alive(history, lives.mortality)
    alive[new] = 1.0  # a launch sells little at first, and is no death
    share = alive[:, None] * share_on_sale(history, horizon=horizon)
    cold = cold_start(history.take(new), lives.launches, horizon=horizon, places=lives.places)
    return Course(new, cold, _seen(history, lives.launches, new, cold.first_share), share)


def _seen(history: History, launches: Launches, new: IntArray, share: FloatArray) -> History:
    """The history with the units of the step of launch of each new series by their share."""
    units = history.units.copy()
    has_begun = share < 1.0
    rows = new[has_begun]
    units[history.starts[rows] + launch_steps(history, launches.first)[rows]] *= share[has_begun]
    return replace(history, units=units)
