"""The whole cost model: against every plan of tiny orders, and against rules and restrictions on others."""

from dataclasses import replace

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fulfillment.money import Micros
from fulfillment.node_rules import MaximumDistance
from fulfillment.orders import NodeChoice
from fulfillment.plan import Plan
from fulfillment.policy_rules import PolicyRule
from fulfillment.price_book import PriceBook, PriceStep, StockPrice
from fulfillment.split_rules import MaximumNodes, MaximumNodesPerLine
from optimizer.sourcing import RULES, Limits, SolveStatus, SourcingInstance, check, source
from optimizer.sourcing.cp_sat import WorkLimit, cp_sat
from optimizer.sourcing.facility import Finding, facility
from optimizer.sourcing.pick_lines import picked
from optimizer.sourcing.ranking import PROOF_TOLERANCE, rank
from optimizer.sourcing.remaining import remaining
from optimizer.sourcing.subsets import subsets, suits
from optimizer.sourcing.ways import Measure
from scenarios.instances import PLACED_AT, OrderCase, random_order_case
from tests.sourcing.brute_force import best_plan
from tests.sourcing.full_costs import AIR, GROUND, FullCase, with_everything
from tests.sourcing.orders import MAY_GIVE_UP, SERVE_ALL

AMPLE = Limits(branches=100_000, deterministic_seconds=30.0)
_SIZES = ((2, 3, 3), (3, 2, 3), (3, 3, 2), (4, 2, 2), (2, 1, 9))


@st.composite
def tiny(draw: st.DrawFn) -> FullCase:
    """Few enough plans to try them all."""
    nodes, lines, most = draw(st.sampled_from(_SIZES))
    seed = draw(st.integers(0, 2**20))
    case = random_order_case(
        seed,
        nodes=nodes,
        lines=lines,
        max_quantity=most,
        repeat_share=draw(st.sampled_from((0.0, 0.5))),
        held_share=draw(st.sampled_from((1.0, 0.7))),
        depth=draw(st.sampled_from((0.5, 1.0, 3.0))),
        heavy_share=draw(st.sampled_from((0.0, 0.5, 1.0))),
        full_share=draw(st.sampled_from((0.0, 0.5))),
    )
    return with_everything(case, seed, policy=draw(st.sampled_from((SERVE_ALL, MAY_GIVE_UP))))


@st.composite
def middling(draw: st.DrawFn) -> FullCase:
    """More plans than can be tried."""
    seed = draw(st.integers(0, 2**20))
    case = random_order_case(
        seed,
        nodes=draw(st.integers(3, 8)),
        lines=draw(st.integers(1, 8)),
        repeat_share=draw(st.sampled_from((0.0, 0.3))),
        held_share=draw(st.sampled_from((0.3, 0.7))),
        depth=draw(st.sampled_from((0.5, 2.0))),
        heavy_share=0.3,
        full_share=0.2,
    )
    return with_everything(case, seed)


def rank_of(plan: Plan, instance: SourcingInstance) -> tuple[int, int]:
    return (0 if instance.policy.may_give_up else plan.unfilled_units, plan.objective)


@settings(max_examples=150, derandomize=True)
@given(tiny())
def test_source_finds_the_best_of_all_plans(full: FullCase) -> None:
    instance = full.instance
    assume(instance.nodes)
    outcome, best = source(instance, limits=AMPLE), best_plan(instance)
    assert check(instance, outcome.plan) == []
    assert check(instance, best) == []
    (unfilled, objective), (least_unfilled, least) = rank_of(outcome.plan, instance), rank_of(best, instance)
    assert unfilled == least_unfilled
    assert least <= objective <= least + PROOF_TOLERANCE
    assert outcome.bound <= least
    assert outcome.status is SolveStatus.OPTIMAL


@settings(max_examples=100, derandomize=True)
@given(tiny(), st.sampled_from(Measure))
def test_no_order_costs_less_than_it_does_in_the_eyes_of_the_engines(full: FullCase, by: Measure) -> None:
    instance = picked(full.instance)
    assume(instance.nodes)
    ranking, best = rank(instance, by), best_plan(instance)
    value = ranking.value(best, instance.nodes)
    assert facility(instance, ranking, branches=AMPLE.branches).bound <= value
    if suits(instance):
        assert subsets(instance, ranking).bound <= value
    nodes, settled, bound = remaining(instance, ranking, value + 1)
    assert bound <= value
    if value + 1 <= settled:
        assert {instance.nodes.index(shipment.node) for shipment in best.shipments} <= {
            *np.flatnonzero(nodes)
        }


@settings(max_examples=150, derandomize=True)
@given(middling())
def test_no_rule_is_cheaper_and_every_bound_holds(full: FullCase) -> None:
    instance = full.instance
    assume(instance.nodes)
    outcome = source(instance)
    assert check(instance, outcome.plan) == []
    for rule in RULES.values():
        plan = rule(instance)
        assert check(instance, plan) == []
        assert rank_of(outcome.plan, instance) <= rank_of(plan, instance)
        if plan.unfilled_units == outcome.unfilled_bound:
            assert outcome.bound <= plan.objective


@settings(max_examples=60, derandomize=True)
@given(middling())
def test_to_allow_only_one_node_never_makes_it_cheaper(full: FullCase) -> None:
    instance = full.instance
    assume(instance.nodes)
    order = full.case.order
    alone = replace(
        full, case=replace(full.case, order=replace(order, nodes=replace(order.nodes, at_most=1)))
    ).instance
    free, restricted = source(instance, limits=AMPLE), source(alone, limits=AMPLE)
    assert check(alone, restricted.plan) == []
    assume(free.status is SolveStatus.OPTIMAL)
    (unfilled, objective), (more, dearer) = rank_of(free.plan, instance), rank_of(restricted.plan, instance)
    assert (unfilled, objective) <= (more, dearer + PROOF_TOLERANCE)


FAR = 150  # kilometers; nodes of the cases lie within some 700 of each other
SOFT = Micros(300_000)
RULES_OF_POLICY = (
    MaximumDistance("near", FAR, penalty=SOFT),
    MaximumNodes("together", 1, penalty=SOFT),
    MaximumNodesPerLine("whole lines", 1, penalty=SOFT),
)


@settings(max_examples=60, derandomize=True)
@given(tiny(), st.sampled_from(RULES_OF_POLICY))
def test_a_rule_made_hard_never_makes_an_order_cheaper(full: FullCase, rule: PolicyRule) -> None:
    soft = replace(full, policy=replace(full.policy, rules=(rule,))).instance
    hard = replace(full, policy=replace(full.policy, rules=(replace(rule, penalty=None),))).instance
    assume(soft.nodes and hard.nodes)
    free, bound = source(soft, limits=AMPLE), source(hard, limits=AMPLE)
    assert check(soft, free.plan) == []
    assert check(hard, bound.plan) == []
    (fewer, cheaper), (more, dearer) = rank_of(free.plan, soft), rank_of(bound.plan, hard)
    assert (fewer, cheaper) <= (more, dearer + PROOF_TOLERANCE)


@settings(max_examples=60, derandomize=True)
@given(tiny())
def test_not_to_allow_lateness_never_makes_an_order_cheaper(full: FullCase) -> None:
    late = replace(full, policy=replace(full.policy, late_day_penalty=SOFT)).instance
    on_time = replace(full, policy=replace(full.policy, late_day_penalty=None)).instance
    assume(late.nodes and on_time.nodes)
    (fewer, cheaper), (more, dearer) = (
        rank_of(source(each, limits=AMPLE).plan, each) for each in (late, on_time)
    )
    assert (fewer, cheaper) <= (more, dearer + PROOF_TOLERANCE)


def excluding(case: OrderCase) -> OrderCase:
    """The case with paint that may not fly and rails that are too long for the ground."""
    paint, rail = (case.network.skus[line.sku] for line in case.order.lines)
    skus = {
        paint.id: replace(paint, is_hazmat=True),
        rail.id: replace(rail, sides_mm=(1_800, 40, 40)),
    }
    rates = {
        lane: (
            replace(offered[0], service=AIR, carries_hazmat=False),
            replace(offered[0], service=GROUND, longest_side_mm=1_500),
        )
        for lane, offered in case.network.rates.items()
    }
    return replace(case, network=replace(case.network, skus=skus, rates=rates))


def without_prices(case: OrderCase) -> SourcingInstance:
    return FullCase(case, SERVE_ALL, PriceBook("none", PLACED_AT, PLACED_AT, {})).instance


def two_lines(nodes: int) -> OrderCase:
    return excluding(
        random_order_case(
            3, nodes=nodes, lines=2, repeat_share=0.0, max_quantity=1, held_share=1.0, depth=9.0
        )
    )


def test_of_lines_that_no_service_takes_together_one_node_ships_one() -> None:
    made = two_lines(nodes=2)
    one_node = replace(made, order=replace(made.order, nodes=NodeChoice(at_most=1)))
    for case, shipped in ((made, 2), (one_node, 1)):
        instance = without_prices(case)
        outcome = source(instance, limits=AMPLE)
        assert check(instance, outcome.plan) == []
        assert (len(outcome.plan.shipments), outcome.plan.unfilled_units) == (shipped, 2 - shipped)
        assert outcome.status is SolveStatus.OPTIMAL
        assert not outcome.degraded


def test_cp_sat_knows_that_one_node_cannot_ship_lines_that_exclude_each_other() -> None:
    instance = without_prices(two_lines(nodes=1))
    ranking = rank(instance)
    nothing = Finding(
        np.zeros_like(instance.stock),
        int(instance.demand @ ranking.lost),
        -(2**62),
        np.ones(len(instance.nodes), dtype=np.bool_),
    )
    found = cp_sat(instance, ranking, nothing, limit=WorkLimit(10.0), seed=0)
    assert found.value == ranking.value(best_plan(instance), instance.nodes)
    assert found.units is not None
    assert int(found.units.sum()) == 1


def test_more_nodes_than_a_mask_has_bits_are_all_asked_for_units_that_get_dearer() -> None:
    case = random_order_case(5, nodes=70, lines=1, held_share=1.0)
    (line,) = case.order.lines
    stock = {(node, line.sku): 2 for node in case.network.nodes}
    order = replace(case.order, lines=(replace(line, quantity=139),))
    dear = StockPrice((PriceStep(1, Micros(1_000_000)),))
    book = PriceBook("dear", PLACED_AT, PLACED_AT, dict.fromkeys(stock, dear))
    capacity = dict.fromkeys(case.network.nodes, 10)
    made = replace(case, order=order, stock=stock, capacity=capacity)
    instance = FullCase(made, SERVE_ALL, book).instance
    outcome = source(instance)
    assert check(instance, outcome.plan) == []
    assert (outcome.plan.unfilled_units, outcome.unfilled_bound) == (0, 0)
