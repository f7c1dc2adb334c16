"""Signals: known values, how often luck passes a limit, and what a real fault looks like."""

import numpy as np
import pytest
from scipy import stats

from forecasting.watching.signals import share_of, surprise, tracking_signal


def _judged(error):
    return np.ones_like(error, dtype=bool)


def test_a_signal_by_hand():
    error = np.array([[2.0], [-1.0], [3.0]])
    signal = tracking_signal(error, _judged(error))
    weight = np.array([0.81, 0.9, 1.0])
    assert signal.value[0] == pytest.approx((0.81 * 2 - 0.9 + 3) / (0.81 * 2 + 0.9 + 3))
    expected = np.sqrt((weight**2).sum()) / weight.sum() * np.sqrt(np.pi / 2)
    assert signal.deviation[0] == pytest.approx(expected)


def test_errors_all_on_one_side_are_the_whole_signal_and_steps_not_judged_are_passed_over():
    error = np.array([[4.0, -2.0], [np.nan, -9.0], [1.0, -1.0]])
    signal = tracking_signal(error, np.isfinite(error))
    assert signal.value.tolist() == pytest.approx([1.0, -1.0])
    alone = tracking_signal(error[[0, 2], :1], _judged(error[[0, 2], :1]))
    assert signal.deviation[0] == pytest.approx(alone.deviation[0])


def test_nothing_judged_and_no_error_at_all_say_nothing():
    error = np.zeros((5, 2))
    signal = tracking_signal(error, np.array([[False, True]] * 5))
    assert np.isnan(signal.value).all()
    assert np.isnan(signal.deviation[0])


@pytest.mark.parametrize("steps", [8, 16, 52])
def test_unbiased_errors_seldom_pass_the_limit_and_biased_ones_do(steps):
    rng = np.random.default_rng(11)
    error = rng.normal(size=(steps, 20_000))
    signal = tracking_signal(error, _judged(error))
    assert (np.abs(signal.value) > signal.limit(2.5)).mean() < 0.02
    biased = tracking_signal(error + 1.5, _judged(error))
    assert (biased.value > biased.limit(2.5)).mean() > 0.6


def test_a_rare_item_that_sells_nothing_for_weeks_is_no_surprise_and_a_brisk_one_is():
    mean = np.tile([0.1, 10.0], (8, 1))
    found = surprise(mean, np.full(mean.shape, 0.3), np.zeros(mean.shape), _judged(mean))
    assert 0.5 < found[0] < 1.0
    assert found[1] > 4.0


def test_surprises_of_true_forecasts_scatter_by_one():
    rng = np.random.default_rng(3)
    mean = np.tile(10.0 ** rng.uniform(0, 2, 5_000), (8, 1))
    sold = rng.negative_binomial(2, 2 / (2 + mean)).astype(float)
    found = surprise(mean, np.full(mean.shape, 0.5), sold, _judged(mean))
    assert found.std() == pytest.approx(1.0, abs=0.05)
    assert (np.abs(found) > 4).mean() < 0.005


def test_the_interval_of_a_share_is_that_of_another_implementation():
    share = share_of(np.array([30.0]), np.array([200.0]), confidence=0.95)
    theirs = stats.binomtest(30, 200).proportion_ci(0.95, method="wilson")
    assert (share.low, share.high) == pytest.approx((theirs.low, theirs.high))
    assert share.value == 0.15


def test_steps_that_differ_more_than_luck_widen_the_interval_and_like_ones_do_not():
    cells = np.full(6, 500.0)
    like, unlike = np.full(6, 50.0), np.array([0.0, 100.0, 0.0, 100.0, 0.0, 100.0])
    narrow, wide = (share_of(hits, cells, confidence=0.99) for hits in (like, unlike))
    plain = share_of(np.array([300.0]), np.array([3_000.0]), confidence=0.99)
    assert (narrow.low, narrow.high) == pytest.approx((plain.low, plain.high))
    assert wide.high - wide.low > 4 * (narrow.high - narrow.low)


def test_of_no_cells_nothing_is_known():
    share = share_of(np.zeros(3), np.zeros(3), confidence=0.9)
    assert np.isnan(share.value)
    assert (share.low, share.high) == (0.0, 1.0)
