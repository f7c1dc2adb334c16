"""Levels hold on a known law, through the whole pipeline: read off the law, not off one draw from it."""

import numpy as np
import pytest

from forecasting.chunk import forecast_chunk
from forecasting.demand import QuantileForecast
from forecasting.history import Grain
from forecasting.judging.synthetic import Life, SyntheticDemand, synthetic_demand
from forecasting.learning.training import train

LEVELS = (0.5, 0.75, 0.9, 0.95, 0.99)
SIZES = {
    Grain.DAY: {"series": 100, "steps": 420, "horizon": 14},
    Grain.WEEK: {"series": 200, "steps": 156, "horizon": 8},
}


@pytest.fixture(scope="module", params=list(Grain))
def known_law(request) -> tuple[SyntheticDemand, QuantileForecast]:
    """Trend, seasons by category, promotions, rare selling, level shifts, launches and ends."""
    size = SIZES[request.param]
    demand = synthetic_demand(**size, grain=request.param, seed=21)
    trained = train(demand.history, horizon=size["horizon"], seed=0)
    return demand, forecast_chunk(demand.history, trained, horizon=size["horizon"], levels=LEVELS)


@pytest.mark.parametrize(
    "lives", [tuple(Life), (Life.STANDING,), (Life.STANDING, Life.LAUNCHED, Life.NEW)], ids=len
)
def test_every_level_lies_between_the_true_shares_below_and_up_to_it(known_law, lives):
    demand, forecast = known_law
    below, up_to = demand.true_below(forecast.quantiles, demand.rows(*lives))
    assert (below - 0.02 <= LEVELS).all(), (below, up_to)
    assert (up_to + 0.02 >= LEVELS).all(), (below, up_to)


def test_a_forecast_of_half_or_twice_the_demand_would_not_pass(known_law):
    demand, forecast = known_law
    rows = demand.rows(Life.STANDING)
    below, _ = demand.true_below(np.ceil(2.0 * forecast.quantiles), rows)
    _, up_to = demand.true_below(np.floor(0.5 * forecast.quantiles), rows)
    assert (below[:3] - 0.02 > LEVELS[:3]).all()
    assert (up_to[1:] + 0.02 < LEVELS[1:]).all()
