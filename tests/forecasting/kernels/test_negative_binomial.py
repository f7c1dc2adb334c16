"""Quantiles summed up in a compiled loop, against those of scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from forecasting.kernels.negative_binomial import MOST_UNITS, negative_binomial_quantiles
from fulfillment.errors import InvalidInput

LEVELS = np.array([0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.999])


def law(mean: float, dispersion: float):
    """As scipy has it."""
    if dispersion < 1e-6:
        return stats.poisson(mean)
    return stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mean))


def disagreements(means, dispersions) -> list[tuple[float, ...]]:
    """Cells in which scipy says something else, although its probability is not the level itself."""
    mean, dispersion = np.meshgrid(means, dispersions)
    units = negative_binomial_quantiles(mean, dispersion, LEVELS)
    found = []
    for i, j in np.ndindex(mean.shape):
        known = law(mean[i, j], dispersion[i, j])
        theirs = known.ppf(LEVELS)
        for at in np.flatnonzero(units[i, j] != theirs):
            if abs(known.cdf(min(units[i, j, at], theirs[at])) - LEVELS[at]) > 1e-12:
                found.append((mean[i, j], dispersion[i, j], LEVELS[at], units[i, j, at], theirs[at]))
    return found


def test_quantiles_are_those_of_scipy_from_rare_sales_to_thousands() -> None:
    dispersions = [0.0, 9e-7, 1e-6, 1e-5, *np.geomspace(1e-4, 25, 20)]
    assert disagreements(np.geomspace(1e-3, 5_000, 50), dispersions) == []


def test_chances_too_small_for_a_float_are_summed_up_all_the_same() -> None:
    # From means around 600 on the chance of no units is below the smallest float.
    assert disagreements(np.linspace(590, 3_000, 60), [0.0, 1e-4, 1e-3]) == []


def test_what_needs_too_many_units_is_left_to_scipy() -> None:
    mean, dispersion = np.array([[MOST_UNITS * 5.0, 30.0, MOST_UNITS * 0.9]]), np.array([[0.0, 0.5, 1.0]])
    units = negative_binomial_quantiles(mean, dispersion, LEVELS)
    for k in range(3):
        assert units[0, k].tolist() == law(mean[0, k], dispersion[0, k]).ppf(LEVELS).tolist()
    assert units[0, 2, 0] < MOST_UNITS < units[0, 2, -1]


@given(mean=st.floats(0, 300), dispersion=st.floats(0, 25), level=st.floats(0.01, 0.99))
def test_a_quantile_alone_is_the_one_among_others(mean, dispersion, level) -> None:
    cell = np.array([[mean]]), np.array([[dispersion]])
    levels = np.unique([*LEVELS, level])
    alone = negative_binomial_quantiles(*cell, np.array([level]))[0, 0, 0]
    assert alone == negative_binomial_quantiles(*cell, levels)[0, 0, np.searchsorted(levels, level)]


def test_no_demand_has_no_quantile_above_zero_and_no_series_has_none() -> None:
    none = np.zeros((2, 3))
    assert negative_binomial_quantiles(none, none + 5, LEVELS).sum() == 0
    assert negative_binomial_quantiles(none[:0], none[:0], LEVELS).shape == (0, 3, len(LEVELS))


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
@pytest.mark.parametrize("name", ["mean", "dispersion"])
def test_what_is_no_amount_is_refused(name, bad) -> None:
    arrays = {"mean": np.array([[1.0, 2.0]]), "dispersion": np.array([[1.0, 2.0]])}
    arrays[name][0, 1] = bad
    with pytest.raises(InvalidInput, match=f"{name} is finite and not negative"):
        negative_binomial_quantiles(**arrays, levels=LEVELS)


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"mean has shape \(2, 3\), dispersion \(2,\)"):
        negative_binomial_quantiles(np.ones((2, 3)), np.ones(2), LEVELS)
