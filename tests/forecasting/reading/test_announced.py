"""Announced series: named beside the sales, known to the frame as not on sale yet."""

import numpy as np
import pandas as pd
import pytest

from forecasting.history import MASKED, OBSERVED
from forecasting.reading.announced import with_announced
from forecasting.reading.frame import read_frame
from fulfillment.errors import InvalidInput


def _listed(*pairs: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(list(pairs), columns=["sku", "place"])


def test_an_announced_series_has_one_step_that_says_nothing(make_frame):
    frame = make_frame({"a|x": [1.0, 2.0, 3.0], "b|x": [4.0, 5.0]})
    history = read_frame(with_announced(frame, _listed(("c", "x"), ("a", "y"), ("c", "x"))))
    assert history.ids == ("a|x", "a|y", "b|x", "c|x")
    assert history.lengths.tolist() == [3, 1, 2, 1]
    assert np.flatnonzero(history.state == MASKED).tolist() == [3, 6]
    assert history.units[history.state == OBSERVED].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_what_sells_already_and_flags_that_are_there_stay_as_they_are(make_frame):
    frame = make_frame({"a|x": [1.0, 2.0, 3.0]}).assign(sold_out=[False, True, False])
    assert with_announced(frame, _listed(("a", "x"))) is frame
    told = with_announced(frame, _listed(("a", "x"), ("b", "x")))
    assert told["sold_out"].tolist() == [False, True, False, False]
    assert told["stocked_out"].tolist() == [False, False, False, True]


@pytest.mark.parametrize(
    ("announced", "said"),
    [
        (_listed(), "no rows"),
        (pd.DataFrame({"sku": ["a"]}), "column place is missing"),
        (pd.DataFrame({"sku": ["a"], "place": [1]}), "is no id"),
        (_listed(("a|b", "x")), "separates sku and place"),
    ],
)
def test_a_table_that_names_no_series_is_refused(make_frame, announced, said):
    with pytest.raises(InvalidInput, match=said):
        with_announced(make_frame({"a|x": [1.0, 2.0, 3.0]}), announced)
