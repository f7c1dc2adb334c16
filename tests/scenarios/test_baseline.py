"""The OMS's own choice: a choice equal to a plan costs the same, and what it goes against is all told."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fulfillment.ids import LineId, NodeId, ServiceId, SkuId
from fulfillment.money import Micros
from fulfillment.orders import NodeChoice, Order
from fulfillment.plan import CostKind, Plan
from fulfillment.policy import Policy
from fulfillment.price_book import PriceBook
from fulfillment.rates import Rate
from fulfillment.shadow import Against, ChosenUnits, Violation
from fulfillment.skus import Component
from optimizer.sourcing import RULES, Limits, SolveStatus, SourcingInstance, build_instance, source
from optimizer.sourcing.costing import plan_of
from scenarios.baseline import chosen_by, price, violations
from scenarios.instances import OrderCase, split_or_consolidate, two_parcels_or_one
from scenarios.question import Question
from tests.sourcing.demands import Demand, charged_nodes, demands, ships_as_pinned, split_charges
from tests.sourcing.orders import SERVE_ALL, instance_of

often = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
AMPLE = Limits(branches=20_000, deterministic_seconds=5.0)
HALF_A_PENNY = 5_000


def priced(chosen: Sequence[ChosenUnits], case: OrderCase, policy: Policy = SERVE_ALL) -> Plan:
    return price(chosen, asked(case, policy))


def broken(
    chosen: Sequence[ChosenUnits], case: OrderCase, policy: Policy = SERVE_ALL
) -> tuple[Violation, ...]:
    return violations(chosen, asked(case, policy))


def asked(case: OrderCase, policy: Policy) -> Question:
    return Question(case.order, case.network, policy, case.stock, case.capacity)


def chosen(*units: tuple[str, str, int]) -> list[ChosenUnits]:
    """(line, node, quantity)."""
    return [ChosenUnits(LineId(line), NodeId(node), quantity) for line, node, quantity in units]


def two_skus() -> OrderCase:
    """The near node lacks the plate, the far node has both; lines are called as their skus."""
    return by_sku(two_parcels_or_one())


def by_sku(case: OrderCase) -> OrderCase:
    lines = tuple(replace(line, id=LineId(line.sku)) for line in case.order.lines)
    return replace(case, order=replace(case.order, lines=lines))


def said(found: Sequence[Violation]) -> list[tuple[Against, str]]:
    return [(one.against, one.detail) for one in found]


@often
@given(demands(splits=True), st.booleans())
def test_a_choice_equal_to_a_plan_costs_the_same_to_the_micro_and_goes_against_nothing(
    demand: Demand, named: bool
) -> None:
    case, policy = demand.bound, demand.policy
    instance = instance_of(case, policy)
    for plan in (source(instance, limits=AMPLE).plan, *(rule(instance) for rule in RULES.values())):
        units = chosen_by(plan) if named else [replace(one, service=None) for one in chosen_by(plan)]
        again = priced(units, case, policy)
        assert again.shipments == plan.shipments
        assert again.cost_lines == plan.cost_lines
        assert again.unfilled_units == plan.unfilled_units
        assert broken(units, case, policy) == ()


@often
@given(demands(splits=True))
def test_a_choice_of_a_greedy_rule_is_never_cheaper_than_a_proven_plan_that_fills_as_much(
    demand: Demand,
) -> None:
    instance = instance_of(demand.bound, demand.policy)
    outcome = source(instance, limits=AMPLE)
    if outcome.status is not SolveStatus.OPTIMAL:
        return
    for rule in RULES.values():
        theirs = priced(chosen_by(rule(instance)), demand.bound, demand.policy)
        if theirs.unfilled_units == outcome.plan.unfilled_units:
            assert theirs.objective >= outcome.plan.objective - HALF_A_PENNY


@often
@given(demands(splits=True), st.data())
def test_any_choice_is_told_what_it_goes_against_and_charged_for_soft_rules(
    demand: Demand, data: st.DataObject
) -> None:
    """The oracle knows nothing of choices: it adds up rows, and asks for each demand by itself."""
    free = instance_of(demand.free, replace(demand.policy, rules=()))
    left = free.demand.copy()
    units = np.zeros_like(free.stock)
    for k in range(len(free.nodes)):
        for line in range(len(left)):
            units[k, line] = data.draw(st.integers(0, int(left[line])))
            left[line] -= units[k, line]
    lines = demand.bound.order.lines
    choice = [
        ChosenUnits(lines[line].id, free.nodes[k], int(units[k, line]))
        for k, line in zip(*np.nonzero(units), strict=True)
    ]
    taken: Counter[tuple[NodeId, SkuId]] = Counter()
    for k, line in zip(*np.nonzero(units), strict=True):
        taken[free.nodes[k], lines[line].sku] += int(units[k, line])
    may = dict(charged_nodes(demand, free.nodes))
    used = [free.nodes[k] for k in np.flatnonzero(units.any(axis=1))]
    extra = split_charges(demand, units)
    keeps = (
        all(count <= demand.free.stock.get(place, 0) for place, count in taken.items())
        and bool((units.sum(axis=1) <= free.capacity).all())
        and all(node in may for node in used)
        and ships_as_pinned(demand, free.nodes, units)
        and extra is not None
    )
    assert (broken(choice, demand.bound, demand.policy) == ()) is keeps
    if keeps:
        plan = plan_of(free, units)
        costs = plan.objective + sum(may[node] for node in used) + (extra or 0)
        assert priced(choice, demand.bound, demand.policy).objective == costs


def test_what_nobody_sees_is_priced_all_the_same_and_told() -> None:
    case = two_skus()
    far = replace(case.network.nodes[NodeId("far")], is_on=False, off_reason="flood")
    flooded = replace(
        case, network=replace(case.network, nodes={**case.network.nodes, far.id: far}), capacity={far.id: 1}
    )
    units = chosen(("mug", "near", 1), ("plate", "far", 1))
    assert priced(units, flooded).cost_lines == priced(units, case).cost_lines
    assert broken(units, case) == ()
    assert said(broken(units, flooded)) == [(Against.OFF, "far is off")]
    more = chosen(("mug", "far", 1), ("plate", "near", 1))
    assert said(broken(more, replace(case, capacity={far.id: 0}))) == [
        (Against.STOCK, "near ships 1 of plate, 0 seen"),
        (Against.CAPACITY, "far ships 1 units today, has room for 0"),
    ]


def test_a_choice_that_ships_nothing_loses_the_margin_of_everything() -> None:
    case = two_skus()
    plan = priced([], case)
    assert plan.shipments == ()
    assert [line.kind for line in plan.cost_lines] == [CostKind.LOST_MARGIN]
    assert plan.unfilled_units == case.order.units
    assert broken([], case) == ()


def test_prices_of_a_kits_components_are_asked_for_what_is_really_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[dict[str, Any]] = []

    def build(order: Order, **named: Any) -> SourcingInstance:
        seen.append(named)
        return build_instance(order, **named)

    monkeypatch.setattr("scenarios.baseline.build_instance", build)
    case = two_parcels_or_one()
    line = case.order.lines[0]
    parts = (Component(SkuId("part"), 2),)
    part = replace(case.network.skus[line.sku], id=SkuId("part"))
    kit = replace(case.network.skus[line.sku], components=parts)
    network = replace(case.network, skus={**case.network.skus, kit.id: kit, part.id: part})
    node = min(case.network.nodes)
    now = case.order.placed_at
    book = PriceBook("a", now, now, {})
    question = Question(
        case.order,
        network,
        SERVE_ALL,
        {(node, kit.id): 1, (node, part.id): 3},
        case.capacity,
        prices=book,
        now=now,
    )
    price([ChosenUnits(line.id, node, 1)], question)
    (built,) = seen
    assert (built["prices"], built["now"]) == (book, now)
    assert built["stock"][node, part.id] == 3
    assert built["stock"][node, kit.id] == 1


def test_the_service_that_the_oms_names_is_the_one_that_is_priced() -> None:
    case = two_skus()
    node, zone = NodeId("near"), case.order.destination.zone
    dear = Rate(ServiceId("express"), node, zone, Micros(9_000_000), Micros(0), 30_000)
    rates = {**case.network.rates, (node, zone): (*case.network.rates[node, zone], dear)}
    both = replace(case, network=replace(case.network, rates=rates))
    (cheap,) = chosen(("mug", "near", 1))
    assert priced([cheap], both).shipments[0].service != "express"
    named = priced([replace(cheap, service=ServiceId("express"))], both)
    assert (named.shipments[0].service, named.cost_lines[0].amount) == ("express", 9_000_000)


def test_kits_are_seen_as_their_components_and_packed_by_their_picks() -> None:
    case = two_skus()
    mug = replace(case.network.skus[SkuId("mug")], components=(Component(SkuId("plate"), 3),))
    kit = replace(case, network=replace(case.network, skus={**case.network.skus, mug.id: mug}))
    kit = replace(kit, stock={(NodeId("far"), SkuId("plate")): 3}, capacity={NodeId("far"): 3})
    assert said(broken(chosen(("mug", "far", 1)), kit)) == []
    assert said(broken(chosen(("mug", "far", 1), ("plate", "far", 1)), kit)) == [
        (Against.STOCK, "far ships 4 of plate, 3 seen"),
        (Against.CAPACITY, "far ships 4 units today, has room for 3"),
    ]
    labor = {line.kind: line.amount for line in priced(chosen(("mug", "far", 1)), kit).cost_lines}
    node = case.network.nodes[NodeId("far")].labor
    assert labor[CostKind.LABOR] == node.per_order + node.per_line + 3 * node.per_unit


@pytest.mark.parametrize(
    ("choice", "units", "words"),
    [
        (NodeChoice(forbidden=(NodeId("east"),)), (("mug", "east", 1),), "east may not ship it"),
        (NodeChoice(at_most=1), (("mug", "east", 1), ("plate", "west", 1)), "2 nodes ship it, at most 1 may"),
        (
            NodeChoice(together=((LineId("mug"), LineId("plate")),)),
            (("mug", "east", 1), ("plate", "west", 1)),
            "2 nodes ship it, at most 1 may: lines that ship together",
        ),
    ],
    ids=["forbidden", "at most", "together"],
)
def test_what_the_order_itself_demands_is_told_as_the_orders(
    choice: NodeChoice, units: tuple[tuple[str, str, int], ...], words: str
) -> None:
    case = by_sku(split_or_consolidate())
    stock = {(node, line.sku): 9 for node in case.network.nodes for line in case.order.lines}
    case = replace(case, order=replace(case.order, nodes=choice), stock=stock)
    (one,) = broken(chosen(*units), case)
    assert one.against is Against.ORDER
    assert one.rule == ""
    assert words in one.detail


def test_an_order_that_is_filled_whole_or_not_at_all_is_told_when_it_is_neither() -> None:
    case = two_skus()
    whole = replace(case, order=replace(case.order, accept_partial=False))
    assert [one.against for one in broken(chosen(("mug", "near", 1)), whole)] == [Against.ORDER]
    assert broken(chosen(("mug", "far", 1), ("plate", "far", 1)), whole) == ()
    assert broken([], whole) == ()
