"""How the market moved: found where supply failed, told only as far as it is known."""

from datetime import date, timedelta

import numpy as np
import pytest

from forecasting.history import ESTIMATED, MASKED, OBSERVED
from forecasting.preparing.movement import Movement, learn_movement
from forecasting.preparing.prepared import learn_and_prepare
from tests.forecasting.histories import LAST, history_of

FALLING = np.repeat([1.0, 3.0, 1.0, 0.5], [15, 5, 10, 10])


def a_market(*, series: int, movement: np.ndarray, hidden: float, seed: int = 1):
    """Poisson demand of levels from 5 to 80 times the movement, and states with this share masked."""
    rng = np.random.default_rng(seed)
    levels = np.exp(rng.uniform(np.log(5.0), np.log(80.0), (series, 1)))
    units = rng.poisson(levels * movement).astype(np.float64)
    masked = rng.random(units.shape) < hidden
    masked[:, 0] = False
    return units, np.where(masked, MASKED, OBSERVED)


def test_the_movement_of_a_market_is_found_where_a_third_of_its_steps_are_hidden():
    units, states = a_market(series=200, movement=FALLING, hidden=0.3)
    found = np.array(
        learn_movement(history_of(*np.where(states == MASKED, 0.0, units), states=states)).factors
    )
    assert found / found[0] == pytest.approx(FALLING, rel=0.12)


def test_series_that_were_launched_late_are_no_movement():
    old, _ = a_market(series=60, movement=np.ones(40), hidden=0.0)
    young, _ = a_market(series=60, movement=np.ones(12), hidden=0.0, seed=2)
    found = np.array(learn_movement(history_of(*old, *(5.0 * young))).factors)
    assert found == pytest.approx(np.ones(40), abs=0.15)


def test_one_series_alone_says_little_of_a_market():
    found = np.array(learn_movement(history_of(10.0 * FALLING)).factors)
    assert 0.6 < found.min() < found.max() < 1.6


def test_beyond_what_was_learned_the_market_stands_still():
    movement = Movement(LAST, (1.0, 2.0, 4.0))
    later = history_of(np.ones(6), last=LAST + timedelta(weeks=2))
    assert movement.of_history(later).tolist() == [1.0, 1.0, 2.0, 4.0, 4.0, 4.0]
    earlier = history_of(np.ones(2), np.ones(1), last=LAST - timedelta(weeks=1))
    assert movement.of_history(earlier).tolist() == [1.0, 2.0, 2.0]


def test_a_movement_survives_being_written_down():
    movement = Movement(date(2011, 5, 23), (1.0, 0.25))
    assert Movement.from_document(movement.to_document()) == movement


def test_where_supply_failed_a_series_wants_its_own_level_times_the_movement_of_that_step():
    units, states = a_market(series=200, movement=FALLING, hidden=0.3)
    hidden = states == MASKED
    prepared, _ = learn_and_prepare(history_of(*np.where(hidden, 0.0, units), states=states))
    filled = prepared.history.units.reshape(units.shape)
    for step in range(5, len(FALLING)):
        rows = hidden[:, step]
        assert filled[rows, step].sum() == pytest.approx(units[rows, step].sum(), rel=0.25)


def test_expected_demand_is_told_from_what_was_seen_and_from_what_nobody_knows():
    units = np.array([0.0, 0.0, 7.0, 0.0, 5.0])
    states = [[MASKED, MASKED, OBSERVED, MASKED, OBSERVED], [OBSERVED] * 5]
    prepared, _ = learn_and_prepare(history_of(units, units, states=states))
    assert prepared.history.state.tolist() == [MASKED, MASKED, OBSERVED, ESTIMATED, OBSERVED, *[OBSERVED] * 5]
    assert prepared.history.units[3] > 1.0
