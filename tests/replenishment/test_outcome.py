"""Reasons: what a planner reads beside each proposal."""

import pytest

from fulfillment.money import Micros
from optimizer.replenishment.demand import IntervalDemand
from optimizer.replenishment.instance import Instance
from optimizer.replenishment.rules import min_max
from optimizer.replenishment.solve import solve


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {
                "on_hand": 6,
                "case_pack": 10,
                "demand": IntervalDemand(36, 36),
                "shortage_cost": Micros(19_000_000),
            },
            "now 2.0 days of cover; demand to 13 Apr is at most 46 with 95.5 %; 4 cases of 10",
        ),
        (
            {"case_pack": 7},
            "now 0.0 days of cover; demand to 13 Apr is at most 8 with 84.7 %; "
            "1 case of 7, one more costs more than it saves",
        ),
        (
            {"on_hand": 7, "case_pack": 48},
            "now 14.0 days of cover; demand to 13 Apr is at most 8 with 84.7 %; "
            "a case of 48 would cost more than it saves",
        ),
        (
            {"on_hand": 9},
            "now 18.0 days of cover; demand to 13 Apr is at most 8 with 84.7 %; nothing to order",
        ),
        (
            {"demand": IntervalDemand(0, 0)},
            "no demand expected; demand to 13 Apr is at most 0 with 99.9 %; nothing to order",
        ),
    ],
)
def test_a_reason_is_one_clause(today, make_item, changes, sentence):
    proposal = solve(Instance(today, (make_item(**changes),))).proposals[0]
    assert proposal.reason.sentence == sentence


def test_a_rule_says_when_stock_is_not_below_its_minimum(today, make_item):
    outcome = min_max(Instance(today, (make_item(on_hand=3),)), min_days=5, max_days=20)
    assert outcome.proposals[0].reason.sentence.endswith("not below the minimum, nothing to order")


def test_what_one_more_case_saves_is_the_difference_of_two_costs(today, make_item):
    item = make_item(case_pack=2)
    few = min_max(Instance(today, (item,)), min_days=1, max_days=8).proposals[0]
    more = min_max(Instance(today, (item,)), min_days=1, max_days=12).proposals[0]
    assert more.cases == few.cases + 1
    assert few.reason.next_case_saves == few.expected_cost - more.expected_cost
