"""The term that makes a node dear: what a plan has most more of, and at that node."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice

from fulfillment.ids import NodeId
from fulfillment.money import Micros
from fulfillment.plan import CostKind, CostLine, Plan
from optimizer.sourcing.costing import plan_of
from scenarios.explanation.decisive import decisive_kind, decisive_term
from scenarios.instances import (
    random_order_case,
)
from tests.scenarios.test_explanation import nodes_of, question_of
from tests.sourcing.brute_force import every_assignment
from tests.sourcing.full_costs import with_everything


def plans_beside(seed: int) -> Iterator[tuple[Plan, Plan, NodeId]]:
    """Plans of a random order with all costs, each with the best one and a node that only the plan uses."""
    made = with_everything(random_order_case(seed, nodes=4, lines=2, max_quantity=2, depth=2.0), seed)
    question = replace(question_of(made.case, made.policy), prices=made.prices, now=made.case.order.placed_at)
    instance, chosen = question.instance, question.answer().plan
    for units in islice(every_assignment(instance), 0, None, 11):
        plan = plan_of(instance, units)
        for node in sorted(nodes_of(plan) - nodes_of(chosen)):
            yield plan, chosen, node


def test_the_term_that_is_named_is_what_differs_most_and_at_that_node() -> None:
    named = Counter[CostKind]()
    for plan, chosen, node in chain.from_iterable(plans_beside(seed) for seed in range(150)):
        kind = decisive_kind(plan, chosen, node)
        if kind is None:
            continue
        named[kind] += 1
        more = plan.objective - chosen.objective
        differing = {one: of_kind(plan, one) - of_kind(chosen, one) for one in CostKind}
        assert differing[kind] == max(differing.values())
        assert of_kind(plan, kind, node) >= more > 0
    assert len(named) > 3


def of_kind(plan: Plan, kind: CostKind, node: NodeId | None = None) -> int:
    return sum(line.amount for line in plan.cost_lines if line.kind is kind and node in (None, line.node))


def test_of_two_nodes_that_join_the_one_is_named_whose_stock_is_dear() -> None:
    chosen = Plan((), (), (CostLine(CostKind.PACKAGES, Micros(5_000_000), NodeId("home")),))
    joined = (
        CostLine(CostKind.PACKAGES, Micros(4_000_000), NodeId("home")),
        CostLine(CostKind.STOCK, Micros(9_000), NodeId("cheap")),
        CostLine(CostKind.STOCK, Micros(3_000_000), NodeId("dear")),
    )
    plan = Plan((), (), joined)
    assert decisive_term(plan, chosen, NodeId("dear"), wanted_by=None) == "its last units are dear"
    assert decisive_term(plan, chosen, NodeId("cheap"), wanted_by=None) == ""


def test_a_term_that_is_outdone_by_freight_is_not_named() -> None:
    chosen = Plan((), (), (CostLine(CostKind.LABOR, Micros(3_000_000), NodeId("home")),))
    lines = (
        CostLine(CostKind.PACKAGES, Micros(3_000_000), NodeId("far")),
        CostLine(CostKind.CO2E, Micros(1_000_000), NodeId("far")),
    )
    assert decisive_term(Plan((), (), lines), chosen, NodeId("far"), wanted_by=None) == ""
