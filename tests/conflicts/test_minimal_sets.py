"""Minimal sets of demands on random small orders, against every subset of them and every plan of each."""

from dataclasses import dataclass, replace
from itertools import combinations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fulfillment.ids import NodeId
from fulfillment.orders import ANY_NODE
from fulfillment.policy_rules import PolicyRule
from fulfillment.supply import SupplyKey, SupplyRow
from fulfillment.tier_rules import HeldForTiers
from optimizer.conflicts import Case, Conflict, DemandKind, demands_of, find_conflict
from optimizer.conflicts import Demand as Demanded
from optimizer.conflicts.demands import without
from optimizer.sourcing import SolveStatus, build_instance, source
from optimizer.sourcing.ranking import PROOF_TOLERANCE
from scenarios.instances import NAMED_CASES, OrderCase
from tests.sourcing.demands import Demand, admissible, demands
from tests.sourcing.orders import SERVE_ALL


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Small orders with demands, some with nodes that are off, most of them to be filled whole."""
    demand = draw(demands(splits=draw(st.booleans())))
    order, network = demand.bound.order, demand.bound.network
    off = draw(st.sampled_from([None, None, *sorted(network.nodes)]))
    nodes = {node: replace(known, is_on=node != off) for node, known in network.nodes.items()}
    rows = tuple(
        SupplyRow(SupplyKey(sku, node), units) for (node, sku), units in sorted(demand.bound.stock.items())
    )
    return Case(
        replace(order, placed=None, accept_partial=draw(st.sampled_from((False, False, True)))),
        replace(network, nodes=nodes),
        replace(demand.policy, may_give_up=False),
        rows,
        demand.bound.capacity,
    )


@dataclass(frozen=True)
class Best:
    """The best of all plans: units left out, and what it costs; None where there is none."""

    unfilled: int
    cost: int


def best_of(case: Case) -> Best:
    bound = OrderCase("relaxed", case.network, case.order, case.stock(), dict(case.capacity))
    lines = tuple(replace(line, node=None) for line in case.order.lines)
    free = replace(bound, order=replace(case.order, nodes=ANY_NODE, lines=lines))
    return Best(*min(admissible(Demand(free, bound, case.policy))))


def holds(case: Case) -> bool:
    return case.order.units - best_of(case).unfilled >= case.units_needed


def prove_minimal(case: Case) -> None:
    """Against every subset of the demands."""
    known = demands_of(case)
    assume(0 < len(known) <= 6)
    subsets = [set(some) for size in range(len(known) + 1) for some in combinations(range(len(known)), size)]
    fails = [some for some in subsets if not holds(without(case, _others(known, some)))]
    minimal = [some for some in fails if not any(smaller < some for smaller in fails)]
    whole = {number for number, one in enumerate(known) if one.kind is DemandKind.FILLED_WHOLE}
    conflict = find_conflict(case)
    if set(range(len(known))) not in fails or whole in fails or set() in fails:
        assert conflict is None  # it can be filled as it is, or not by any change of demands
        return
    assert conflict is not None
    assert conflict.is_minimal
    assert {known.index(one) for one in conflict.demands} in minimal


@given(cases())
@settings(max_examples=100)
def test_the_set_is_one_of_the_minimal_ones_of_all_subsets(case: Case) -> None:
    prove_minimal(case)


@pytest.mark.soak
@given(cases())
@settings(max_examples=2_500)
def test_many_sets_are_each_one_of_the_minimal_ones_of_all_subsets(case: Case) -> None:
    prove_minimal(case)


def prove_costs(case: Case) -> None:
    """Those of every relaxation, against every plan of the order without the demand."""
    conflict = find_conflict(case)
    assume(conflict is not None)
    assert isinstance(conflict, Conflict)
    assert len(conflict.relaxations) == len(conflict.demands)
    for one in conflict.relaxations:
        relaxed = one.demand.drop(case)
        best = best_of(relaxed)
        assert one.helps is (relaxed.order.units - best.unfilled >= relaxed.units_needed)
        if one.helps is False:
            left = demands_of(relaxed)
            assert not holds(without(relaxed, [other for other in left if other not in one.others]))
        if one.is_proven:
            assert one.objective is not None
            assert one.unfilled == best.unfilled
            assert 0 <= one.objective - best.cost <= PROOF_TOLERANCE
    helping = [one for one in conflict.relaxations if one.objective is not None]
    assert (conflict.cheapest is None) == (not helping)


@given(cases())
@settings(max_examples=100)
def test_what_a_relaxation_costs_is_confirmed_by_every_plan(case: Case) -> None:
    prove_costs(case)


@pytest.mark.soak
@given(cases())
@settings(max_examples=1_500)
def test_what_many_relaxations_cost_is_confirmed_by_every_plan(case: Case) -> None:
    prove_costs(case)


def _others(known: tuple[Demanded, ...], some: set[int]) -> list[Demanded]:
    return [one for number, one in enumerate(known) if number not in some]


@given(demands(splits=True), st.integers(0, 3))
@settings(max_examples=150)
def test_a_rule_that_becomes_hard_never_makes_an_order_better(demand: Demand, number: int) -> None:
    rules = demand.policy.rules
    soft = [rule for rule in rules if not isinstance(rule, HeldForTiers) and rule.penalty is not None]
    assume(soft)
    hardened = soft[number % len(soft)]

    def decided(policy_rules: tuple[PolicyRule, ...]) -> tuple[int, int]:
        policy = replace(demand.policy, rules=policy_rules)
        case = demand.bound
        instance = build_instance(
            case.order, network=case.network, policy=policy, stock=case.stock, capacity=case.capacity
        )
        outcome = source(instance)
        assume(outcome.status is SolveStatus.OPTIMAL)
        return 0 if policy.may_give_up else outcome.plan.unfilled_units, outcome.plan.objective

    hard = replace(hardened, penalty=None)
    soft_unfilled, soft_cost = decided(rules)
    hard_unfilled, hard_cost = decided(tuple(hard if one is hardened else one for one in rules))
    assert soft_unfilled <= hard_unfilled
    if soft_unfilled == hard_unfilled:
        assert soft_cost <= hard_cost + PROOF_TOLERANCE


def test_a_node_that_nobody_knows_is_no_demand() -> None:
    case = _two_nodes()
    gone = SupplyRow(SupplyKey(case.rows[0].key.sku, NodeId("gone")), 5)
    assert demands_of(replace(case, rows=(*case.rows, gone))) == demands_of(case)


def _two_nodes() -> Case:
    named = NAMED_CASES["two_parcels_or_one"]()
    rows = tuple(SupplyRow(SupplyKey(sku, node), units) for (node, sku), units in named.stock.items())
    return Case(named.order, named.network, SERVE_ALL, rows, dict(named.capacity))
