"""Raking, against its definition and small cases reckoned by hand."""

import numpy as np
import pytest
from scipy import optimize
from scipy.sparse import csr_array

from forecasting.orders.raking import rake
from fulfillment.errors import InvalidInput


def _random(seed: int, *, cells: int = 12, templates: int = 80) -> tuple[np.ndarray, csr_array, np.ndarray]:
    """Prior, units, and totals that some weights within the ratio reach."""
    rng = np.random.default_rng(seed)
    held = (rng.random((cells, templates)) < 0.25) * rng.integers(1, 20, (cells, templates))
    held[np.arange(cells), np.arange(cells)] += 1  # no empty cell
    prior = rng.uniform(0.1, 1.0, templates)
    return prior, csr_array(held.astype(np.float64)), held @ (prior * np.exp(rng.normal(0, 0.3, templates)))


@pytest.mark.parametrize("seed", range(5))
def test_weights_give_the_totals_and_have_the_form_of_least_divergence(seed):
    prior, units, totals = _random(seed)
    found = rake(prior, units, totals, iterations=5_000)
    assert found.units == pytest.approx(totals, rel=1e-4)
    assert found.units == pytest.approx(units @ found.weights)
    assert found.weights == pytest.approx(prior * np.exp(units.T @ found.multipliers), rel=1e-9)


def test_no_other_weights_with_these_totals_are_nearer_to_the_prior():
    prior, units, totals = _random(3, cells=3, templates=8)

    def divergence(weights: np.ndarray) -> float:
        return float((weights * np.log(weights / prior) - weights + prior).sum())

    by_another_road = optimize.minimize(
        divergence,
        prior,
        method="SLSQP",
        bounds=[(1e-9, None)] * 8,
        constraints={"type": "eq", "fun": lambda weights: units @ weights - totals},
        options={"maxiter": 500, "ftol": 1e-12},
    )
    found = rake(prior, units, totals, iterations=5_000)
    assert by_another_road.success
    assert found.weights == pytest.approx(by_another_road.x, rel=1e-3)


def test_totals_that_the_prior_gives_leave_it_as_it_is():
    prior, units, _ = _random(1)
    found = rake(prior, units, units @ prior)
    assert found.weights == pytest.approx(prior, rel=1e-12)
    assert np.abs(found.multipliers).max() < 1e-12


def test_a_cell_alone_gets_its_ratio_and_others_keep_theirs():
    units = csr_array(np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 5.0]]))
    found = rake(np.ones(3), units, np.array([6.0, 5.0]))
    x = found.multipliers[0]
    assert 2 * np.exp(2 * x) + np.exp(x) == pytest.approx(6.0, rel=1e-5)
    assert found.weights[2] == pytest.approx(1.0)


def test_weights_stay_within_the_ratio_and_what_is_out_of_reach_shows():
    units = csr_array(np.array([[1.0, 0.0], [0.0, 1.0]]))
    found = rake(np.ones(2), units, np.array([1e6, 1e-6]), ratio=10.0)
    assert found.weights == pytest.approx([10.0, 0.1])
    assert found.units == pytest.approx([10.0, 0.1])


def test_two_cells_that_contradict_each_other_end_instead_of_running_away():
    units = csr_array(np.array([[1.0], [1.0]]))
    found = rake(np.ones(1), units, np.array([1.0, 3.0]), ratio=50.0)
    assert 1.0 - 1e-6 <= found.weights[0] <= 3.0 + 1e-6
    assert np.abs(found.multipliers).max() <= np.log(50.0) + 1e-9


def test_a_cell_that_no_template_holds_is_left_open():
    found = rake(np.ones(2), csr_array(np.array([[1.0, 1.0], [0.0, 0.0]])), np.array([4.0, 7.0]))
    assert found.units == pytest.approx([4.0, 0.0])


def test_a_template_of_no_prior_weight_never_comes():
    found = rake(np.array([0.0, 1.0]), csr_array(np.array([[1.0, 1.0]])), np.array([3.0]))
    assert found.weights == pytest.approx([0.0, 3.0])


def test_equal_input_gives_equal_bytes():
    prior, units, totals = _random(2)
    one, other = (rake(prior, units, totals) for _ in range(2))
    assert one.weights.tobytes() == other.weights.tobytes()


ONE = csr_array(np.array([[1.0]]))


@pytest.mark.parametrize(
    ("prior", "units", "totals", "ratio", "pointer"),
    [
        (np.ones(2), ONE, np.ones(1), 50.0, "/units"),
        (np.array([-1.0]), ONE, np.ones(1), 50.0, "/prior"),
        (np.array([np.nan]), ONE, np.ones(1), 50.0, "/prior"),
        (np.ones(1), ONE, np.zeros(1), 50.0, "/totals"),
        (np.ones(1), ONE, np.array([np.inf]), 50.0, "/totals"),
        (np.ones(1), csr_array(np.array([[-1.0]])), np.ones(1), 50.0, "/units"),
        (np.ones(1), ONE, np.ones(1), 1.0, "/ratio"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(prior, units, totals, ratio, pointer):
    with pytest.raises(InvalidInput) as refused:
        rake(prior, units, totals, ratio=ratio)
    assert refused.value.pointer == pointer
    assert refused.value.fix
