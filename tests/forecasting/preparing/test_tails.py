"""The tail of a negative binomial, against sums over its probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from forecasting.preparing.tails import Tail, tail

bounds = st.integers(0, 60)
means = st.floats(0.05, 60)
dispersions = st.floats(0.01, 20)


def of(bound: float, mean: float, dispersion: float) -> Tail:
    return tail(np.array([float(bound)]), mean=np.array([mean]), dispersion=dispersion)


def summed(bound: int, mean: float, dispersion: float) -> tuple[float, float, float]:
    """Chance, mean and variance of demand of at least `bound`, term by term."""
    law = stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mean))
    units = np.arange(bound, bound + 40_000)
    mass = law.pmf(units)
    expected = (units * mass).sum() / mass.sum()
    return mass.sum(), expected, ((units - expected) ** 2 * mass).sum() / mass.sum()


@given(bound=bounds, mean=means, dispersion=dispersions)
def test_chance_mean_and_variance_beyond_a_bound_are_those_of_the_probabilities(bound, mean, dispersion):
    chance, expected, variance = summed(bound, mean, dispersion)
    beyond = of(bound, mean, dispersion)
    assert np.exp(beyond.log_chance[0]) == pytest.approx(chance, rel=1e-6, abs=1e-12)
    assert beyond.mean[0] == pytest.approx(expected, rel=1e-6)
    assert beyond.variance[0] == pytest.approx(variance, rel=1e-4, abs=1e-5)


@given(bound=bounds, mean=means, dispersion=dispersions)
def test_the_tail_of_a_shape_is_that_of_the_next_shape_one_unit_below(bound, mean, dispersion):
    shape, q = 1 / dispersion, dispersion * mean / (1 + dispersion * mean)
    units = np.arange(1, bound + 2)
    left = units * stats.nbinom.pmf(units, shape, 1 - q)
    right = mean * stats.nbinom.pmf(units - 1, shape + 1, 1 - q)
    assert left == pytest.approx(right, rel=1e-8, abs=1e-300)


def test_a_bound_of_nothing_says_nothing():
    beyond = of(0, 7.0, 0.5)
    assert beyond.log_chance[0] == 0.0
    assert beyond.mean[0] == pytest.approx(7.0)
    assert beyond.variance[0] == pytest.approx(7.0 + 0.5 * 49.0)


def test_a_broken_unit_counts_as_the_next_whole_one():
    assert of(4.2, 7.0, 0.5).mean[0] == of(5, 7.0, 0.5).mean[0] > of(4, 7.0, 0.5).mean[0]


@given(bound=st.floats(0, 1e7), mean=st.floats(1e-4, 1e6), dispersion=st.floats(0.01, 21))
def test_far_beyond_anything_likely_all_is_finite_and_demand_at_least_the_bound(bound, mean, dispersion):
    beyond = of(bound, mean, dispersion)
    assert np.isfinite([beyond.log_chance[0], beyond.mean[0], beyond.variance[0]]).all()
    assert beyond.mean[0] >= bound
    assert beyond.variance[0] >= 0
    assert beyond.log_chance[0] <= 1e-12


def test_where_the_chance_vanishes_the_answers_join_those_before():
    near = [of(bound, 5.0, 0.02) for bound in range(200, 700)]
    excess = np.array([one.mean[0] for one in near]) - np.arange(200, 700)
    assert np.exp(near[-1].log_chance[0]) < 1e-200 < np.exp(near[0].log_chance[0])
    assert np.abs(np.diff(excess)).max() < 0.05
    assert np.diff([one.log_chance[0] for one in near]).max() < -0.1
