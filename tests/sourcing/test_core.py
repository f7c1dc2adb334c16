"""Cores and leaves against every way to share out what they hold."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from optimizer.sourcing import SourcingInstance
from optimizer.sourcing.assignment import assign_lines
from optimizer.sourcing.choices import choices_of
from optimizer.sourcing.core import search_scope
from optimizer.sourcing.leaf import may_have_core, settle
from optimizer.sourcing.leaf_bounds import priced_bound, tune
from optimizer.sourcing.packing import least_packing, packings_of
from optimizer.sourcing.problem import INFINITE, Array, Problem, freight, is_feasible, problem_of, value_of
from optimizer.sourcing.ranking import rank
from optimizer.sourcing.scope import Scope, scope_around, scope_of, weigh
from scenarios.instances import random_order_case
from tests.sourcing.orders import SERVE_ALL, instance_of, picked_instances

often = settings(max_examples=150, derandomize=True)
MANY, FEW = 4_096, 2  # states


def problem_and_scope(instance: SourcingInstance) -> tuple[Problem, Scope]:
    """All nodes that hold something, shipping all that is there."""
    p = problem_of(instance, rank(instance))
    chosen = np.flatnonzero(p.available.any(axis=1))
    assume(len(chosen) > 1)
    return p, scope_of(p, chosen, all_served=True)


def every_division(p: Problem, scope: Scope) -> Iterator[Array]:
    """Units (n, L) of all plans within the scope's ranges that ship its total."""
    columns = []
    for line in range(len(p.demand)):
        ranges = zip(scope.low[:, line], scope.high[:, line], strict=True)
        ways = product(*(range(low, high + 1) for low, high in ranges))
        columns.append([taken for taken in ways if sum(taken) <= scope.wanted[line]])
    for choice in product(*columns):
        units = np.array(choice, dtype=np.int64).T
        grams = np.empty(len(scope.nodes), np.int64)
        weigh(p, units, grams)
        if grams.sum() == scope.total and (scope.light <= grams).all() and (grams <= scope.heavy).all():
            yield units


def some_slopes(p: Problem, scope: Scope, seed: int) -> None:
    dearest = int((p.package / p.limit + p.gram).max() * 2)
    scope.slope[:] = np.random.default_rng(seed).integers(-dearest, dearest, len(scope.nodes))


@often
@given(picked_instances(policies=(SERVE_ALL,)), st.integers(0, 2**20), st.sampled_from((FEW, MANY)))
def test_a_core_is_never_bounded_above_the_best_division_at_any_prices(
    instance: SourcingInstance, seed: int, states: int
) -> None:
    p, scope = problem_and_scope(instance)
    some_slopes(p, scope, seed)
    units, wish = np.empty_like(scope.low), np.empty(len(scope.nodes), np.int64)
    base = priced_bound(p, scope, units, wish)
    assume(base < INFINITE and may_have_core(p, scope, units))
    best = min(
        (value_of(p, scope.nodes, division) for division in every_division(p, scope)), default=INFINITE
    )
    found = search_scope(p, scope, base, base + 3 * int(p.package.max()), states, units)
    assert base <= best
    assert found.bound <= best
    if found.value < INFINITE:
        assert value_of(p, scope.nodes, units) <= found.value


@often
@given(picked_instances(policies=(SERVE_ALL,)), st.sampled_from((1, 2, 3)))
def test_a_goal_within_the_tolerance_is_no_bound(instance: SourcingInstance, halves: int) -> None:
    p, scope = problem_and_scope(instance)
    divisions = [d for d in every_division(p, scope) if d.any(axis=1).all()]  # all nodes are paid
    assume(divisions)
    best = min(value_of(p, scope.nodes, division) for division in divisions)
    units, wish = np.empty_like(scope.low), np.empty(len(scope.nodes), np.int64)
    base = tune(p, scope, units, wish, best, best)
    assume(may_have_core(p, scope, units))
    assert search_scope(p, scope, base, best + halves * p.tolerance // 2, MANY, units).bound <= best


@often
@given(picked_instances(policies=(SERVE_ALL,)), st.integers(0, 2**20))
def test_with_room_for_all_states_the_core_finds_the_best_division_of_all(
    instance: SourcingInstance, seed: int
) -> None:
    p, scope = problem_and_scope(instance)
    some_slopes(p, scope, seed)
    units = np.empty_like(scope.low)
    assign_lines(p, scope, units)
    assume(may_have_core(p, scope, units))
    divisions = [d for d in every_division(p, scope) if d.any(axis=1).all()]  # all nodes are paid
    assume(divisions)
    best = min(value_of(p, scope.nodes, division) for division in divisions)
    found = search_scope(p, scope, -INFINITE // 4, best + 100 * p.tolerance, MANY, units)
    assert value_of(p, scope.nodes, units) <= best
    assert found.value - p.tolerance <= best


@often
@given(picked_instances(policies=(SERVE_ALL,)))
def test_a_settled_leaf_is_as_good_as_the_best_plan_that_uses_all_its_nodes(
    instance: SourcingInstance,
) -> None:
    p, leaf = problem_and_scope(instance)
    assume(not p.may_bind[leaf.nodes].any())
    units = np.zeros_like(leaf.low)
    value, bound, _ = settle(p, leaf, units, INFINITE // 4, -INFINITE, 10_000)
    best = INFINITE
    for division in every_division(p, leaf):
        if division.any(axis=1).all() and is_feasible(p, leaf.nodes, division):
            best = min(best, value_of(p, leaf.nodes, division))
    assume(best < INFINITE)
    assert bound <= best
    assert value_of(p, leaf.nodes, units) == value <= best + p.tolerance


@settings(max_examples=40, derandomize=True)
@given(st.integers(0, 2**20), st.sampled_from((10, 1_000, 100_000)), st.booleans())
def test_of_more_choices_than_are_kept_the_least_regret_left_out_is_told(
    seed: int, tolerances: int, is_tied: bool
) -> None:
    case = random_order_case(seed, nodes=3, lines=1, max_quantity=34, held_share=1.0, depth=9.0)
    p, scope = problem_and_scope(instance_of(case))
    if is_tied:  # then a line has a choice for every way to part its units
        unit = p.unit[scope.nodes, 0]
        scope.slope[:] = (unit.max() - unit) // p.weight[0]
    best = np.empty_like(scope.low)
    assign_lines(p, scope, best)
    gap = tolerances * p.tolerance
    choices = choices_of(p, scope, best, gap)
    cost, cell = p.unit[scope.nodes, 0] + scope.slope * p.weight[0], p.cell[scope.nodes]
    ways = np.array(list(product(*(range(high + 1) for high in scope.high[:, 0]))))
    ways = ways[ways.sum(axis=1) == best.sum()]
    regrets = ways @ cost + (ways > 0) @ cell - (best[:, 0] @ cost + (best[:, 0] > 0) @ cell)
    told = min(gap, choices.left_out)
    assert (choices.regret < told).sum() == (regrets < told).sum() - 1  # the best itself is no choice


@often
@given(picked_instances(policies=(SERVE_ALL,)), st.integers(0, 2**20))
def test_packings_together_are_freight(instance: SourcingInstance, seed: int) -> None:
    p, scope = problem_and_scope(instance)
    some_slopes(p, scope, seed)
    packings = packings_of(p, scope, INFINITE)
    for division in every_division(p, scope):
        grams = np.empty(len(scope.nodes), np.int64)
        weigh(p, division, grams)
        exact = sum(
            freight(p, k, int(w)) - s * w for k, w, s in zip(scope.nodes, grams, scope.slope, strict=True)
        )
        fits = (grams <= packings.room).all(axis=1)
        assert (packings.base + packings.pull @ grams)[fits].min(initial=packings.beyond) == exact


@often
@given(picked_instances(policies=(SERVE_ALL,)), st.integers(0, 2**20))
def test_no_weights_within_the_ranges_cost_less_than_the_least_packing(
    instance: SourcingInstance, seed: int
) -> None:
    p, scope = problem_and_scope(instance)
    some_slopes(p, scope, seed)

    def cost(grams: Array) -> int:
        return sum(
            freight(p, k, int(w)) - s * int(w)
            for k, w, s in zip(scope.nodes, grams, scope.slope, strict=True)
        )

    wish = np.empty(len(scope.nodes), np.int64)
    least = least_packing(p, scope, wish)
    assume(least < INFINITE)
    assert wish.sum() == scope.total
    assert ((scope.light <= wish) & (wish <= scope.heavy)).all()
    assert cost(wish) == least
    rng = np.random.default_rng(seed)
    for _ in range(50):  # a few grams from one node to another, or as many as may move
        source, target = rng.permutation(len(wish))[:2]
        most = min(wish[source] - scope.light[source], scope.heavy[target] - wish[target])
        moved = wish.copy()
        moved[source] -= (grams := rng.choice((most, most // 2, min(most, 1))))
        moved[target] += grams
        assert least <= cost(moved)


@often
@given(picked_instances(policies=(SERVE_ALL,)), st.integers(0, 2**20))
def test_where_nodes_can_only_ship_what_they_have_to_a_core_finds_it(
    instance: SourcingInstance, seed: int
) -> None:
    p, scope = problem_and_scope(instance)
    some_slopes(p, scope, seed)
    divisions = [d for d in every_division(p, scope) if d.any(axis=1).all()]
    assume(divisions)
    weigh(p, divisions[seed % len(divisions)], scope.light)
    packings = packings_of(p, scope, INFINITE)
    assert np.abs(packings.pull).max() < INFINITE // 1_000  # of a gram: a shipment's must fit into 64 bits
    best = min(value_of(p, scope.nodes, division) for division in every_division(p, scope))
    units = np.empty_like(scope.low)
    assign_lines(p, scope, units)
    assume(may_have_core(p, scope, units))
    found = search_scope(p, scope, -INFINITE // 4, best + 100 * p.tolerance, MANY, units)
    assert found.bound <= best
    assert best == value_of(p, scope.nodes, units)


@settings(max_examples=30, derandomize=True)
@given(st.integers(0, 2**20), st.integers(5, 40))
def test_more_packages_than_are_looked_at_rule_no_plan_out(seed: int, limit: int) -> None:
    case = random_order_case(
        seed, nodes=3, lines=2, max_quantity=4, repeat_share=0.0, held_share=1.0, depth=1.0, heavy_share=1.0
    )
    rates = {
        lane: tuple(replace(rate, package_limit_grams=limit) for rate in offered)
        for lane, offered in case.network.rates.items()
    }
    p, scope = problem_and_scope(instance_of(replace(case, network=replace(case.network, rates=rates))))
    best = min(
        (value_of(p, scope.nodes, division) for division in every_division(p, scope)), default=INFINITE
    )
    units, wish = np.empty_like(scope.low), np.empty(len(scope.nodes), np.int64)
    assert priced_bound(p, scope, units, wish) <= best
    assert search_scope(p, scope, -INFINITE // 4, best + 100 * p.tolerance, MANY, units).bound <= best


@often
@given(picked_instances(policies=(SERVE_ALL,)))
def test_a_plan_shared_out_anew_ships_the_same_units_and_overdraws_nothing(
    instance: SourcingInstance,
) -> None:
    p, whole = problem_and_scope(instance)
    plans = [d for d in every_division(p, whole) if is_feasible(p, whole.nodes, d)]
    assume(plans)
    plan = plans[0]
    around = scope_around(p, whole.nodes, plan)
    for division in every_division(p, around):
        if (division >= around.low).all() and (division.sum(axis=0) == plan.sum(axis=0)).all():
            narrow = Problem(*p)._replace(capacity=np.full_like(p.capacity, INFINITE))
            assert is_feasible(narrow, whole.nodes, division)
