"""Statistical models: each says what statsforecast says of what it may see, and who was left out."""

from dataclasses import replace

import numpy as np
import pytest

from forecasting.history import MASKED, History
from forecasting.models.protocol import LeftOut, Model
from forecasting.models.statistical import STATISTICAL, StatisticalModel
from tests.forecasting.histories import LAST, random_history


class Saying:
    """A model that says one number, or fails where the history is short."""

    def __init__(self, number: float, *, needs: int = 1) -> None:
        self.number, self.needs = number, needs
        self.seen = []

    def forecast(self, y, h):
        self.seen.append(y.tolist())
        if len(y) < self.needs:
            raise IndexError("too short")
        return {"mean": np.full(h, self.number)}


def one(units: list[float], masked: tuple[int, ...] = ()) -> History:
    state = np.zeros(len(units), dtype=np.uint8)
    state[list(masked)] = MASKED
    return History(("a|x",), np.array([0, len(units)]), np.array(units, dtype=np.float64), state, LAST)


@pytest.mark.parametrize("name", STATISTICAL)
def test_a_model_says_of_a_chunk_what_it_says_of_the_whole(name: str) -> None:
    history = random_history(series=12, steps=60, seed=2)
    model: Model = STATISTICAL[name]
    assert model.name == name
    text = model.learn(history, horizon=4, seed=1)
    assert text == ""
    whole = model.run(history, text, horizon=4)
    parts = [model.run(chunk, text, horizon=4) for chunk in history.chunks(5)]
    assert np.concatenate([part.mean for part in parts]).tobytes() == whole.mean.tobytes()
    assert tuple(gone for part in parts for gone in part.left_out) == whole.left_out
    silent = np.isnan(whole.mean).all(axis=1)
    assert silent.sum() == len(whole.left_out) < 4
    assert (whole.mean[~silent] >= 0).all()


@pytest.mark.parametrize("name", STATISTICAL)
def test_steady_sales_are_forecast_to_go_on(name: str) -> None:
    assert STATISTICAL[name].run(one([4.0] * 40), "", horizon=3).mean[0] == pytest.approx([4, 4, 4], rel=1e-3)


@pytest.mark.parametrize("name", STATISTICAL)
@pytest.mark.parametrize("units", [[3], [0], [3, 1], [0] * 30, [0] * 29 + [1000], [1e6] * 10, [5, 0, 1]])
def test_odd_histories_get_a_mean_or_a_reason(name: str, units: list[float]) -> None:
    run = STATISTICAL[name].run(one(units), "", horizon=3)
    if run.left_out:
        assert len(units) <= 8
        assert run.left_out[0].reason
        assert np.isnan(run.mean).all()
    else:
        assert np.isfinite(run.mean).all()
        assert (run.mean >= 0).all()


def test_the_cheap_models_for_rare_demand_answer_whatever_the_length() -> None:
    for name in ("tsb", "imapa", "adida", "exponential_smoothing"):
        assert STATISTICAL[name].run(one([3.0]), "", horizon=2).mean.tolist() == [[3, 3]]


def test_a_model_does_not_see_masked_steps() -> None:
    model = Saying(1.0)
    StatisticalModel("saying", lambda: model).run(one([5, 0, 6], masked=(1,)), "", horizon=1)
    assert model.seen == [[5, 6]]


def test_what_was_counted_in_a_masked_week_changes_nothing() -> None:
    history = one([5, 7, 6, 9, 4, 8, 5, 7, 6, 5], masked=(4,))
    other = replace(history, units=np.where(history.state == MASKED, 999.0, history.units))
    for model in STATISTICAL.values():
        means = [model.run(of, "", horizon=2).mean.tobytes() for of in (history, other)]
        assert means[0] == means[1]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (Saying(np.nan), "ValueError: the forecast is not a number"),
        (Saying(np.inf), "ValueError: the forecast is not a number"),
        (Saying(1.0, needs=99), "IndexError: too short"),
    ],
)
def test_a_failing_model_is_left_out_and_named(bad: Saying, reason: str) -> None:
    run = StatisticalModel("bad", lambda: bad).run(one([1, 2, 3]), "", horizon=2)
    assert np.isnan(run.mean).all()
    assert run.left_out == (LeftOut("a|x", "bad", reason),)


def test_a_series_masked_throughout_is_left_out() -> None:
    run = STATISTICAL["tsb"].run(one([1, 2], masked=(0, 1)), "", horizon=2)
    assert run.left_out == (LeftOut("a|x", "tsb", "ValueError: every step is masked"),)


def test_a_negative_forecast_is_none() -> None:
    run = StatisticalModel("falling", lambda: Saying(-2.0)).run(one([1, 4]), "", horizon=1)
    assert run.mean.tolist() == [[0]]
