"""How alike two things are: by hand, and where something is unknown."""

import json

import numpy as np
import pytest

from forecasting.history import Attributes
from forecasting.lives.gower import as_plain, from_plain, known

SHOP = Attributes(
    {"category": ("toys", "toys", "lamps", ""), "color": ("red", "blue", "red", "red")},
    {"price": np.array([1.0, 10.0, 100.0, np.nan])},
)


def test_distances_are_the_mean_over_what_both_have():
    comparable = known(SHOP, 4)
    width = comparable.ranges["price"]
    assert width == pytest.approx(0.9 * np.log(100))  # from the 5 % to the 95 % quantile of three logs
    near = comparable.distances({"category": "toys", "color": "red"}, {"price": 10.0})
    apart = np.log(10) / width
    assert near == pytest.approx([apart / 3, 1 / 3, (1 + apart) / 3, 0.0])


def test_a_number_far_outside_is_no_further_than_the_whole_range():
    assert known(SHOP, 4).distances({}, {"price": 1e9})[:1].tolist() == [1.0]


@pytest.mark.parametrize(
    ("texts", "numbers"), [({}, {}), ({"category": ""}, {"price": 0.0}), ({"size": "xl"}, {})]
)
def test_with_nothing_in_common_everything_is_equally_far(texts, numbers):
    assert known(SHOP, 4).distances(texts, numbers).tolist() == [1.0] * 4


def test_a_text_never_seen_is_unlike_all_but_the_unknown():
    assert known(SHOP, 4).distances({"category": "boats"}, {}).tolist() == [1.0] * 4
    assert known(SHOP, 4).distances({"category": "lamps"}, {}).tolist() == [1.0, 1.0, 0.0, 1.0]


def test_attributes_are_json_and_back_with_their_gaps():
    text = json.dumps(as_plain(SHOP), allow_nan=False)
    back = from_plain(json.loads(text))
    assert back.texts == SHOP.texts
    assert np.array_equal(back.numbers["price"], SHOP.numbers["price"], equal_nan=True)
