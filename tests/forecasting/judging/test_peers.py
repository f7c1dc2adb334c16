"""The known methods: that they are what they are called, and see only the past."""

from dataclasses import replace

import numpy as np
import pytest

from forecasting.judging.peers import Answer, lightgbm, local_methods, run_peer
from forecasting.reading.frame import read_frame


@pytest.fixture(scope="module")
def history(gifts):
    return read_frame(gifts)


def test_the_methods_that_look_at_each_series_alone_are_four():
    assert list(local_methods()) == ["seasonal_naive", "auto_ets", "tsb", "imapa"]


def test_tsb_is_smoothed_size_times_smoothed_probability(make_frame):
    units = [5.0, 0.0, 8.0, 0.0, 0.0, 2.0]
    probability, size = 1.0, 5.0
    for sold in units[1:]:
        probability += 0.1 * ((sold > 0) - probability)
        size += 0.2 * (sold - size) if sold > 0 else 0.0
    answer = local_methods()["tsb"](read_frame(make_frame({"a|x": units})), 2)
    assert answer.mean == pytest.approx(np.full((1, 2), probability * size))


def test_exponential_smoothing_tells_a_spread_that_grows_with_the_step(history):
    answer = local_methods()["auto_ets"](history, 8)
    known = np.isfinite(answer.sigma).all(axis=1)
    assert known.mean() > 0.9
    assert (answer.sigma[known] > 0).all()
    grows = answer.sigma[known, -1] >= answer.sigma[known, 0] * 0.999
    assert grows.mean() > 0.9  # not where errors are relative to a level that fades


@pytest.mark.parametrize("name", [*local_methods(), "lightgbm"])
def test_what_comes_after_the_origin_changes_nothing(history, name):
    method = {**local_methods(), "lightgbm": lightgbm}[name]
    after = np.concatenate([np.arange(end - 10, end) for end in history.starts[1:]])
    units = history.units.copy()
    units[after] = 1e5
    storm = replace(history, units=units)
    calm_said = run_peer(name, method, history, [70], horizon=4)
    storm_said = run_peer(name, method, storm, [70], horizon=4)
    np.testing.assert_array_equal(calm_said.mean, storm_said.mean)
    assert np.nanmax(calm_said.mean) > 10


def test_lightgbm_answers_series_by_series_in_their_order(make_frame):
    rng = np.random.default_rng(1)
    # Ids whose order as text is not their order by level.
    levels = {"b|x": 400.0, "a|x": 40.0, "d|x": 4.0, "c|x": 4000.0}
    units = {name: rng.poisson(level, 70).tolist() for name, level in levels.items()}
    history = read_frame(make_frame(units))
    said = dict(zip(history.ids, lightgbm(history, 3).mean.sum(axis=1), strict=True))
    assert sorted(said, key=said.__getitem__) == sorted(levels, key=levels.__getitem__)
    assert said["c|x"] == pytest.approx(3 * levels["c|x"], rel=0.3)


def test_naive_stands_in_where_a_method_fails_and_is_counted(make_frame):
    frame = make_frame({"a|x": [1, 2, 7], "b|x": [4, 4, 5], "c|x": [9]})
    history = read_frame(frame)

    def fails_on_the_first(past, horizon):
        mean = np.full((len(past), horizon), 3.0)
        mean[0] = np.nan
        return Answer(mean)

    said = run_peer("half", fails_on_the_first, history, [2], horizon=1)
    assert said.mean[0, :2].tolist() == [[2.0], [3.0]]
    assert np.isnan(said.mean[0, 2]).all()  # not begun
    assert said.fell_back.tolist() == [[True, False, False]]
    assert said.sigma is None


def test_a_model_that_raises_on_a_series_fails_on_that_series_only(make_frame):
    history = read_frame(make_frame({"long|x": [3, 4, 5, 6] * 5, "short|x": [4, 2, 8]}))
    answer = local_methods()["auto_ets"](history, 2)
    assert np.isfinite(answer.mean[0]).all()
    assert np.isnan(answer.mean[1]).all()


def test_some_series_of_a_peer_are_those_series(history):
    every = run_peer("tsb", local_methods()["tsb"], history, [60, 70], horizon=4)
    some = every.of(np.array([3, 8]))
    np.testing.assert_array_equal(some.mean, every.mean[:, [3, 8]])
    assert some.fell_back.shape == (2, 2)
