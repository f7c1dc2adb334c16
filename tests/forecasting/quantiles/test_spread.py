"""How much demand scatters: found where it is known, drawn to all where evidence is thin."""

import numpy as np
import pytest

from forecasting.history import FloatArray
from forecasting.quantiles.spread import MAX_DISPERSION, UNKNOWN_DISPERSION, own_dispersion
from forecasting.reading.frame import read_frame


def _learned(units: dict[str, list[float]], make_frame, **columns: object) -> FloatArray:
    own = own_dispersion(read_frame(make_frame(units, **columns)), horizon=4)
    return own.shrunk(own.pooled())


def _draws(law, count: int) -> dict[str, list[float]]:
    return {f"{i:02}|x": law(np.random.default_rng(i)).tolist() for i in range(count)}


def test_the_dispersion_of_many_weeks_is_found(make_frame):
    draws = _draws(lambda rng: rng.negative_binomial(1 / 0.6, 1 / (1 + 0.6 * 20), size=200), 30)
    assert _learned(draws, make_frame).mean() == pytest.approx(0.6, rel=0.15)


def test_poisson_demand_has_next_to_no_dispersion(make_frame):
    assert _learned(_draws(lambda rng: rng.poisson(20, size=200), 30), make_frame).max() < 0.05


def test_a_short_series_is_drawn_to_the_pool_and_a_long_one_keeps_its_own(make_frame):
    pool = _draws(lambda rng: rng.negative_binomial(2, 2 / 22, size=100), 20)
    learned = _learned(pool | {"long|x": [20.0] * 100, "short|x": [20.0] * 3}, make_frame)
    pooled = learned[:20].mean()
    assert learned[20] < 0.1 * pooled
    assert 0.3 * pooled < learned[21] < pooled


def test_a_single_outlier_cannot_push_dispersion_beyond_its_limit(make_frame):
    assert _learned({"a|x": [1.0] * 99 + [1e6]}, make_frame).max() <= MAX_DISPERSION


def test_without_any_error_to_learn_from_dispersion_is_still_a_number(make_frame):
    assert _learned({"a|x": [5.0]}, make_frame).tolist() == [UNKNOWN_DISPERSION]


def test_the_last_week_of_one_series_is_not_an_error_of_the_next(make_frame):
    assert _learned({"a|x": [10.0] * 20, "b|x": [1000.0] * 20}, make_frame).tolist() == [0.0, 0.0]


def test_a_stock_out_is_no_error(make_frame):
    out = [False] * 50 + [True] * 10
    assert _learned({"a|x": [20.0] * 50 + [0.0] * 10}, make_frame, stocked_out=out).tolist() == [0.0]
