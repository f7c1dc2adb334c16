"""Models: what is left out is said, and nothing that is not a number comes out."""

import warnings

import numpy as np
import pytest

from forecasting.frame import read_frame
from forecasting.models import mean_of, run_model, run_models, seasonal_naive


class Saying:
    """A model that says one number, or fails where the history is short."""

    def __init__(self, number: float, *, needs: int = 1) -> None:
        self.number, self.needs = number, needs
        self.seen = []

    def forecast(self, y, h, *, fitted):
        self.seen.append(y.tolist())
        if len(y) < self.needs:
            raise IndexError("too short")
        return {"mean": np.full(h, self.number), "fitted": np.full(len(y), self.number)}


def test_seasonal_naive_repeats_last_year_and_naive_where_there_is_none(make_frame):
    history = read_frame(make_frame({"old|x": list(range(60)), "young|x": [5, 7]}))
    run = seasonal_naive(history, horizon=3)
    assert run.mean.tolist() == [[8, 9, 10], [7, 7, 7]]
    assert run.fitted[52:60].tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert np.isnan(run.fitted[0])
    assert run.fitted[61] == 5


def test_seasonal_naive_never_repeats_a_stock_out(make_frame):
    out = [False] * 60
    out[8] = out[59] = True
    history = read_frame(make_frame({"a|x": list(range(60))}, stocked_out=out))
    assert seasonal_naive(history, horizon=2).mean.tolist() == [[58, 9]]


def test_a_model_does_not_see_weeks_of_stock_outs(make_frame):
    model = Saying(1.0)
    history = read_frame(make_frame({"a|x": [5, 0, 6]}, stocked_out=[False, True, False]))
    run = run_model("saying", model, history, horizon=1)
    assert model.seen == [[5, 6]]
    assert np.isnan(run.fitted).tolist() == [False, True, False]
    assert run.fitted[[0, 2]].tolist() == [1, 1]


@pytest.mark.parametrize("bad", [Saying(np.nan), Saying(np.inf), Saying(1.0, needs=99)])
def test_a_failing_model_is_left_out_of_the_mean_and_named(make_frame, bad):
    history = read_frame(make_frame({"a|x": [1, 2, 3, 4]}))
    runs = tuple(
        run_model(name, model, history, horizon=2) for name, model in (("bad", bad), ("good", Saying(6.0)))
    )
    mean = mean_of(runs, seasonal_naive(history, horizon=2))
    assert mean.mean.tolist() == [[6, 6]]
    assert [(gone.unique_id, gone.model) for gone in mean.left_out] == [("a|x", "bad")]
    assert mean.left_out[0].reason


def test_where_every_model_fails_the_reference_speaks(make_frame):
    history = read_frame(make_frame({"a|x": [1, 4]}))
    runs = (run_model("bad", Saying(np.nan), history, horizon=2),)
    assert mean_of(runs, seasonal_naive(history, horizon=2)).mean.tolist() == [[4, 4]]


def test_a_negative_forecast_is_none(make_frame):
    history = read_frame(make_frame({"a|x": [1, 4]}))
    assert run_model("falling", Saying(-2.0), history, horizon=1).mean.tolist() == [[0]]


@pytest.mark.parametrize("units", [[3], [0], [3, 1], [0] * 30, [0] * 29 + [1000], [1e6] * 10])
def test_odd_histories_get_a_finite_mean_from_the_real_models(make_frame, units):
    history = read_frame(make_frame({"a|x": units}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = mean_of(run_models(history, horizon=3), seasonal_naive(history, horizon=3))
    assert np.isfinite(run.mean).all()
    assert (run.mean >= 0).all()
    assert {gone.model for gone in run.left_out} <= {"theta"}
