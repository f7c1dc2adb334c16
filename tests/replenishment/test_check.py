"""The check itself: every spoiled outcome is found out."""

from dataclasses import replace

import pytest

from fulfillment.ids import SkuId
from fulfillment.money import Micros
from optimizer.replenishment.check import check
from optimizer.replenishment.instance import Instance
from optimizer.replenishment.outcome import Engine
from optimizer.replenishment.rules import safety_factor
from optimizer.replenishment.solve import solve


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda p: replace(p, sku=SkuId("cup")), "the proposal is for SKU cup"),
        (lambda p: replace(p, units=p.units + 1), "units are not 1 cases of 6"),
        (lambda p: replace(p, cases=-1, units=-6), "-1 cases"),
        (lambda p: replace(p, expected_cost=Micros(p.expected_cost + 50)), "expected cost says"),
    ],
)
def test_a_spoiled_proposal_is_found_out(today, make_item, spoil, found):
    instance = Instance(today, (make_item(case_pack=6),))
    outcome = solve(instance)
    spoiled = replace(outcome, proposals=(spoil(outcome.proposals[0]),), lower_bound=None)
    assert any(found in fault for fault in check(instance, spoiled))


@pytest.mark.parametrize(("factor", "found"), [(0.0, "one more case"), (4.0, "one case fewer")])
def test_a_proposal_that_is_not_the_cheapest_is_found_out(today, make_item, factor, found):
    instance = Instance(today, (make_item(),))
    by_rule = safety_factor(instance, factor=factor)
    assert check(instance, by_rule) == []
    assert any(found in fault for fault in check(instance, replace(by_rule, engine=Engine.BASE_STOCK)))


def test_a_missing_proposal_is_found_out(today, make_item):
    instance = Instance(today, (make_item(),))
    assert check(instance, replace(solve(instance), proposals=())) == ["0 proposals for 1 items"]


def test_a_bound_above_the_cost_is_found_out(today, make_item):
    instance = Instance(today, (make_item(),))
    outcome = solve(instance)
    spoiled = replace(outcome, lower_bound=Micros(outcome.expected_cost + 1))
    assert any("lower bound" in fault for fault in check(instance, spoiled))
