"""How own sales take over from what was expected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.history import Grain
from forecasting.lives.prior import NOTHING_KNOWN, Prior, update
from forecasting.quantiles.spread import MAX_DISPERSION

EXPECTED = Prior(level=10.0, spread=0.5, dispersion=0.4)


def test_without_own_sales_the_expectation_stands_and_is_wide():
    nothing = update(EXPECTED, 0.0, 0.0, 0, Grain.WEEK)
    assert (nothing.level, nothing.own_weight) == (10.0, 0.0)
    assert nothing.dispersion == pytest.approx(1.4 * 1.5 - 1)


def test_own_sales_count_as_much_as_the_expectation_when_their_variances_are_equal():
    once = update(EXPECTED, 20.0, 1.0, 1, Grain.WEEK)  # (1 / 10 + 0.4) / 0.5 is one step
    assert once.own_weight == pytest.approx(0.5)
    assert once.level == pytest.approx(15.0)


def test_a_launch_counts_for_what_it_is_worth():
    half = update(EXPECTED, 20.0, 2.0, 4, Grain.WEEK)  # four steps at half the level
    assert half.level == pytest.approx(10.0)


def test_the_more_the_analogues_differ_the_sooner_own_sales_take_over():
    weights = [
        update(Prior(10.0, spread, 0.4), 50.0, 5.0, 5, Grain.WEEK).own_weight for spread in (0, 0.1, 1, 5)
    ]
    assert weights == sorted(weights)
    assert weights[0] == pytest.approx(5 / 31)  # half a year, where nothing tells them apart
    assert weights[-1] == pytest.approx(5 / (5 + 1 / 7))  # a day at least


def test_an_item_found_to_sell_slowly_is_believed_as_a_gamma_distribution_is():
    slow = update(Prior(4.0, 0.5, 0.0), 1.0, 4.0, 4, Grain.WEEK)
    assert slow.level == pytest.approx((2.0 + 1.0) / (2.0 / 4.0 + 4.0))
    scattered = update(Prior(4.0, 0.5, 2.0), 1.0, 4.0, 4, Grain.WEEK).level
    counts = 1.0 / (1.0 + 2.0 * scattered)
    assert scattered == pytest.approx((2.0 + counts * 1.0) / (2.0 / 4.0 + counts * 4.0))


def test_an_item_found_to_sell_far_more_than_expected_is_believed_no_less_than_at_the_expected_level():
    weights = [update(EXPECTED, units, 2.0, 2, Grain.WEEK).own_weight for units in (20.0, 200.0, 2000.0)]
    assert weights == pytest.approx([2 / 3] * 3)  # (1 / 10 + 0.4) / 0.5 is one step


def test_where_nothing_is_known_own_sales_are_all_there_is():
    assert update(NOTHING_KNOWN, 12.0, 4.0, 4, Grain.DAY).level == 3.0
    assert update(NOTHING_KNOWN, 0.0, 0.0, 0, Grain.DAY).level == 0.0


@given(
    level=st.floats(0, 1e4),
    spread=st.floats(0, 25),
    dispersion=st.floats(0, MAX_DISPERSION),
    units=st.floats(0, 1e6),
    steps=st.integers(0, 700),
)
def test_the_level_lies_between_and_the_dispersion_shrinks_with_own_steps(
    level, spread, dispersion, units, steps
):
    prior = Prior(level, spread, dispersion)
    before, after = (update(prior, u, float(n), n, Grain.DAY) for u, n in ((0.0, 0), (units, steps)))
    own = units / steps if steps else level
    assert min(own, level) - 1e-9 <= after.level <= max(own, level) * (1 + 1e-9) + 1e-9
    assert 0 <= after.own_weight <= 1
    assert dispersion - 1e-9 <= after.dispersion <= before.dispersion + 1e-9
