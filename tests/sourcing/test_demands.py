"""Source against every plan of a small order that keeps to what policy and order demand."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from optimizer.sourcing import FAST_LIMITS, RULES, Limits, SolveStatus, check, source
from optimizer.sourcing.ranking import PROOF_TOLERANCE
from tests.sourcing.demands import Demand, admissible, demands
from tests.sourcing.orders import instance_of

AMPLE = Limits(branches=100_000, deterministic_seconds=30.0)
often = settings(max_examples=200, derandomize=True, deadline=None)


@often
@given(st.one_of(demands(splits=False), demands(splits=True)))
def test_source_finds_the_best_of_all_plans_that_keep_to_what_is_demanded(demand: Demand) -> None:
    assume(len(instance_of(demand.free).nodes) > 1)
    instance = instance_of(demand.bound, demand.policy)
    outcome = source(instance, limits=AMPLE)
    least_unfilled, least = min(admissible(demand))
    unfilled = 0 if demand.policy.may_give_up else outcome.plan.unfilled_units
    assert outcome.status is SolveStatus.OPTIMAL
    assert unfilled == least_unfilled
    assert least <= outcome.plan.objective <= least + PROOF_TOLERANCE
    assert check(instance, outcome.plan) == []


@often
@given(st.one_of(demands(splits=False), demands(splits=True)))
def test_baselines_keep_to_what_is_demanded_and_are_never_better(demand: Demand) -> None:
    assume(len(instance_of(demand.free).nodes) > 1)
    instance = instance_of(demand.bound, demand.policy)
    if not instance.nodes:
        return
    least = min(admissible(demand))
    for rule in RULES.values():
        plan = rule(instance)
        assert [said for said in check(instance, plan) if "given up" not in said] == []
        unfilled = 0 if demand.policy.may_give_up else plan.unfilled_units
        assert least <= (unfilled, plan.objective)


@often
@given(demands(splits=True))
def test_a_search_cut_short_keeps_to_what_is_demanded_and_its_bound_holds(demand: Demand) -> None:
    assume(len(instance_of(demand.free).nodes) > 1)
    instance = instance_of(demand.bound, demand.policy)
    outcome = source(instance, limits=FAST_LIMITS)
    least_unfilled, least = min(admissible(demand))
    assert check(instance, outcome.plan) == []
    if not demand.policy.may_give_up:
        assert outcome.unfilled_bound <= least_unfilled
    if demand.policy.may_give_up or outcome.unfilled_bound == least_unfilled:
        assert outcome.bound <= least
