"""A history as it stood at earlier origins, and what came after them, in dense arrays. No forecasts here.

An origin is a number of steps: at origin 53 the first 53 steps of the longest series are known.
"""

from collections.abc import Sequence

import numpy as np

from forecasting.history import BoolArray, FloatArray, History, IntArray
from fulfillment.errors import InvalidInput


def steps_of(history: History) -> int:
    """Steps of the longest series; at this origin everything is known."""
    return int(np.diff(history.starts).max())


def past_at(history: History, origin: int) -> tuple[History, IntArray]:
    """What was known at an origin, and which series of `history` those of the past are.

    Series without an observed step so far are not in the past.
    """
    past = history.until(steps_of(history) - origin)
    row_of = {unique_id: i for i, unique_id in enumerate(history.ids)}
    return past, np.array([row_of[unique_id] for unique_id in past.ids], dtype=np.int64)


def came_after(history: History, origins: Sequence[int], *, horizon: int) -> tuple[FloatArray, BoolArray]:
    """Units after each origin, and where they can be judged: shape (origins, series, horizon).

    Judged is what was observed, of series with an observed step by the origin. Units of steps before
    the first of a series are NaN.

    Raises
    ------
    InvalidInput
        An origin with nothing known, or with fewer than `horizon` steps after it.
    """
    last = steps_of(history) - horizon
    for origin in origins:
        if not 1 <= origin <= last:
            raise InvalidInput(
                f"origin {origin}: {horizon} steps after it need origins from 1 to {last}",
                pointer="/origins",
                fix="Drop the origin, or send a longer history",
            )
    shape = (len(origins), len(history), horizon)
    came, judged = np.full(shape, np.nan), np.zeros(shape, dtype=np.bool_)
    for at, origin in enumerate(origins):
        back = steps_of(history) - origin
        entry = history.starts[1:, None] - back + np.arange(horizon)
        begun = entry >= history.starts[:-1, None]
        _, rows = past_at(history, origin)
        came[at][begun] = history.units[entry[begun]]
        judged[at, rows] = history.observed[entry[rows]]
    return came, judged


def best_sellers(history: History, count: int, *, until: int) -> IntArray:
    """The `count` series that sold most units by origin `until`, as rising rows; ties go by id."""
    ends = history.starts[1:] - (steps_of(history) - until)
    sold = np.array(
        [
            history.units[start : max(start, end)].sum()
            for start, end in zip(history.starts, ends, strict=False)
        ]
    )
    most = np.argsort(-sold, kind="stable")[:count]
    return np.sort(most)
