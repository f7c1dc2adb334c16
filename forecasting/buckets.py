"""Steps ahead that are judged together: near, middle and far. One step alone has too few origins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecasting.history import Grain

if TYPE_CHECKING:
    from forecasting.history import IntArray

LAST_STEPS = {Grain.WEEK: (1, 4), Grain.DAY: (7, 28)}
"""The last step of each bucket but the farthest."""
COUNT = 3
ORIGINS_A_WINDOW = 4.0
"""Overlapping origins that tell about as much as one: they share most of their target steps."""


def bucket_of_steps(horizon: int, grain: Grain) -> IntArray:
    """The bucket of each step 1 to `horizon`, shape (horizon,)."""
    return np.searchsorted(np.array(LAST_STEPS[grain]), np.arange(1, horizon + 1))
