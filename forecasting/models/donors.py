"""What trees look back on where supply failed: steps near it that were seen stand in for those that were not.

Expected demand would not do. It is smoother than sales are, and trees that learn what follows a smooth step
take their own forecasts, which are smooth as well, for such steps: each further step ahead came out lower.

Source: Andridge & Little (2010), A review of hot deck imputation for survey non-response, International
Statistical Review 78(1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecasting.history import ESTIMATED

if TYPE_CHECKING:
    from forecasting.history import BoolArray, FloatArray, History, IntArray

DONORS = (-1, 0, -2, 1)  # the seen step before, the one after, the second before, the second after: in turn
REACH = 4  # steps on each side that make the level around a step


def with_donors(history: History) -> FloatArray:
    """Units with each estimated step as one seen near it, scaled to what is expected; shape (entries,).

    A donor of y units at level m stands in for a step estimated at e as y x e / m, m being the mean of
    those of the nine steps around the donor that were seen: what stands in adds up to what is expected.
    Depends on each series alone.
    """
    gaps = np.flatnonzero(history.state == ESTIMATED)
    if len(gaps) == 0:
        return history.units
    is_seen = history.telling
    seen, who = np.flatnonzero(is_seen), history.series_of_entry
    before = np.concatenate([[0], np.cumsum(is_seen)])
    first, end = before[history.starts[:-1]][who[gaps]], before[history.starts[1:]][who[gaps]]
    position = gaps - history.starts[:-1][who[gaps]]
    turn = before[gaps] + np.array(DONORS)[position % len(DONORS)]
    donor = seen[np.clip(turn, first, end - 1)]  # an estimated step has a seen one before it
    level = _level_around(history, donor, is_seen)
    units = history.units.copy()
    scale = np.divide(history.units[gaps], level, out=np.ones(len(gaps)), where=level > 0)
    units[gaps] = history.units[donor] * scale
    return units


def _level_around(history: History, entries: IntArray, is_seen: BoolArray) -> FloatArray:
    """The mean of the seen steps around each entry, shape of `entries`."""
    series = history.series_of_entry[entries]
    total, count = np.zeros(len(entries)), np.zeros(len(entries))
    for away in range(-REACH, REACH + 1):
        at = np.clip(entries + away, history.starts[series], history.starts[series + 1] - 1)
        counts = (at == entries + away) & is_seen[at]
        total += np.where(counts, history.units[at], 0.0)
        count += counts
    level: FloatArray = total / np.maximum(count, 1.0)
    return level
