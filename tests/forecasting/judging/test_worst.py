"""The worst series: ranked by units of loss, each with what the numbers tell of its worst origin."""

import numpy as np
import pytest

from forecasting.judging.contest import Entry, Field
from forecasting.judging.worst import Cause, worst_series

LEVELS = (0.1, 0.5, 0.9)
EXPECTED = 10.0


def _judged(came: list[list[list[float]]]) -> tuple[Field, Entry]:
    """A field of what came, all said to be about 10 (from 5 to 15); axes (origins, series, steps)."""
    units = np.array(came)
    origins, series, _ = units.shape
    known = np.isfinite(units)
    field = Field(
        np.arange(10, 10 + origins),
        LEVELS,
        units,
        known,
        np.ones((origins, series)),
        np.full((origins, series), "lumpy"),
    )
    spread = np.broadcast_to(np.array([5.0, 10.0, 15.0]), (*units.shape, 3))
    return field, Entry("forecast", "own", np.full(units.shape, EXPECTED), spread)


def test_the_cause_is_what_the_numbers_tell() -> None:
    stopped, bulk, rose, fell, about = (
        [0.0] * 4,
        [10.0, 10.0, 10.0, 300.0],
        [30.0] * 4,
        [1.0] * 4,
        [4.0, 16.0] * 2,
    )
    field, entry = _judged([[stopped, bulk, rose, fell, about]])
    found = {one.row: one for one in worst_series(field, entry, count=5)}
    assert [found[row].cause for row in range(5)] == [
        Cause.STOPPED,
        Cause.BULK,
        Cause.ROSE,
        Cause.FELL,
        Cause.SCATTERED,
    ]
    assert found[0].words == "nothing sold, 40 expected"
    assert found[1].words == "one step of 300, 40 expected of all"
    assert found[2].words == "sold far more than expected: 120, not 40"
    assert found[3].words == "sold far less than expected: 4, not 40"


def test_the_largest_loss_stands_first_and_shares_are_of_everything() -> None:
    field, entry = _judged([[[10.0], [40.0], [25.0]], [[10.0], [10.0], [25.0]]])
    found = worst_series(field, entry, count=3)
    assert [one.row for one in found] == [1, 2, 0]
    assert sum(one.share for one in found) == pytest.approx(1.0)
    assert len(worst_series(field, entry, count=1)) == 1


def test_a_series_is_told_from_its_worst_origin() -> None:
    field, entry = _judged([[[12.0, 12.0]], [[0.0, 0.0]], [[9.0, 9.0]]])
    (one,) = worst_series(field, entry, count=3)
    assert (one.origin, one.came, one.cause) == (11, 0.0, Cause.STOPPED)


def test_steps_that_are_not_judged_cost_nothing() -> None:
    field, entry = _judged([[[np.nan, 10.0], [np.nan, np.nan]]])
    (one,) = worst_series(field, entry, count=5)
    assert (one.row, one.expected) == (0, EXPECTED)
