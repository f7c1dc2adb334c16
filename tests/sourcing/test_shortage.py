"""Where stock is short, what must ship is known before the search: nodes are opened, units are pinned."""

from dataclasses import replace

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from optimizer.sourcing import SourcingInstance
from optimizer.sourcing.branch import OPEN, open_needed
from optimizer.sourcing.facility import facility
from optimizer.sourcing.problem import INFINITE, is_feasible, problem_of, value_of
from optimizer.sourcing.ranking import rank
from optimizer.sourcing.shortage import pin_shortages
from scenarios.instances import random_order_case
from tests.sourcing.brute_force import best_plan
from tests.sourcing.orders import POLICIES, SERVE_ALL, instance_of, pounds, small_instances
from tests.sourcing.test_core import every_division, problem_and_scope
from tests.sourcing.test_odd_packages import instance as odd_instance

often = settings(max_examples=150, derandomize=True)
seeds = st.integers(0, 2**20)


def short_instance(seed: int) -> SourcingInstance:
    """Three lines that mostly name one sku, on nodes that hold about half of what they want."""
    case = random_order_case(
        seed, nodes=3, lines=3, max_quantity=4, repeat_share=0.8, held_share=0.8, depth=0.5
    )
    return instance_of(case, SERVE_ALL)


@often
@given(seeds)
def test_a_pinned_shortage_leaves_a_plan_that_is_as_cheap(seed: int) -> None:
    p, pinned = problem_and_scope(short_instance(seed))
    assume(pinned.low.any())
    free = pinned._replace(low=np.zeros_like(pinned.low), high=p.available[pinned.nodes])
    feasible = [units for units in every_division(p, free) if is_feasible(p, free.nodes, units)]
    assume(feasible)  # node capacity may stand in the way of all of them
    kept = [units for units in feasible if (pinned.low <= units).all() and (units <= pinned.high).all()]
    assert min(value_of(p, free.nodes, units) for units in kept) == min(
        value_of(p, free.nodes, units) for units in feasible
    )


def test_units_that_are_not_alike_are_not_pinned() -> None:
    # A lost unit of one line weighs more than one of the other: who gets what is there is a choice.
    tried = odd_instance(
        {"a": (1_000, pounds(20))},
        {n: (pounds(0), pounds(0), pounds(0), [(pounds(3), 0, 30_000)]) for n in ("m", "n")},
        [("a", 2), ("a", 3)],
        {("m", "a"): 2, ("n", "a"): 1},
    )
    unlike = replace(tried, lost_value=tried.lost_value + np.array([0, 1_000_000]))
    for instance, is_pinned in ((tried, True), (unlike, False)):
        p = problem_of(instance, rank(instance))
        low, high = np.zeros_like(p.available), p.available.copy()
        pin_shortages(p, np.array([0, 1]), low, high)
        assert low.any() == is_pinned
        assert np.array_equal(low, high) == is_pinned


@often
@given(small_instances(policies=POLICIES), st.booleans())
def test_every_node_opened_beforehand_ships_in_the_best_plan(
    instance: SourcingInstance, is_known: bool
) -> None:
    # A plan that is known can say more where capacity binds: no better one leaves a unit more behind.
    ranking, plan = rank(instance), best_plan(instance)
    p = problem_of(instance, ranking)
    status = np.zeros(len(instance.nodes), np.int8)
    open_needed(p, status, ranking.value(plan, instance.nodes) + 1 if is_known else INFINITE)
    ships = {shipment.node for shipment in plan.shipments}
    assert {instance.nodes[k] for k in np.flatnonzero(status == OPEN)} <= ships


@often
@given(seeds)
def test_shortages_of_a_sku_that_lines_share_are_proven_at_the_root(seed: int) -> None:
    instance = short_instance(seed)
    assume(instance.nodes)
    ranking = rank(instance)
    found = facility(instance, ranking, branches=100)
    best = ranking.value(best_plan(instance), instance.nodes)
    assert found.bound <= best <= found.value <= best + ranking.tolerance
    assert found.is_proven(ranking)
