"""A history at earlier origins: what was known, what came, which series sold best."""

import numpy as np
import pytest

from forecasting.judging.origins import best_sellers, came_after, past_at, steps_of
from forecasting.reading.frame import read_frame
from fulfillment.errors import InvalidInput


@pytest.fixture
def history(make_frame):
    return read_frame(make_frame({"a|x": [1, 2, 3, 4, 5, 6], "b|x": [7, 8], "c|x": [9, 0, 0, 9]}))


def test_the_longest_series_counts_the_steps(history):
    assert steps_of(history) == 6


def test_the_past_holds_what_was_known_and_says_whose_it_is(history):
    past, rows = past_at(history, 4)
    assert past.ids == ("a|x", "c|x")
    assert past.units.tolist() == [1, 2, 3, 4, 9, 0]
    assert rows.tolist() == [0, 2]


def test_what_came_is_judged_for_series_that_had_begun(history):
    came, judged = came_after(history, [3, 4], horizon=2)
    assert came[0].tolist()[0] == [4, 5]
    assert np.isnan(came[0, 1, 0])
    assert came[0, 1, 1] == 7
    assert came[1].tolist() == [[5, 6], [7, 8], [0, 9]]
    assert judged[0].tolist() == [[True, True], [False, False], [True, True]]
    assert judged[1, 1].tolist() == [False, False]


def test_a_stock_out_is_not_judged(make_frame):
    frame = make_frame({"a|x": [1, 2, 3]}, stocked_out=[False, False, True])
    _, judged = came_after(read_frame(frame), [1], horizon=2)
    assert judged.tolist() == [[[True, False]]]


@pytest.mark.parametrize("origin", [0, 5])
def test_an_origin_without_a_past_or_without_enough_after_it_is_refused(history, origin):
    with pytest.raises(InvalidInput, match="need origins from 1 to 4"):
        came_after(history, [origin], horizon=2)


def test_best_sellers_are_ranked_by_what_was_known(history):
    assert best_sellers(history, 1, until=4).tolist() == [0]  # 10 units against 9 of c, none of b
    assert best_sellers(history, 2, until=4).tolist() == [0, 2]
    assert best_sellers(history, 2, until=6).tolist() == [0, 2]  # 21 and 18 against 15
