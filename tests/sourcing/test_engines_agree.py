"""Every engine against every plan, one by one: random orders so small that all their plans can be tried.

Engines prove to half a minor unit, so that is how far they may differ; a bound may not be above at all.
"""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings

from fulfillment.plan import Plan
from optimizer.sourcing import (
    DEFAULT_LIMITS,
    RULES,
    Engine,
    Limits,
    SolveStatus,
    SourcingInstance,
    check,
    source,
)
from optimizer.sourcing.costing import plan_of
from optimizer.sourcing.cp_sat import WorkLimit, cp_sat
from optimizer.sourcing.facility import Finding, facility
from optimizer.sourcing.pick_lines import picked, shared_out
from optimizer.sourcing.ranking import PROOF_TOLERANCE, Ranking, rank
from optimizer.sourcing.subsets import subsets, suits
from tests.sourcing.brute_force import best_plan, best_whole_line_plan
from tests.sourcing.orders import NO_PENALTIES, SERVE_ALL, larger_instances, picked_instances, small_instances

AMPLE = Limits(branches=100_000, deterministic_seconds=30.0)
often = settings(max_examples=150, derandomize=True)
seldom = settings(max_examples=60, derandomize=True)


def cost_of(plan: Plan, instance: SourcingInstance) -> tuple[int, int]:
    """What plans are compared by, ties left out."""
    return (0 if instance.policy.may_give_up else plan.unfilled_units, plan.objective)


def ships_nothing(instance: SourcingInstance, ranking: Ranking) -> Finding:
    """The worst start there is: nothing shipped, nothing proven, every node open."""
    nothing = int(instance.demand @ ranking.lost)
    everywhere = np.ones(len(instance.nodes), dtype=np.bool_)
    return Finding(np.zeros_like(instance.stock), nothing, -(2**62), everywhere)


def by_facility(instance: SourcingInstance, ranking: Ranking) -> Finding:
    return facility(instance, ranking, branches=AMPLE.branches)


def by_cp_sat(instance: SourcingInstance, ranking: Ranking) -> Finding:
    limit = WorkLimit(AMPLE.deterministic_seconds)
    return cp_sat(instance, ranking, ships_nothing(instance, ranking), limit=limit, seed=0)


@often
@given(small_instances())
def test_source_finds_the_best_of_all_plans(instance: SourcingInstance) -> None:
    best = best_plan(instance)
    outcome = source(instance, limits=AMPLE)
    assert outcome.status is SolveStatus.OPTIMAL
    (unfilled, objective), (least_unfilled, least) = cost_of(outcome.plan, instance), cost_of(best, instance)
    assert unfilled == least_unfilled
    assert least <= objective <= least + PROOF_TOLERANCE
    assert check(instance, outcome.plan) == []


@often
@given(small_instances())
def test_the_bound_is_never_above_the_best_of_all_plans(instance: SourcingInstance) -> None:
    best = best_plan(instance)
    for limits in (AMPLE, Limits(branches=1, deterministic_seconds=0.0)):
        outcome = source(instance, limits=limits)
        assert outcome.unfilled_bound <= best.unfilled_units
        if instance.policy.may_give_up or outcome.unfilled_bound == best.unfilled_units:
            assert outcome.bound <= best.objective


@pytest.mark.parametrize("engine", [by_facility, by_cp_sat], ids=["facility", "cp_sat"])
def test_an_engine_that_says_proven_has_the_best_of_all_plans(
    engine: Callable[[SourcingInstance, Ranking], Finding],
) -> None:
    proven = []

    @seldom
    @given(small_instances())
    def holds(instance: SourcingInstance) -> None:
        ranking = rank(picked(instance))
        best = ranking.value(best_plan(instance), instance.nodes)
        finding = engine(picked(instance), ranking)
        assert finding.bound <= best
        assert finding.units is not None
        plan = plan_of(instance, shared_out(instance, finding.units))
        # Units may be left for the next engine, but never taken from where there are none.
        assert [said for said in check(instance, plan) if "given up" not in said] == []
        assert ranking.value(plan, instance.nodes) == finding.value
        if not finding.unsettled.any() or finding.is_proven(ranking):
            proven.append(instance)
            assert check(instance, plan) == []
            assert finding.value <= best + ranking.tolerance

    holds()
    assert len(proven) > 30


@seldom
@given(small_instances())
def test_cp_sat_alone_proves_every_small_order(instance: SourcingInstance) -> None:
    ranking = rank(instance)
    finding = by_cp_sat(instance, ranking)
    assert finding.is_proven(ranking)
    assert finding.value == ranking.value(best_plan(instance), instance.nodes)


@often
@given(picked_instances(policies=(SERVE_ALL, NO_PENALTIES)))
def test_the_subsets_engine_finds_the_best_plan_of_whole_lines(instance: SourcingInstance) -> None:
    assume(suits(instance))
    ranking = rank(instance)
    finding = subsets(instance, ranking)
    assert finding.bound <= ranking.value(best_plan(instance), instance.nodes)
    whole = best_whole_line_plan(instance)
    assume(whole is not None)  # with full nodes there may be none
    if finding.units is None:  # apart, two shipments from one node cost less than one, or fit its day
        assert len(instance.demand) > 1
        assert instance.capacity_may_bind or any(len(offers) > 1 for offers in instance.offers)
        return
    plan = plan_of(instance, finding.units)
    assert finding.value == ranking.value(plan, instance.nodes) == ranking.value(whole, instance.nodes)


def test_every_engine_takes_part() -> None:
    seen = set()

    @often
    @given(small_instances())
    def collect(instance: SourcingInstance) -> None:
        for limits in (DEFAULT_LIMITS, Limits(branches=1, deterministic_seconds=1.0)):
            seen.add(source(instance, limits=limits).engine)

    collect()
    assert {Engine.SUBSETS, Engine.FACILITY, Engine.CP_SAT} <= seen


@seldom
@given(larger_instances())
def test_an_outcome_is_valid_bounded_and_no_dearer_than_any_rule(instance: SourcingInstance) -> None:
    outcome = source(instance)
    plan = outcome.plan
    assert check(instance, plan) == []
    assert sum(line.amount for line in plan.cost_lines) == plan.objective
    assert outcome.bound <= plan.objective
    assert outcome.unfilled_gap >= 0
    for rule in RULES.values():
        assert cost_of(plan, instance) <= cost_of(rule(instance), instance)


@settings(max_examples=25, derandomize=True)
@given(larger_instances())
def test_the_same_order_is_decided_the_same_twice(instance: SourcingInstance) -> None:
    assert source(instance) == source(instance)
