"""One order's alternatives: real second solves, priced alike, told once."""

from dataclasses import replace

import pytest

from fulfillment.ids import NodeId
from fulfillment.ledger.memory import InMemoryLedger
from fulfillment.money import Micros
from fulfillment.network import NodeKind
from fulfillment.plan import CostKind
from fulfillment.policy import DEFAULT_POLICY, Policy
from fulfillment.supply import CapacityKey, CapacityRow, SupplyKey, SupplyRow
from optimizer.sourcing import check
from scenarios.alternatives import alternatives, in_one_sentence, main_node
from scenarios.deciding import deciders
from scenarios.instances import (
    OrderCase,
    nothing_left,
    random_order_case,
    scarce,
    split_or_consolidate,
    two_parcels_or_one,
)
from scenarios.question import Question, question_at

POLICY = DEFAULT_POLICY
CASES = [
    two_parcels_or_one(),
    split_or_consolidate(),
    scarce(),
    nothing_left(),
    *(random_order_case(seed, nodes=6, lines=4, depth=0.7) for seed in range(6)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_alternative_is_a_valid_plan_no_better_than_the_chosen(case: OrderCase) -> None:
    question = _question(case)
    chosen, *others = alternatives(question)
    for one in (chosen, *others):
        # A rule, or Nodewise with a node forbidden, may leave units that the chosen plan finds.
        violations = check(question.instance, one.plan)
        assert [said for said in violations if one is chosen or "given up" not in said] == []
        assert sum(line.amount for line in one.plan.cost_lines) == one.plan.objective
        assert (one.plan.unfilled_units, one.plan.objective) >= (
            chosen.plan.unfilled_units,
            chosen.plan.objective,
        )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_plans_that_are_alike_are_told_once_and_every_rule_is_found(case: OrderCase) -> None:
    told = alternatives(_question(case))
    assert len({one.plan for one in told}) == len(told)
    rules = [title for one in told for title in one.rules]
    assert sorted(rules) == sorted(
        decide.title for decide in deciders().values() if decide.name != "nodewise"
    )


def test_a_forbidden_node_ships_nothing() -> None:
    question = _question(two_parcels_or_one())
    chosen = question.answer().plan
    assert main_node(chosen) == "far"
    plan = question.without(NodeId("far")).plan
    assert [shipment.node for shipment in plan.shipments] == ["near"]
    assert plan.unfilled_units == 1


def test_a_single_node_is_the_one_that_fills_most() -> None:
    plan = _question(scarce()).from_one_node().plan
    assert [shipment.node for shipment in plan.shipments] == ["near"]
    assert plan.unfilled_units == 4


def test_free_splits_are_chosen_for_cash_and_priced_with_the_penalty() -> None:
    case = split_or_consolidate()  # a split saves 2.50 of cash
    question = _question(case, replace(POLICY, extra_shipment_penalty=Micros(3_000_000)))
    plan = question.if_splits_were_free()
    assert len(plan.shipments) == 2
    assert len(question.answer().plan.shipments) == 1
    assert [c.amount for c in plan.cost_lines if c.kind is CostKind.EXTRA_SHIPMENT] == [3_000_000]


def test_nodes_can_be_chosen_by_kind() -> None:
    question = _question(two_parcels_or_one())  # stores only
    assert question.only(lambda node: node.kind is NodeKind.DC).plan.unfilled_units == 2


def test_asking_changes_nothing() -> None:
    ledger = _ledger(two_parcels_or_one())
    question = _question(two_parcels_or_one(), ledger=ledger)
    assert alternatives(question) == alternatives(question)
    assert ledger.reconcile() == []


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (
            two_parcels_or_one(),
            "Order two_parcels_or_one ships from far for £5.29, as by the rule one node if possible; "
            "proven cheapest, to the penny",
        ),
        (nothing_left(), "Nothing of order nothing_left can be shipped: 3 units have no stock"),
    ],
    ids=["one node", "no stock"],
)
def test_the_decision_is_told_in_one_sentence(case: OrderCase, said: str) -> None:
    question = _question(case)
    assert in_one_sentence(question, alternatives(question), question.answer(), currency="£") == said


def test_a_gap_is_told_as_what_could_be_saved_at_most() -> None:
    question = _question(two_parcels_or_one())
    rule = deciders()["nearest_first"]
    said = in_one_sentence(question, alternatives(question), question.answer(rule), currency="£")
    assert said.endswith("; no plan can be more than £8.79 cheaper")


def _question(case: OrderCase, policy: Policy = POLICY, *, ledger: InMemoryLedger | None = None) -> Question:
    now = case.order.placed_at
    return question_at(
        case.order, network=case.network, policy=policy, ledger=ledger or _ledger(case), now=now
    )


def _ledger(case: OrderCase) -> InMemoryLedger:
    ledger, now = InMemoryLedger(), case.order.placed_at
    ledger.set_supply(
        [SupplyRow(SupplyKey(sku, node), units) for (node, sku), units in case.stock.items()], now=now
    )
    days = [CapacityKey(node.id, node.local_day(now)) for node in case.network.nodes.values()]
    ledger.set_capacity([CapacityRow(day, case.capacity[day.node]) for day in days], now=now)
    return ledger
