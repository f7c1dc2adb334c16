"""When time or work runs out there is still a plan, and it says what it is worth."""

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings

from optimizer.sourcing import (
    FAST_LIMITS,
    RULES,
    Engine,
    Limits,
    SolveStatus,
    SourcingInstance,
    by_rule,
    check,
    source,
)
from optimizer.sourcing.cp_sat import WorkLimit, cp_sat
from optimizer.sourcing.facility import Finding
from optimizer.sourcing.ranking import PROOF_TOLERANCE, rank
from scenarios.instances import NAMED_CASES, full_node, nothing_left, random_order_case, scarce
from tests.sourcing.orders import MAY_GIVE_UP, SERVE_ALL, instance_of, larger_instances

NO_WORK = Limits(branches=0, deterministic_seconds=0.0)
# Thirty lines, many of them heavy: no engine settles it in the blink of an eye.
HARD = instance_of(random_order_case(3, nodes=25, lines=30, heavy_share=0.6, depth=0.5))


@dataclass(frozen=True)
class Left:
    """A deadline that stands still."""

    seconds: float

    def seconds_left(self) -> float:
        return self.seconds


@settings(max_examples=40, derandomize=True)
@given(larger_instances())
def test_fast_limits_give_a_valid_plan_and_an_honest_gap(instance: SourcingInstance) -> None:
    fast, slow = source(instance, limits=FAST_LIMITS), source(instance)
    assert check(instance, fast.plan) == []
    assert fast.engine is not Engine.CP_SAT
    assert not fast.cut_by_deadline
    if fast.unfilled_gap == 0:
        proven = fast.plan.objective - fast.bound <= PROOF_TOLERANCE
        assert (fast.status is SolveStatus.OPTIMAL) == proven
    # Its bound holds for the better plan that more work finds.
    assert fast.unfilled_bound <= slow.plan.unfilled_units
    if instance.policy.may_give_up or fast.unfilled_bound == slow.plan.unfilled_units:
        assert fast.bound <= slow.plan.objective


def test_cp_sat_settles_a_small_order_that_the_tree_has_no_branches_left_for() -> None:
    limits = Limits(branches=200)
    for seed in (4, 6, 18):
        case = random_order_case(
            seed, nodes=5, lines=5, repeat_share=0.0, depth=0.6, heavy_share=1.0, ties=True
        )
        outcome = source(instance_of(case, MAY_GIVE_UP), limits=limits)
        assert outcome.spent.branches >= limits.branches
        assert (outcome.engine, outcome.status) == (Engine.CP_SAT, SolveStatus.OPTIMAL)


def test_without_any_work_there_is_a_plan_with_its_gap() -> None:
    outcome = source(HARD, limits=NO_WORK)
    assert check(HARD, outcome.plan) == []
    assert outcome.status is SolveStatus.FEASIBLE
    assert outcome.gap == outcome.plan.objective - outcome.bound > PROOF_TOLERANCE
    assert 0 < outcome.relative_gap < 1
    assert not outcome.cut_by_deadline  # work ran out, not time


def test_more_work_never_gives_a_dearer_plan_or_a_lower_bound() -> None:
    outcomes = [source(HARD, limits=Limits(branches=n, deterministic_seconds=0.0)) for n in (0, 10, 100)]
    objectives = [outcome.plan.objective for outcome in outcomes]
    assert {outcome.plan.unfilled_units for outcome in outcomes} == {outcomes[0].unfilled_bound}
    assert objectives == sorted(objectives, reverse=True)
    assert outcomes[0].bound <= outcomes[-1].bound


def test_a_deadline_in_the_past_gives_a_plan_and_says_that_it_cut() -> None:
    limits = Limits(branches=5, deterministic_seconds=10.0)
    outcome = source(HARD, limits=limits, deadline=Left(-1.0))
    assert check(HARD, outcome.plan) == []
    assert outcome.cut_by_deadline
    assert outcome.status is SolveStatus.FEASIBLE
    assert outcome.gap > 0
    assert outcome.engine is not Engine.CP_SAT


def test_a_proven_plan_is_not_cut_even_by_a_deadline_in_the_past() -> None:
    for name in ("last_unit", "split_or_consolidate", "scarce", "nothing_left"):
        outcome = source(instance_of(NAMED_CASES[name]()), deadline=Left(-1.0))
        assert outcome.status is SolveStatus.OPTIMAL
        assert not outcome.cut_by_deadline


def test_a_deadline_far_away_changes_nothing() -> None:
    for name, make in NAMED_CASES.items():
        instance = instance_of(make())
        assert source(instance, deadline=Left(3600.0)) == source(instance), name


def test_a_search_cut_short_leaves_no_unit_that_a_node_could_ship() -> None:
    # Days are full here: the plan of one node that costs least may leave what another could still ship.
    for seed in range(150):
        case = random_order_case(seed, nodes=6, lines=3, max_quantity=12, depth=0.5, full_share=0.6)
        for limits in (Limits(1, 0.0), FAST_LIMITS):
            instance = instance_of(case, SERVE_ALL)
            assert check(instance, source(instance, limits=limits).plan) == [], seed


def test_cp_sat_without_time_keeps_the_plan_it_started_from() -> None:
    instance, everywhere = HARD, np.ones(len(HARD.nodes), dtype=np.bool_)
    ranking = rank(instance)
    nothing = int(instance.demand @ ranking.lost)
    start = Finding(np.zeros_like(instance.stock), nothing, -(2**62), everywhere)
    finding = cp_sat(instance, ranking, start, limit=WorkLimit(0.0), seed=0)
    assert finding.units is not None
    assert finding.value <= nothing
    assert finding.bound <= finding.value


def test_an_order_that_no_node_can_serve_is_proven_without_an_engine() -> None:
    outcome = source(instance_of(nothing_left()), limits=NO_WORK)
    assert (outcome.status, outcome.gap, outcome.unfilled_gap) == (SolveStatus.OPTIMAL, 0, 0)
    assert (outcome.plan.unfilled_units, outcome.unfilled_bound) == (3, 3)


def test_the_last_resort_is_a_rule_marked_degraded() -> None:
    instance = instance_of(scarce())
    outcome = by_rule(instance)
    assert outcome.plan == RULES["nearest_first"](instance)
    assert (outcome.engine, outcome.degraded) == (Engine.RULE, True)
    assert outcome.status is SolveStatus.FEASIBLE
    assert (outcome.unfilled_bound, outcome.unfilled_gap) == (1, 0)
    assert outcome.bound <= source(instance).plan.objective


def test_the_gap_of_a_proven_plan_is_within_half_a_minor_unit() -> None:
    outcome = source(instance_of(full_node(), SERVE_ALL))
    assert outcome.status is SolveStatus.OPTIMAL
    assert outcome.gap <= PROOF_TOLERANCE
    assert outcome.relative_gap == outcome.gap / outcome.plan.objective
