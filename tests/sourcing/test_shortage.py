"""Where stock is short, what must ship is known before the search: nodes are opened, and its units ship."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from optimizer.sourcing import SourcingInstance
from optimizer.sourcing.branch import OPEN, open_needed
from optimizer.sourcing.facility import facility
from optimizer.sourcing.pick_lines import picked
from optimizer.sourcing.problem import INFINITE, problem_of
from optimizer.sourcing.ranking import rank
from scenarios.instances import random_order_case
from tests.sourcing.brute_force import best_plan
from tests.sourcing.orders import POLICIES, SERVE_ALL, instance_of, picked_instances

often = settings(max_examples=150, derandomize=True)
seeds = st.integers(0, 2**20)


def short_instance(seed: int) -> SourcingInstance:
    """Three lines that mostly name one sku, on nodes that hold about half of what they want."""
    case = random_order_case(
        seed, nodes=3, lines=3, max_quantity=4, repeat_share=0.8, held_share=0.8, depth=0.5
    )
    return instance_of(case, SERVE_ALL)


@often
@given(picked_instances(policies=POLICIES), st.booleans())
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
    instance = picked(short_instance(seed))
    assume(instance.nodes)
    ranking = rank(instance)
    found = facility(instance, ranking, branches=100)
    best = ranking.value(best_plan(instance), instance.nodes)
    assert found.bound <= best <= found.value <= best + ranking.tolerance
    assert found.is_proven(ranking)
