"""Levels of quantiles, and what all quantiles together say of mean and variance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.kernels.negative_binomial import negative_binomial_quantiles
from forecasting.quantiles.levels import check_levels, variance
from fulfillment.errors import InvalidInput


@given(mean=st.floats(0.1, 50), dispersion=st.floats(0.05, 3))
def test_the_mean_and_variance_of_all_quantiles_are_those_asked_for(mean, dispersion):
    levels = (np.arange(20_000) + 0.5) / 20_000
    law = np.array([[mean]]), np.array([[dispersion]])
    units = negative_binomial_quantiles(*law, levels)[0, 0]
    assert units.mean() == pytest.approx(mean, rel=0.02, abs=0.01)
    assert units.var() == pytest.approx(variance(*law)[0, 0], rel=0.12, abs=0.02)


@pytest.mark.parametrize("levels", [[], [0.5, 0.5], [0.9, 0.1], [0.0, 0.5], [0.5, 1.0], [float("nan")]])
def test_levels_that_do_not_rise_between_zero_and_one_are_refused(levels):
    with pytest.raises(InvalidInput, match="levels rise strictly"):
        check_levels(levels)
