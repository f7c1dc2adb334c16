"""The named rules: what they order, and that the check accepts and costs them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.errors import InvalidInput
from optimizer.replenishment.check import check
from optimizer.replenishment.demand import IntervalDemand
from optimizer.replenishment.instance import Instance
from optimizer.replenishment.outcome import Engine
from optimizer.replenishment.rules import min_max, safety_factor


def test_min_max_orders_up_to_its_maximum_only_below_its_minimum(today, make_item):
    items = tuple(
        make_item(sku=f"s{on_hand}", on_hand=on_hand, demand=IntervalDemand(12, 12), case_pack=6)
        for on_hand in (4, 5, 20)
    )
    outcome = min_max(Instance(today, items), min_days=5, max_days=15)  # one unit a day: below 5, up to 15
    assert [proposal.cases for proposal in outcome.proposals] == [2, 0, 0]
    assert outcome.engine is Engine.MIN_MAX
    assert outcome.lower_bound is None


def test_the_safety_factor_adds_so_many_standard_deviations(today, make_item):
    item = make_item(demand=IntervalDemand(100, 400), on_hand=30)
    assert safety_factor(Instance(today, (item,)), factor=1.5).proposals[0].units == 100


def test_a_minimum_above_the_maximum_is_refused(today, make_item):
    with pytest.raises(InvalidInput, match="min_days 9, max_days 5"):
        min_max(Instance(today, (make_item(),)), min_days=9, max_days=5)


@given(data=st.data(), low=st.floats(0, 20), more=st.floats(0, 20), factor=st.floats(-2, 4))
def test_the_check_finds_nothing_in_what_the_rules_propose(instances, data, low, more, factor):
    instance = data.draw(instances)
    assert check(instance, min_max(instance, min_days=low, max_days=low + more)) == []
    assert check(instance, safety_factor(instance, factor=factor)) == []
