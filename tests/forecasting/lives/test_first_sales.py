"""First sales: what a step says that is there because it sold."""

import numpy as np
import pytest

from forecasting.lives.first_sales import begin_with_sale, chance_of_sale, share_that_counts


@pytest.mark.parametrize(("level", "dispersion"), [(0.2, 0.0), (0.3, 4.0), (8.0, 0.5)])
def test_units_given_a_sale_count_for_the_level_by_the_chance_of_one(level, dispersion):
    rng = np.random.default_rng(1)
    rate = rng.gamma(1 / dispersion, level * dispersion, 400_000) if dispersion else np.full(400_000, level)
    units = rng.poisson(rate)
    chance = chance_of_sale(level, dispersion)
    assert chance == pytest.approx((units > 0).mean(), abs=0.003)
    assert units[units > 0].mean() * chance == pytest.approx(level, rel=0.02)


def test_later_steps_tell_how_often_an_item_sells():
    assert share_that_counts(np.zeros(0), 0.3) == 0.3
    assert share_that_counts(np.zeros(9), 0.3) == pytest.approx(0.03)
    assert share_that_counts(np.array([2.0, 0.0, 1.0]), 0.5) == pytest.approx(2.5 / 4)
    assert share_that_counts(np.full(9, 7.0), 1.0) == 1.0


def test_series_begin_with_a_sale_where_nearly_all_do():
    assert begin_with_sale(np.array([1.0] * 19 + [0.0]))
    assert not begin_with_sale(np.array([1.0] * 9 + [0.0]))
    assert not begin_with_sale(np.zeros(0))
