"""Quantiles around a mean, learned from errors held back: by hand, and never from the future."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from forecasting.judging.intervals import FEWEST_ERRORS, Interval, Record, spread_of

LEVELS = (0.1, 0.5, 0.9)
LAST = -1


def _record(came: np.ndarray, mean: np.ndarray | float, *, classes: np.ndarray | str = "smooth") -> Record:
    """Origins one step apart, so that at the last the errors of all steps before it are known."""
    shape = came.shape
    return Record(
        origins=np.arange(10, 10 + shape[0]),
        mean=np.broadcast_to(np.asarray(mean, dtype=float), shape).copy(),
        came=came.astype(float),
        classes=np.broadcast_to(np.asarray(classes), shape[:2]),
    )


@pytest.fixture
def noisy() -> Record:
    came = np.random.default_rng(4).negative_binomial(2, 2 / 22, size=(30, 40, 3))
    classes = np.where(np.arange(40) % 2, "smooth", "lumpy")
    return _record(came, 20.0, classes=classes)


@pytest.mark.parametrize("interval", Interval)
def test_what_comes_after_the_origin_changes_nothing(noisy, interval):
    at = 20
    future = noisy.origins[:, None] + 1 + np.arange(3) > noisy.origins[at]
    poisoned = replace(noisy, came=np.where(future[:, None, :], 1e6, noisy.came))
    known = spread_of(interval, noisy, at, LEVELS)
    assert (spread_of(interval, poisoned, at, LEVELS) == known).all()
    later = spread_of(interval, poisoned, at + 3, LEVELS)
    assert (later != known).any()  # the poison is there to be seen


@pytest.mark.parametrize("interval", Interval)
def test_quantiles_rise_with_the_level_and_never_fall_below_zero(noisy, interval):
    spread = spread_of(interval, noisy, LAST, LEVELS)
    assert (np.diff(spread, axis=2) >= 0).all()
    assert spread.min() >= 0


@pytest.mark.parametrize("interval", Interval)
def test_where_nothing_was_said_there_are_no_quantiles(noisy, interval):
    mean = noisy.mean.copy()
    mean[:, 3] = np.nan
    spread = spread_of(interval, replace(noisy, mean=mean), LAST, LEVELS)
    assert np.isnan(spread[3]).all()
    assert np.isfinite(np.delete(spread, 3, axis=0)).all()


@pytest.mark.parametrize("interval", Interval)
def test_without_any_error_yet_there_are_still_quantiles(noisy, interval):
    assert np.isfinite(spread_of(interval, noisy, 0, LEVELS)).all()


def test_normal_quantiles_have_the_root_mean_square_of_held_back_errors():
    came = np.full((12, 1, 1), 100.0)
    came[::2] += 6.0
    came[1::2] -= 8.0
    spread = spread_of(Interval.NORMAL, _record(came, 100.0), LAST, LEVELS)
    count = 11  # the last origin's own step has not come
    sigma = np.sqrt((6 * 36 + 5 * 64) / count)
    assert spread[0, 0] == pytest.approx(100 + sigma * stats.norm.ppf(LEVELS))


def test_a_series_with_few_errors_gets_the_relative_spread_of_all():
    came = np.full((FEWEST_ERRORS, 2, 1), 110.0)
    mean = np.full(came.shape, 100.0)
    mean[:-1, 1] = np.nan  # begun at the last origin
    mean[-1, 1] = 50.0
    spread = spread_of(Interval.NORMAL, _record(came, mean), LAST, (0.5, stats.norm.cdf(1.0)))
    assert spread[1, 0] == pytest.approx([50.0, 55.0])


def test_a_methods_own_standard_deviation_goes_before_that_of_its_errors(noisy):
    sigma = np.full(noisy.mean.shape, 2.0)
    sigma[:, 1] = np.nan
    own = spread_of(Interval.NORMAL, replace(noisy, sigma=sigma), LAST, LEVELS)
    learned = spread_of(Interval.NORMAL, noisy, LAST, LEVELS)
    assert own[0, 0] == pytest.approx(20 + 2 * stats.norm.ppf(LEVELS))
    assert (own[1] == learned[1]).all()


def test_the_dispersion_of_negative_binomial_demand_is_found(noisy):
    spread = spread_of(Interval.NEGATIVE_BINOMIAL, noisy, LAST, LEVELS)
    true = stats.nbinom.ppf(LEVELS, 2, 2 / 22)
    assert spread.mean(axis=(0, 1)) == pytest.approx(true, rel=0.12)


def test_a_conformal_quantile_is_the_ranked_relative_error_of_its_class_and_step():
    came = np.arange(1.0, 10.0).reshape(9, 1, 1) * 10  # errors -40, -30, ... 30 of 50 are known, eight
    spread = spread_of(Interval.CONFORMAL, _record(came, 50.0), LAST, (0.1, 0.5, 0.75, 0.99))
    # Ranks of nine: 1, 5, 7 and, beyond the eighth, the eighth.
    assert spread[0, 0] == pytest.approx([10, 50, 70, 80])


def test_a_forecast_below_one_unit_takes_errors_in_units():
    came = np.tile([0.0, 1.0, 2.0], 3).reshape(9, 1, 1)
    spread = spread_of(Interval.CONFORMAL, _record(came, 0.5), LAST, (0.5, 0.9))
    assert spread[0, 0] == pytest.approx([1.0, 2.0])


def test_classes_have_their_own_conformal_errors_unless_they_have_too_few():
    came = np.full((10, 3, 1), 100.0)
    came[:, 1] = 300.0
    classes = np.full((10, 3), "smooth")
    classes[:, 1] = "lumpy"
    classes[-1, 2] = "erratic"  # never seen before
    spread = spread_of(Interval.CONFORMAL, _record(came, 100.0, classes=classes), LAST, (0.5, 0.9))
    assert spread[0, 0].tolist() == [100, 100]
    assert spread[1, 0].tolist() == [300, 300]
    assert spread[2, 0].tolist() == [100, 300]
