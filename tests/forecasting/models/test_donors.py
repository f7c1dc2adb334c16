"""What stands in for an estimated step where trees look back: a step near it, at its own height."""

import numpy as np

from forecasting.history import ESTIMATED, MASKED, OBSERVED
from forecasting.models.donors import with_donors
from tests.forecasting.histories import history_of


def test_without_an_estimated_step_units_stay_what_they_are():
    history = history_of([3.0, 0.0, 9.0], states=[[OBSERVED, MASKED, OBSERVED]])
    assert with_donors(history) is history.units


def test_an_estimated_step_is_a_seen_one_scaled_to_what_is_expected():
    units = [4.0, 0.0, 2.0, 0.0]
    state = [OBSERVED, OBSERVED, ESTIMATED, OBSERVED]  # the second step before stands in for position 2
    assert with_donors(history_of(units, states=[state])).tolist() == [4.0, 0.0, 4.0 * 2.0 / (4.0 / 3.0), 0.0]


def test_what_stands_in_scatters_as_sales_do_and_adds_up_to_what_is_expected():
    rng = np.random.default_rng(3)
    units = np.where(rng.random((400, 60)) < 0.5, 0.0, rng.poisson(20.0, (400, 60))).astype(np.float64)
    hidden = rng.random(units.shape) < 0.3
    hidden[:, 0] = False
    states = np.where(hidden, ESTIMATED, OBSERVED)
    filled = with_donors(history_of(*np.where(hidden, 10.0, units), states=states)).reshape(units.shape)
    assert abs(filled[hidden].mean() / 10.0 - 1.0) < 0.06
    assert abs((filled[hidden] == 0).mean() - 0.5) < 0.05
    assert filled[~hidden].tolist() == units[~hidden].tolist()


def test_what_stands_in_depends_on_the_series_alone():
    rng = np.random.default_rng(4)
    rows = [rng.poisson(3.0, steps).astype(np.float64) for steps in (30, 7, 1, 50)]
    states = [np.where(rng.random(len(row)) < 0.4, ESTIMATED, OBSERVED) for row in rows]
    for state in states:
        state[0] = OBSERVED
    together = with_donors(history_of(*rows, states=states))
    alone = [with_donors(history_of(row, states=[state])) for row, state in zip(rows, states, strict=True)]
    assert together.tolist() == np.concatenate(alone).tolist()
