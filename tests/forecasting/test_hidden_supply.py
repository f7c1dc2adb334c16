"""Weeks in which supply failed, at random: the forecast stays that of the whole history, in total."""

from dataclasses import replace

import numpy as np
import pytest

from forecasting.history import ESTIMATED, MASKED, OBSERVED, Attributes, Grain, History
from forecasting.judging.synthetic import Recipe, synthetic_demand
from forecasting.models.candidates import LEVELS, MEAN_OF_LEVELS
from forecasting.preparing.prepared import learn_and_prepare

STEPS = 52
MARKETS = {
    "fallen after a peak": np.where(np.abs(np.arange(STEPS) - 20) < 5, 1.0, 0.25),
    "rising": np.geomspace(0.25, 1.0, STEPS),
}


def world(market: np.ndarray) -> History:
    """Two hundred series, of whose demand each step keeps a share; the last 40 weeks: no season is known."""
    lives = {"launched": 0.0, "new": 0.0, "ending": 0.0, "died": 0.0}
    made = synthetic_demand(
        series=200, steps=STEPS, horizon=8, grain=Grain.WEEK, recipe=Recipe(level=40.0, **lives), seed=5
    ).history
    rng = np.random.default_rng(6)
    units = rng.binomial(made.units.astype(np.int64), np.tile(market, len(made))).reshape(-1, STEPS)[:, -40:]
    return replace(
        made,
        units=units.ravel().astype(np.float64),
        starts=np.arange(len(made) + 1) * 40,
        state=np.full(units.size, OBSERVED, dtype=np.uint8),
        drivers=None,
        attributes=Attributes(),
    )


def failing(history: History, share: float, *, seed: int) -> History:
    hidden = np.random.default_rng(seed).random(len(history.units)) < share
    hidden[history.starts[:-1]] = False
    state = np.where(hidden, MASKED, OBSERVED).astype(np.uint8)
    return replace(history, units=np.where(hidden, 0.0, history.units), state=state)


def total(history: History, *, skipped: bool = False) -> float:
    """Units a step by the mean of the level models; with `skipped`, as if hidden steps had not been."""
    prepared, _ = learn_and_prepare(history)
    state = prepared.history.state
    seen = replace(prepared.history, state=np.where(state == ESTIMATED, MASKED, state)) if skipped else None
    runs = {model.name: model.run(seen or prepared.history, "", horizon=8).mean for model in LEVELS}
    return float(MEAN_OF_LEVELS.mean(runs).sum())


@pytest.mark.parametrize("market", MARKETS.values(), ids=MARKETS)
def test_weeks_without_supply_do_not_bias_the_forecast_of_a_market_that_moves(market):
    whole = world(market)
    known = total(whole)
    off = [total(failing(whole, 0.3, seed=seed)) / known - 1.0 for seed in range(2)]
    assert abs(np.mean(off)) < 0.02


@pytest.mark.parametrize("market", MARKETS.values(), ids=MARKETS)
def test_skipping_those_weeks_would(market):
    whole = world(market)
    known = total(whole)
    off = [total(failing(whole, 0.3, seed=seed), skipped=True) / known - 1.0 for seed in range(2)]
    assert abs(np.mean(off)) > 0.02
