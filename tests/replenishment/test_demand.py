"""Demand over a protection interval: sums, and the distribution against its definition."""

from datetime import date, timedelta
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.errors import InvalidInput
from fulfillment.ids import SkuId
from optimizer.replenishment.check import probabilities
from optimizer.replenishment.demand import (
    IntervalDemand,
    expected_short,
    probability_covered,
    protection_demand,
    quantile,
)

MONDAY = date(2026, 3, 30)
MUG = SkuId("mug")


class TwoMoments:
    """A forecast of four weeks: means 7, 14, 21, 28; variances 14, 28, 42, 56."""

    periods = tuple(MONDAY + timedelta(weeks=k) for k in range(4))
    levels = (0.5,)

    def series(self):
        return [(MUG, "north")]

    def quantile_units(self, sku, place):
        return [[7.0], [14.0], [21.0], [28.0]]

    def mean_units(self, sku, place):
        return [7.0, 14.0, 21.0, 28.0]

    def variance_units(self, sku, place):
        return [14.0, 28.0, 42.0, 56.0]

    def correlation(self, sku, place):
        return None


def _demand(*, start: date = MONDAY, days: int, correlation: float = 0.0) -> IntervalDemand:
    return protection_demand(TwoMoments(), MUG, "north", start=start, days=days, correlation=correlation)


def test_whole_weeks_add_up_in_mean_and_variance():
    demand = _demand(days=14)
    assert (demand.mean, demand.variance) == pytest.approx((21, 42))


def test_parts_of_weeks_count_by_days():
    demand = _demand(start=MONDAY + timedelta(days=5), days=10)  # 2 days of 7, a week of 14, a day of 21
    assert (demand.mean, demand.variance) == pytest.approx((19, 38))


def test_fully_correlated_weeks_add_their_standard_deviations_beyond_chance():
    demand = _demand(days=14, correlation=1.0)
    assert demand.mean == pytest.approx(21)
    assert demand.variance == pytest.approx(21 + (7**0.5 + 14**0.5) ** 2)


def test_half_correlated_weeks_lie_half_way():
    ends = [_demand(days=14, correlation=c).variance for c in (0.0, 1.0)]
    assert _demand(days=14, correlation=0.5).variance == pytest.approx(sum(ends) / 2)


def test_two_places_of_one_node_add_up():
    assert IntervalDemand(1, 2) + IntervalDemand(3, 5) == IntervalDemand(4, 7)


@pytest.mark.parametrize(
    ("start", "days"),
    [(MONDAY, 29), (MONDAY - timedelta(days=1), 7), (MONDAY, 0), (MONDAY + timedelta(40), 1)],
)
def test_days_outside_the_forecast_are_refused(start, days):
    with pytest.raises(InvalidInput, match="not inside the forecast, 2026-03-30 to 2026-04-27"):
        _demand(start=start, days=days)


def test_a_correlation_above_one_is_refused():
    with pytest.raises(InvalidInput, match=r"correlation 1\.5"):
        _demand(days=7, correlation=1.5)


@pytest.mark.parametrize(("mean", "variance"), [(-1, 1), (1, -1), (float("nan"), 1), (1, float("inf"))])
def test_demand_that_is_no_number_is_refused(mean, variance):
    with pytest.raises(InvalidInput, match="0 or more"):
        IntervalDemand(mean, variance)


def _one(value: float) -> np.ndarray:
    return np.array([float(value)])


demands = st.builds(
    lambda mean, ratio: IntervalDemand(mean, mean * ratio),
    st.floats(0.01, 80),
    st.one_of(st.just(1.0), st.floats(0.2, 15)),
)


@given(demand=demands, stock=st.integers(-5, 150))
def test_expected_units_short_agree_with_adding_up_the_probabilities(demand, stock):
    chances = list(islice(probabilities(demand), 3000))
    assert sum(chances) == pytest.approx(1, abs=1e-9)
    by_hand = sum(p * max(units - stock, 0) for units, p in enumerate(chances))
    short = expected_short(_one(demand.mean), _one(demand.variance), _one(stock))[0]
    assert short == pytest.approx(by_hand, rel=1e-6, abs=1e-7)


@given(demand=demands, level=st.floats(0.001, 0.999))
def test_a_quantile_is_the_smallest_stock_that_covers(demand, level):
    mean, variance = _one(demand.mean), _one(demand.variance)
    units = quantile(mean, variance, _one(level))
    chances = list(islice(probabilities(demand), int(units[0]) + 1))
    assert sum(chances) >= level - 1e-9
    assert sum(chances[:-1]) < level + 1e-9
    assert probability_covered(mean, variance, units.astype(float))[0] == pytest.approx(sum(chances))


def test_no_demand_is_covered_by_nothing_and_owed_units_stay_short():
    zero = _one(0)
    assert quantile(zero, zero, _one(0.99)).tolist() == [0]
    assert expected_short(zero, zero, _one(5)).tolist() == [0]
    assert expected_short(zero, zero, _one(-3)).tolist() == [3]
    assert probability_covered(zero, zero, _one(0)).tolist() == [1]
