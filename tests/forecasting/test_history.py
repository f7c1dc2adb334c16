"""A history as a value: what is taken of it is taken whole."""

from forecasting.forecast import LEARNED_FROM, forecast_at_once
from tests.forecasting.histories import random_history


def test_a_sample_is_evenly_spaced_and_has_whole_series() -> None:
    history = random_history(series=10, steps=20, seed=3)
    sample = history.sample(4)
    assert sample.ids == tuple(history.ids[row] for row in (0, 3, 6, 9))
    assert sample.units[sample.starts[1] : sample.starts[2]].tolist() == (
        history.units[history.starts[3] : history.starts[4]].tolist()
    )


def test_a_sample_of_all_series_or_more_is_the_history() -> None:
    history = random_history(series=10, steps=20, seed=3)
    assert history.sample(10) is history
    assert history.sample(11) is history


def test_a_look_learns_from_some_series_and_forecasts_all() -> None:
    history = random_history(series=LEARNED_FROM + 50, steps=6, seed=4)
    made = forecast_at_once(history, horizon=2)
    assert made.ids == history.ids
