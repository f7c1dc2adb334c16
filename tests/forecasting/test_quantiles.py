"""Quantiles and dispersion, against definitions and known limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from forecasting.frame import read_frame
from forecasting.history import FloatArray, History
from forecasting.models import ModelRun
from forecasting.quantiles import (
    LEVELS,
    MAX_DISPERSION,
    check_levels,
    learn_dispersion,
    learn_pooled_dispersion,
    quantiles,
    variance,
)
from fulfillment.errors import InvalidInput

means = st.floats(0, 500)
dispersions = st.one_of(st.just(0.0), st.floats(1e-5, MAX_DISPERSION))


@given(mean=means, dispersion=dispersions)
def test_quantiles_never_fall_as_the_level_rises(mean, dispersion):
    row = quantiles(np.array([[mean]]), np.array([[dispersion]]), LEVELS)[0, 0]
    assert (np.diff(row) >= 0).all()
    assert (row >= 0).all()


@given(mean=st.floats(0.01, 200), dispersion=dispersions, level=st.floats(0.01, 0.99))
def test_a_quantile_is_the_smallest_number_of_units_that_reaches_its_level(mean, dispersion, level):
    units = int(quantiles(np.array([[mean]]), np.array([[dispersion]]), [level])[0, 0, 0])
    if dispersion < 1e-6:
        law = stats.poisson(mean)
    else:
        law = stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mean))
    assert law.cdf(units) >= level - 1e-9
    assert units == 0 or law.cdf(units - 1) < level + 1e-9


@given(mean=st.floats(0.1, 50), dispersion=st.floats(0.05, 3))
def test_the_mean_and_variance_of_all_quantiles_are_those_asked_for(mean, dispersion):
    levels = (np.arange(20_000) + 0.5) / 20_000
    units = quantiles(np.array([[mean]]), np.array([[dispersion]]), levels)[0, 0]
    assert units.mean() == pytest.approx(mean, rel=0.02, abs=0.01)
    assert units.var() == pytest.approx(
        variance(np.array([[mean]]), np.array([[dispersion]]))[0, 0], rel=0.12, abs=0.02
    )


def test_without_dispersion_quantiles_are_poisson_and_a_tiny_one_is_close():
    none, tiny = quantiles(np.array([[20.0], [20.0]]), np.array([[0.0], [1e-5]]), LEVELS)[:, 0]
    assert none.tolist() == stats.poisson.ppf(LEVELS, 20.0).tolist()
    assert np.abs(none - tiny).max() <= 1


def test_no_demand_has_no_quantiles_above_zero():
    assert quantiles(np.array([[0.0]]), np.array([[2.0]]), LEVELS).sum() == 0


@pytest.mark.parametrize("levels", [[], [0.5, 0.5], [0.9, 0.1], [0.0, 0.5], [0.5, 1.0], [float("nan")]])
def test_levels_that_do_not_rise_between_zero_and_one_are_refused(levels):
    with pytest.raises(InvalidInput, match="levels rise strictly"):
        check_levels(levels)


def _dispersion(history: History, run: ModelRun, *, horizon: int) -> FloatArray:
    """The dispersion of each series, its first step, drawn to that of all."""
    pooled = learn_pooled_dispersion(history, run, horizon=horizon)
    return learn_dispersion(history, run, horizon=horizon, pooled=pooled)[:, 0]


def _learned(units: dict[str, list[float]], make_frame, *, said: float) -> FloatArray:
    """Dispersion learned by a model that always said `said`."""
    history = read_frame(make_frame(units))
    run = ModelRun("flat", np.full((len(history), 4), said), np.full(len(history.units), said), True)
    return _dispersion(history, run, horizon=4)


def test_the_dispersion_of_many_weeks_is_found(make_frame):
    rng = np.random.default_rng(3)
    draws = rng.negative_binomial(1 / 0.6, 1 / (1 + 0.6 * 20), size=(30, 200))
    learned = _learned({f"{i:02}|x": row.tolist() for i, row in enumerate(draws)}, make_frame, said=20.0)
    assert learned.mean() == pytest.approx(0.6, rel=0.1)


def test_poisson_demand_has_next_to_no_dispersion(make_frame):
    draws = np.random.default_rng(3).poisson(20, size=(30, 200))
    learned = _learned({f"{i:02}|x": row.tolist() for i, row in enumerate(draws)}, make_frame, said=20.0)
    assert learned.max() < 0.03


def test_a_short_series_is_drawn_to_the_pool_and_a_long_one_keeps_its_own(make_frame):
    rng = np.random.default_rng(3)
    pool = {f"{i:02}|x": rng.negative_binomial(2, 2 / 22, size=100).tolist() for i in range(20)}
    tight_long, tight_short = {"long|x": [20.0] * 100}, {"short|x": [20.0] * 3}
    learned = _learned(pool | tight_long | tight_short, make_frame, said=20.0)
    pooled = learned[:20].mean()
    assert learned[20] < 0.1 * pooled
    assert 0.3 * pooled < learned[21] < pooled


def test_a_single_outlier_cannot_push_dispersion_beyond_its_limit(make_frame):
    assert _learned({"a|x": [0.0] * 99 + [1e6]}, make_frame, said=1.0).max() <= MAX_DISPERSION


def test_without_any_error_to_learn_from_dispersion_is_still_a_number(make_frame):
    history = read_frame(make_frame({"a|x": [5]}))
    run = ModelRun("silent", np.full((1, 2), 5.0), np.array([np.nan]), True)
    assert _dispersion(history, run, horizon=2).tolist() == [1.0]


def test_a_level_is_judged_over_all_steps_and_a_season_over_one(make_frame):
    history = read_frame(make_frame({"a|x": [10.0, 20.0] * 20}))
    said = np.array([10.0, 20.0] * 20)  # right one week ahead, wrong two weeks ahead

    def learned(*, is_level: bool) -> float:
        run = ModelRun("swinging", np.full((1, 2), 15.0), said, is_level)
        return float(_dispersion(history, run, horizon=2)[0])

    assert learned(is_level=False) == 0
    assert learned(is_level=True) > 0.05


def test_the_last_of_one_series_is_not_an_error_of_the_next(make_frame):
    history = read_frame(make_frame({"a|x": [10.0] * 20, "b|x": [1000.0] * 20}))
    run = ModelRun("exact", np.full((2, 4), 1.0), history.units.copy(), True)
    assert _dispersion(history, run, horizon=4).tolist() == [0.0, 0.0]


def test_a_stock_out_is_no_error(make_frame):
    frame = make_frame({"a|x": [20.0] * 50 + [0.0] * 10}, stocked_out=[False] * 50 + [True] * 10)
    history = read_frame(frame)
    run = ModelRun("flat", np.full((1, 2), 20.0), np.full(60, 20.0), True)
    assert _dispersion(history, run, horizon=2).tolist() == [0.0]
