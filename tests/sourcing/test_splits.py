"""How many nodes may share an order or a line: named cases, each decided by one rule or wish."""

from dataclasses import replace

import pytest

from fulfillment.errors import InvalidInput
from fulfillment.ids import LineId, NodeId
from fulfillment.orders import NodeChoice, OrderLine, Placed
from fulfillment.plan import CostKind, UnfilledReason
from fulfillment.policy import Policy
from fulfillment.policy_rules import PolicyRule
from fulfillment.split_rules import MaximumNodes, MaximumNodesPerLine
from optimizer.sourcing import Engine, Outcome, SolveStatus, check, source
from optimizer.sourcing.splitting import worth
from scenarios.instances import NAMED_CASES, OrderCase
from tests.sourcing.orders import SERVE_ALL, instance_of, pounds

ONE = MaximumNodes("never split", 1)


def case_of(name: str, *, at_most: int | None = None, together: str = "", begun: str = "") -> OrderCase:
    case = NAMED_CASES[name]()
    groups = (tuple(LineId(line) for line in together.split()),) if together else ()
    choice = NodeChoice(at_most=at_most, together=groups)
    shipped = tuple((LineId(line), NodeId(node)) for line, node in (one.split("@") for one in begun.split()))
    gone = OrderLine(LineId("0"), case.order.lines[0].sku, 1)
    placed = Placed((*case.order.lines, gone), shipped) if shipped else None
    return replace(case, order=replace(case.order, nodes=choice, placed=placed))


def with_rules(*rules: PolicyRule, **weights: int) -> Policy:
    return replace(SERVE_ALL, rules=rules, **weights)  # type: ignore[arg-type]


def decided(case: OrderCase, policy: Policy = SERVE_ALL) -> Outcome:
    instance = instance_of(case, policy)
    outcome = source(instance)
    assert outcome.status is SolveStatus.OPTIMAL
    assert check(instance, outcome.plan) == []
    return outcome


def shipped(outcome: Outcome) -> dict[str, dict[str, int]]:
    return {s.node: {u.line: u.quantity for u in s.units} for s in outcome.plan.shipments}


def unfilled(outcome: Outcome) -> list[tuple[str, int, UnfilledReason]]:
    return [(u.line, u.quantity, u.reason) for u in outcome.plan.unfilled]


def test_an_order_that_is_never_split_ships_whole_from_the_dear_node() -> None:
    # East and west together cost 6.67 of cash, the hub 9.37.
    assert shipped(decided(case_of("split_or_consolidate"))).keys() == {"east", "west"}
    for outcome in (
        decided(case_of("split_or_consolidate", at_most=1)),
        decided(case_of("split_or_consolidate"), with_rules(ONE)),
    ):
        assert shipped(outcome) == {"hub": {"1": 2, "2": 2}}


def test_an_order_that_no_node_can_fill_alone_is_served_by_the_one_that_serves_most() -> None:
    # Near holds six of ten mugs and far three.
    outcome = decided(case_of("scarce", at_most=1))
    assert shipped(outcome) == {"near": {"1": 6}}
    assert unfilled(outcome) == [("1", 4, UnfilledReason.NO_STOCK)]
    assert outcome.unfilled_bound == 4


def test_small_orders_are_not_split_and_large_ones_may_be() -> None:
    case = case_of("split_or_consolidate")
    value = worth(case.order, case.network)
    assert shipped(decided(case, with_rules(replace(ONE, below=value)))).keys() == {"east", "west"}
    assert shipped(decided(case, with_rules(replace(ONE, below=value + 1)))).keys() == {"hub"}


def test_what_is_left_of_an_order_is_worth_what_the_order_was() -> None:
    part = case_of("split_or_consolidate", begun="0@hub")  # a line that was there is gone
    value = worth(case_of("split_or_consolidate").order, part.network)
    assert worth(part.order, part.network) > value
    rule = replace(ONE, at_most=2, below=value + 1)
    assert shipped(decided(part, with_rules(rule))).keys() == {"east", "west"}


def test_what_has_begun_counts_for_its_line_and_its_group() -> None:
    rule = MaximumNodesPerLine("no line split", 1)
    outcome = decided(case_of("split_or_consolidate", begun="1@hub"), with_rules(rule))
    assert shipped(outcome) == {"hub": {"1": 2, "2": 2}}
    outcome = decided(case_of("split_or_consolidate", together="1 0", begun="0@west"))
    assert (shipped(outcome).keys(), outcome.plan.unfilled_units) == ({"west"}, 2)


def test_a_line_of_a_sku_that_is_never_split_leaves_the_rest_unfilled() -> None:
    rule = MaximumNodesPerLine("mugs together", 1, (NAMED_CASES["scarce"]().order.lines[0].sku,))
    outcome = decided(case_of("scarce"), with_rules(rule))
    assert shipped(outcome) == {"near": {"1": 6}}
    other = replace(rule, skus=(NAMED_CASES["split_or_consolidate"]().order.lines[1].sku,))
    assert shipped(decided(case_of("scarce"), with_rules(other))) == {"near": {"1": 6}, "far": {"1": 3}}


def test_lines_that_belong_together_leave_from_one_node() -> None:
    assert shipped(decided(case_of("split_or_consolidate", together="1 2"))) == {"hub": {"1": 2, "2": 2}}


@pytest.mark.parametrize("too_dear", [False, True])
def test_a_soft_limit_is_exceeded_exactly_where_that_is_cheaper(too_dear: bool) -> None:
    # The hub costs 9.00 + 0.17 + 0.20, east and west 6.50 + 0.17 + 0.20 and 0.50 that steers: 2.00 apart.
    penalty = pounds(2.01 if too_dear else 1.99)
    plan = decided(case_of("split_or_consolidate"), with_rules(replace(ONE, penalty=penalty))).plan
    told = [(c.amount, c.node, c.rule) for c in plan.cost_lines if c.kind is CostKind.RULE]
    assert told == ([] if too_dear else [(penalty, None, "never split")])
    assert {s.node for s in plan.shipments} == ({"hub"} if too_dear else {"east", "west"})


def test_a_node_that_has_begun_to_ship_counts_among_those_that_share() -> None:
    assert shipped(decided(case_of("split_or_consolidate", at_most=2, begun="0@hub"))).keys() == {"hub"}
    assert shipped(decided(case_of("split_or_consolidate", at_most=3, begun="0@hub"))).keys() == {
        "east",
        "west",
    }
    elsewhere = decided(case_of("split_or_consolidate", at_most=2, begun="0@elsewhere"))
    assert shipped(elsewhere).keys() == {"hub"}
    nowhere = decided(case_of("split_or_consolidate", at_most=1, begun="0@elsewhere"))
    assert (shipped(nowhere), nowhere.plan.unfilled_units) == ({}, 4)


def test_a_limit_that_does_not_bind_leaves_the_proof_to_the_fast_engine() -> None:
    outcome = decided(case_of("split_or_consolidate", at_most=2), with_rules(replace(ONE, at_most=2)))
    assert shipped(outcome).keys() == {"east", "west"}
    assert outcome.engine is Engine.SUBSETS


@pytest.mark.parametrize(
    ("make", "said", "pointer"),
    [
        (lambda: MaximumNodes("none", 0), "at most 0 nodes", "/at_most"),
        (lambda: MaximumNodesPerLine("none", 0), "at most 0 nodes", "/at_most"),
        (lambda: NodeChoice(at_most=0), "at most 0 nodes", "/nodes/at_most"),
        (lambda: NodeChoice(together=((LineId("1"),),)), "two lines or more", "/nodes/together/0"),
        (lambda: case_of("scarce", together="1 9"), "no line 9", "/nodes/together/0"),
        (lambda: case_of("split_or_consolidate", together="1 1"), "one group only", "/nodes/together/0"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(make: object, said: str, pointer: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        make()  # type: ignore[operator]
    assert caught.value.pointer == pointer
    assert caught.value.fix
