"""From a quantile forecast to an order: the two packages meet in the protocol alone."""

from datetime import date, timedelta

import numpy as np
import pytest

from forecasting.demand import QuantileForecast
from forecasting.kernels.negative_binomial import negative_binomial_quantiles
from fulfillment.ids import SkuId
from optimizer.replenishment.check import check
from optimizer.replenishment.demand import protection_demand
from optimizer.replenishment.instance import Instance
from optimizer.replenishment.solve import solve

MONDAY = date(2026, 3, 30)


def _forecast() -> QuantileForecast:
    mean, dispersion = np.array([[10.0, 12.0, 14.0]]), np.array([[0.5, 0.5, 0.5]])
    return QuantileForecast(
        ids=("mug|north",),
        periods=tuple(MONDAY + timedelta(weeks=k) for k in range(3)),
        levels=(0.5, 0.95),
        mean=mean,
        dispersion=dispersion,
        quantiles=negative_binomial_quantiles(mean, dispersion, np.array((0.5, 0.95))),
        left_out=(),
    )


def test_an_order_covers_the_forecast_of_its_protection_interval(make_item):
    forecast = _forecast()
    demand = protection_demand(forecast, SkuId("mug"), "north", start=MONDAY, days=14, correlation=0.0)
    assert demand.mean == pytest.approx(22)
    assert demand.variance == pytest.approx(22 + 0.5 * (10**2 + 12**2))
    instance = Instance(MONDAY, (make_item(lead_time_days=7, demand=demand, case_pack=4),))
    outcome = solve(instance)
    assert check(instance, outcome) == []
    assert outcome.proposals[0].units >= 22


def test_the_interval_quantile_is_below_the_sum_of_weekly_quantiles():
    forecast = _forecast()
    demand = protection_demand(forecast, SkuId("mug"), "north", start=MONDAY, days=14)
    weekly = [row[1] for row in forecast.quantile_units(SkuId("mug"), "north")[:2]]
    shape = demand.mean**2 / (demand.variance - demand.mean)
    draws = np.random.default_rng(1).negative_binomial(shape, demand.mean / demand.variance, size=100_000)
    assert np.quantile(draws, 0.95) < sum(weekly)
