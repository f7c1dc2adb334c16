"""Dated sales become whole weeks."""

from datetime import date, timedelta

import pytest

from forecasting.frame import read_frame
from forecasting.sales import weekly_sales
from fulfillment.errors import InvalidInput

END = date(2011, 5, 30)


def _back(days: int) -> date:
    return END - timedelta(days=days)


def test_weeks_without_sales_are_zeros_and_the_last_ends_the_day_before_end():
    frame = weekly_sales(
        ["a", "a", "a", "b", "a"],
        ["x"] * 5,
        [_back(1), _back(7), _back(22), _back(9), END],
        [2, 3, 5, 7, 100],
        end=END,
    )
    history = read_frame(frame)
    assert history.ids == ("a|x", "b|x")
    assert history.units.tolist() == [5, 0, 0, 5, 7, 0]
    assert history.last == _back(7)


def test_the_eighth_day_back_is_in_the_week_before_the_last():
    assert weekly_sales(["a"], ["x"], [_back(8)], [1], end=END)["y"].tolist() == [1, 0]


def test_no_sales_before_the_end_give_an_empty_frame():
    assert len(weekly_sales(["a"], ["x"], [END], [1], end=END)) == 0


def test_sequences_of_unequal_length_are_refused():
    with pytest.raises(InvalidInput, match="2 skus, 1 places"):
        weekly_sales(["a", "b"], ["x"], [END], [1], end=END)
