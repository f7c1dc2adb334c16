"""Models of a level, and the reference: what they say, what they leave out, and what they never see."""

import numpy as np
import pytest

from forecasting.models.candidates import LEVELS
from forecasting.models.naive import SeasonalNaive
from forecasting.reading.frame import read_frame


def test_seasonal_naive_repeats_last_year_and_naive_where_there_is_none(make_frame):
    history = read_frame(make_frame({"old|x": list(range(60)), "young|x": [5, 7]}))
    assert SeasonalNaive().run(history, "", horizon=3).mean.tolist() == [[7, 7, 7], [8, 9, 10]][::-1]


def test_seasonal_naive_never_repeats_a_stock_out(make_frame):
    out = [False] * 60
    out[8] = out[59] = True
    history = read_frame(make_frame({"a|x": list(range(60))}, stocked_out=out))
    assert SeasonalNaive().run(history, "", horizon=2).mean.tolist() == [[58, 9]]


@pytest.mark.parametrize("model", LEVELS, ids=lambda model: model.name)
def test_a_model_does_not_see_weeks_of_stock_outs(model, make_frame):
    out = [False, True, False, False, False, True]
    masked = read_frame(make_frame({"a|x": [5.0, 900, 6, 5, 7, 900]}, stocked_out=out))
    without = read_frame(make_frame({"a|x": [5.0, 6, 5, 7]}))
    said, meant = (model.run(history, "", horizon=2).mean for history in (masked, without))
    assert said == pytest.approx(meant)


@pytest.mark.parametrize("model", LEVELS, ids=lambda model: model.name)
def test_a_constant_is_forecast_as_it_is(model, make_frame):
    history = read_frame(make_frame({"a|x": [4.0] * 20, "b|x": [0.0] * 20}))
    assert model.run(history, "", horizon=3).mean == pytest.approx(np.array([[4.0] * 3, [0.0] * 3]))


@pytest.mark.parametrize("model", LEVELS, ids=lambda model: model.name)
def test_a_falling_line_is_never_forecast_below_zero(model, make_frame):
    history = read_frame(make_frame({"a|x": [float(units) for units in range(20, 0, -1)]}))
    assert (model.run(history, "", horizon=30).mean >= 0).all()


def test_a_drift_needs_four_weeks_and_says_so(make_frame):
    theta = next(model for model in LEVELS if model.name == "theta")
    run = theta.run(read_frame(make_frame({"new|x": [3.0, 1.0], "old|x": [3.0] * 9})), "", horizon=2)
    assert np.isnan(run.mean[0]).all()
    assert not np.isnan(run.mean[1]).any()
    assert [(gone.unique_id, gone.model) for gone in run.left_out] == [("new|x", "theta")]


def test_one_bulk_order_moves_the_robust_level_least(make_frame):
    history = read_frame(make_frame({"a|x": [4.0, 5, 6, 4, 5, 6, 4, 5, 6, 500, 5, 4]}))
    said = {model.name: model.run(history, "", horizon=1).mean[0, 0] for model in LEVELS}
    assert min(said, key=lambda name: abs(said[name] - 5)) == "robust_level"
