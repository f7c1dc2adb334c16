"""Demand classes at their limits."""

import pytest

from forecasting.classes import DemandClass, classify
from forecasting.reading.frame import read_frame


@pytest.mark.parametrize(
    ("units", "demand_class"),
    [
        ([5, 6, 5, 4, 5, 6], DemandClass.SMOOTH),
        ([5, 0, 5, 0, 5, 0], DemandClass.INTERMITTENT),
        ([1, 20, 1, 30, 1, 1], DemandClass.ERRATIC),
        ([1, 0, 0, 30, 0, 1], DemandClass.LUMPY),
        ([0, 0, 0, 0, 0, 0], DemandClass.INTERMITTENT),
        ([3, 3, 3, 0], DemandClass.INTERMITTENT),  # one in 1.333 weeks: just rare
        ([3, 3, 3, 3, 0], DemandClass.SMOOTH),  # one in 1.25 weeks: not rare
    ],
)
def test_a_series_falls_into_its_class(make_frame, units, demand_class):
    assert classify(read_frame(make_frame({"a|x": units}))) == (demand_class,)


def test_a_stock_out_does_not_make_a_series_intermittent(make_frame):
    frame = make_frame({"a|x": [5, 0, 5, 0, 5, 0]}, stocked_out=[False, True] * 3)
    assert classify(read_frame(frame)) == (DemandClass.SMOOTH,)
