"""Bounds of a branch of the facility engine, at any prices, against the best of all plans."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.sourcing import SourcingInstance
from optimizer.sourcing.branch import CLOSED, OPEN, branch_of
from optimizer.sourcing.earning import earn
from optimizer.sourcing.envelope import corners, ray
from optimizer.sourcing.exchange import exchanged
from optimizer.sourcing.incumbent import Best, better
from optimizer.sourcing.pricing import climb, start
from optimizer.sourcing.problem import INFINITE, Problem, feasible_value, freight, problem_of
from optimizer.sourcing.ranking import rank
from optimizer.sourcing.subsets import subsets
from scenarios.instances import random_order_case
from tests.sourcing.brute_force import best_plan
from tests.sourcing.orders import instance_of, picked_instances

often = settings(max_examples=150, derandomize=True)


def value_and_nodes_of_the_best_plan(instance: SourcingInstance) -> tuple[int, set[int]]:
    plan = best_plan(instance)
    ships = {instance.nodes.index(shipment.node) for shipment in plan.shipments}
    return rank(instance).value(plan, instance.nodes), ships


def random_prices(p: Problem, seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Between nothing and four times what a unit costs at its cheapest node, freight by the gram included."""
    dear = p.unit.min(axis=0) + p.weight * p.gram.max() + p.package.max() // np.maximum(p.demand, 1)
    share = np.random.default_rng(seed).uniform(0.0, 4.0, len(p.demand))
    return np.minimum((dear * share).astype(np.int64), p.lost)


@often
@given(picked_instances(), st.integers(0, 2**20))
def test_no_prices_lift_a_bound_above_the_best_plan(instance: SourcingInstance, seed: int) -> None:
    best, _ = value_and_nodes_of_the_best_plan(instance)
    p = problem_of(instance, rank(instance))
    branch = branch_of(p, np.zeros(len(instance.nodes), np.int8), INFINITE, 0, INFINITE)
    assert earn(p, branch, random_prices(p, seed)).value <= best


@often
@given(picked_instances(), st.integers(0, 2**20))
def test_a_branch_that_holds_the_best_plan_is_not_bounded_above_it(
    instance: SourcingInstance, seed: int
) -> None:
    best, ships = value_and_nodes_of_the_best_plan(instance)
    p = problem_of(instance, rank(instance))
    rng = np.random.default_rng(seed)
    status = np.zeros(len(instance.nodes), np.int8)
    for node in range(len(instance.nodes)):
        if rng.random() < 0.6:
            status[node] = OPEN if node in ships else CLOSED
    branch = branch_of(p, status, INFINITE, 0, INFINITE)
    price = random_prices(p, seed)
    start(p, branch, price)
    assert climb(p, branch, price, best, INFINITE, 40).value <= best


@often
@given(picked_instances())
def test_opening_a_node_of_the_best_plan_is_never_said_to_cost_more_than_that_plan(
    instance: SourcingInstance,
) -> None:
    best, ships = value_and_nodes_of_the_best_plan(instance)
    p = problem_of(instance, rank(instance))
    branch = branch_of(p, np.zeros(len(instance.nodes), np.int8), INFINITE, 0, INFINITE)
    price = random_prices(p, 0)
    start(p, branch, price)
    earning = climb(p, branch, price, best, INFINITE, 20)
    for node in ships:
        assert earning.value + earning.slack[node] <= best


@often
@given(picked_instances())
def test_a_plan_from_the_prices_is_no_better_than_the_best(instance: SourcingInstance) -> None:
    best, _ = value_and_nodes_of_the_best_plan(instance)
    p = problem_of(instance, rank(instance))
    branch = branch_of(p, np.zeros(len(instance.nodes), np.int8), INFINITE, 0, INFINITE)
    nothing = Best(INFINITE, np.empty(0, np.int64), np.zeros((0, len(p.demand)), np.int64))
    found = better(p, start(p, branch, p.unit.min(axis=0)), nothing, np.zeros(64, np.int64))
    assert best <= found.value


def test_the_whole_line_bound_holds_where_a_split_saves_a_package() -> None:
    # Two of three nodes share a heavy line: freight's line at the full weight starts below zero there.
    instance = instance_of(random_order_case(5171, nodes=3, lines=1, heavy_share=0.6))
    best, _ = value_and_nodes_of_the_best_plan(instance)
    assert subsets(instance, rank(instance)).bound <= best


def test_a_ray_is_nowhere_above_freight_and_touches_it() -> None:
    instance = instance_of(random_order_case(8, nodes=6, lines=2, held_share=1.0))
    p = problem_of(instance, rank(instance))
    for node in range(len(instance.nodes)):
        slope = ray(p, node, 500, 70_000)
        above = [freight(p, node, grams) - slope * grams for grams in corners(p, node, 500, 70_000)]
        assert 0 <= min(above) <= 70_000  # the slope is a whole number of values per gram
        assert all(freight(p, node, grams) >= slope * grams for grams in range(500, 70_000, 317))


@often
@given(picked_instances(), st.integers(0, 2**20))
def test_exchanging_nodes_ends_in_a_plan_that_no_single_exchange_makes_cheaper(
    instance: SourcingInstance, seed: int
) -> None:
    best, _ = value_and_nodes_of_the_best_plan(instance)
    p = problem_of(instance, rank(instance))
    nothing = Best(int(p.demand @ p.lost), np.empty(0, np.int64), np.zeros((0, len(p.demand)), np.int64))
    homes, first = np.unique(p.home, return_index=True)
    chosen = np.sort(first[np.random.default_rng(seed).random(len(homes)) < 0.5])
    found = exchanged(p, chosen, nothing)
    assert best <= found.value <= nothing.value
    assert len(np.unique(p.home[found.nodes])) == len(found.nodes)
    if len(found.nodes):
        assert feasible_value(p, found.nodes, found.units) == found.value
        assert exchanged(p, found.nodes, found).value == found.value
    assert exchanged(p, chosen, found).value == found.value  # never worse than what is known


def test_hundreds_of_nodes_that_all_ship_are_not_exchanged_one_by_one() -> None:
    # That would take minutes, which no limit on branches bounds.
    case = random_order_case(
        5, nodes=900, lines=10, repeat_share=0.0, max_quantity=200, held_share=0.3, depth=0.02
    )
    instance = instance_of(case)
    p = problem_of(instance, rank(instance))
    nothing = Best(int(p.demand @ p.lost), np.empty(0, np.int64), np.zeros((0, len(p.demand)), np.int64))
    everywhere = np.arange(len(p.fixed))
    assert exchanged(p, everywhere, nothing).nodes.tolist() == everywhere.tolist()
