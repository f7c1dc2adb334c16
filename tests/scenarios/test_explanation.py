"""Explanations: alternatives and prices that brute force confirms, a reason for every node, nine answers."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fulfillment.errors import UnknownReference
from fulfillment.ids import LineId, NodeId, SkuId
from fulfillment.money import Micros
from fulfillment.node_rules import MaximumDistance, NeverShipsTo, NodeSet
from fulfillment.orders import NodeChoice
from fulfillment.plan import CostKind, Plan
from fulfillment.policy import DEFAULT_POLICY, Policy
from fulfillment.shadow import ChosenUnits
from fulfillment.split_rules import MaximumNodes
from optimizer.sourcing import SolveStatus, SourcingInstance, check
from optimizer.sourcing.costing import plan_of
from scenarios.deciding import rule
from scenarios.explanation import Decision, Explanation, NodeState, apply, explain, explain_without_instance
from scenarios.explanation.changes import (
    Capacity,
    ForcedNode,
    FreeSplits,
    MoreStock,
    NodeOff,
    NodeOn,
    UnderPolicy,
    WithoutRule,
)
from scenarios.explanation.contents import BindingKind, Missing, Topic
from scenarios.explanation.counterfactual import counterfactual
from scenarios.explanation.markdown import markdown
from scenarios.explanation.trials import solves_allowed
from scenarios.instances import (
    ZONE,
    OrderCase,
    full_node,
    nothing_left,
    random_order_case,
    scarce,
    split_or_consolidate,
    twin_nodes,
    two_parcels_or_one,
)
from scenarios.question import Question
from tests.sourcing.brute_force import every_assignment

SMALL = st.builds(
    random_order_case,
    st.integers(0, 10_000),
    nodes=st.integers(2, 3),
    lines=st.integers(1, 3),
    max_quantity=st.just(2),
    depth=st.sampled_from([0.5, 1.0]),
    full_share=st.sampled_from([0.0, 0.4]),
    ties=st.booleans(),
)


def question_of(case: OrderCase, policy: Policy = DEFAULT_POLICY) -> Question:
    return Question(case.order, case.network, policy, case.stock, case.capacity)


def decision_of(question: Question) -> Decision:
    outcome = question.answer()
    missing = tuple(Missing(u.line, u.sku, u.quantity, u.reason.value) for u in outcome.plan.unfilled)
    return Decision(
        question.order.id,
        1,
        question.policy.version,
        question.order.placed_at,
        outcome.plan,
        missing,
        outcome.status is SolveStatus.OPTIMAL,
        outcome.gap,
    )


def explained(question: Question) -> Explanation:
    return explain(question, decision_of(question), currency="£")


def worth(plan: Plan) -> tuple[int, int]:
    return plan.unfilled_units, plan.objective


def best_plan(instance: SourcingInstance) -> Plan:
    """The best of all plans that keep to the limits, by trying each."""
    splitting = instance.splitting
    plans = (
        plan_of(instance, units)
        for units in every_assignment(instance)
        if splitting is None or splitting.allows(units)
    )
    return min(plans, key=worth)


def nodes_of(plan: Plan) -> set[NodeId]:
    return {shipment.node for shipment in plan.shipments}


def turned_off(question: Question, node: str, reason: str = "flood") -> Question:
    known = question.network.nodes[NodeId(node)]
    nodes = {**question.network.nodes, known.id: replace(known, is_on=False, off_reason=reason)}
    return replace(question, network=replace(question.network, nodes=nodes))


# --- alternatives --------------------------------------------------------------------------------------
@settings(max_examples=25, deadline=None)
@given(SMALL)
def test_every_alternative_is_valid_adds_up_and_is_no_better_than_a_proven_plan(case: OrderCase) -> None:
    question = question_of(case)
    told = explained(question)
    chosen = told.decision.plan
    assert told.decision.is_proven
    for one in told.alternatives:
        plan = one.alternative.plan
        violations = check(question.instance, plan)
        assert [said for said in violations if "given up" not in said and "called no stock" not in said] == []
        assert sum(line.amount for line in plan.cost_lines) == plan.objective
        assert worth(plan) >= worth(chosen) or plan.objective - chosen.objective > -5_000
        assert (one.difference.unfilled, one.difference.cost) == (
            plan.unfilled_units - chosen.unfilled_units,
            plan.objective - chosen.objective,
        )
    plans = [one.alternative.plan for one in told.alternatives]
    assert len(set(plans)) == len(plans)


@settings(max_examples=20, deadline=None)
@given(SMALL)
def test_the_best_single_node_is_what_trying_each_node_finds(case: OrderCase) -> None:
    question = question_of(case)
    chosen = question.answer().plan
    everywhere = frozenset(question.network.nodes)
    alone = [question.without(*(everywhere - {node})).plan for node in question.instance.nodes]
    best = min((worth(plan) for plan in alone), default=worth(chosen))
    assert worth(question.from_one_node().plan) == best


@settings(max_examples=20, deadline=None)
@given(SMALL)
def test_no_plan_that_leaves_out_a_node_used_is_better_than_the_next_best(case: OrderCase) -> None:
    question = question_of(case)
    told = explained(question)
    chosen = told.decision.plan
    for_sure = [
        one.alternative.plan
        for one in told.alternatives
        if nodes_of(one.alternative.plan) != nodes_of(chosen)
    ]
    for node in nodes_of(chosen):
        assert for_sure
        brute = best_plan(turned_off(question, node).instance)
        assert min(map(worth, for_sure)) <= (brute.unfilled_units, brute.objective + 5_000)


def test_a_plan_of_the_callers_own_stands_beside_the_others() -> None:
    question = question_of(two_parcels_or_one())
    baseline = [
        ChosenUnits(LineId("1"), NodeId("near"), 1),
        ChosenUnits(LineId("2"), NodeId("far"), 1),
    ]
    told = explain(question, decision_of(question), currency="£", baseline=baseline)
    own = next(one for one in told.alternatives if nodes_of(one.alternative.plan) == {"near", "far"})
    assert own.difference.cost > 0
    assert "Your own choice" in own.alternative.rules
    nothing = explain(question, decision_of(question), currency="£", baseline=[])
    assert {one.alternative.id for one in nothing.alternatives} >= {"chosen", "baseline"}


# --- nodes ---------------------------------------------------------------------------------------------
@settings(max_examples=25, deadline=None)
@given(SMALL, st.booleans())
def test_every_node_stands_there_once_used_or_with_a_reason(case: OrderCase, far: bool) -> None:
    policy = replace(DEFAULT_POLICY, rules=(MaximumDistance("near", 150),)) if far else DEFAULT_POLICY
    question = question_of(case, policy)
    told = explained(question)
    assert sorted(one.node for one in told.nodes) == sorted(question.network.nodes)
    used = {one.node for one in told.nodes if one.state is NodeState.USED}
    assert used == nodes_of(told.decision.plan)
    for one in told.nodes:
        assert one.words
        assert (one.difference is not None) == one.state.is_feasible
        if one.difference is not None and one.state is not NodeState.BETTER:
            assert (one.difference.unfilled, one.difference.cost) >= (0, -5_000)


def test_each_reason_has_its_figures() -> None:
    case = full_node()
    rule = MaximumDistance("not far", 1, NodeSet(ids=(NodeId("far"),)))
    question = question_of(case, replace(DEFAULT_POLICY, rules=(rule,)))
    question = replace(question, capacity={**case.capacity, NodeId("near"): 0})
    states = {one.node: one for one in explained(question).nodes}
    assert states[NodeId("near")].state is NodeState.FULL
    assert "no room left that day, of 1,000,000 units" in states[NodeId("near")].words
    assert states[NodeId("far")].state is NodeState.KEPT_OUT
    assert "km away, at most 1 (not far)" in states[NodeId("far")].words
    off = {one.node: one for one in explained(turned_off(question, "near")).nodes}
    assert off[NodeId("near")].words == "is off: flood"
    without_rates = replace(
        question,
        network=replace(
            question.network,
            rates={lane: rates for lane, rates in question.network.rates.items() if lane[0] != "near"},
        ),
    )
    assert {one.node: one.state for one in explained(without_rates).nodes}[
        NodeId("near")
    ] is NodeState.NO_RATE
    empty = {one.node: one.state for one in explained(question_of(nothing_left())).nodes}
    assert set(empty.values()) == {NodeState.NO_STOCK}
    pinned = question_of(two_parcels_or_one())
    lines = tuple(replace(line, node=NodeId("far")) for line in pinned.order.lines)
    near = next(
        one
        for one in explained(replace(pinned, order=replace(pinned.order, lines=lines))).nodes
        if one.node == "near"
    )
    assert (near.state, near.rule) == (NodeState.KEPT_OUT, "line 1 has to ship from far")


def test_of_twins_the_one_that_does_not_ship_is_told_as_good() -> None:
    states = {one.node: one.state for one in explained(question_of(twin_nodes())).nodes}
    assert states == {NodeId("a"): NodeState.USED, NodeId("b"): NodeState.AS_GOOD}


# --- what binds ----------------------------------------------------------------------------------------
@settings(max_examples=20, deadline=None)
@given(SMALL, st.booleans())
def test_prices_of_what_binds_are_what_brute_force_finds(case: OrderCase, few: bool) -> None:
    rules = (MaximumNodes("one node", 1), NeverShipsTo("blocked", NodeSet(ids=(NodeId("n00"),)), (ZONE,)))
    question = question_of(case, replace(DEFAULT_POLICY, rules=rules if few else ()))
    told = explained(question)
    chosen = told.decision.plan
    for one in told.binding:
        assert one.difference.is_better(question.policy)
        if one.kind is BindingKind.RULE:
            changed = apply(question, [WithoutRule(one.name)])
        elif one.kind is BindingKind.CAPACITY:
            assert one.node is not None
            assert one.units is not None
            room = question.capacity[one.node]
            changed = apply(question, [Capacity(one.node, room + one.units)])
        else:
            assert one.kind is BindingKind.STOCK
            assert one.sku is not None
            if one.node is None:
                continue
            assert one.units is not None
            changed = apply(question, [MoreStock(one.node, one.sku, one.units)])
        found = best_plan(changed.instance)
        priced = (one.difference.unfilled + chosen.unfilled_units, one.difference.cost + chosen.objective)
        assert priced[0] == found.unfilled_units
        assert abs(priced[1] - found.objective) <= 5_000
    if few:
        free = replace(question, policy=DEFAULT_POLICY)
        better = worth(best_plan(free.instance)) < (chosen.unfilled_units, chosen.objective - 10_000)
        by_one = [worth(best_plan(apply(question, [WithoutRule(rule.name)]).instance)) for rule in rules]
        told_rules = {one.name for one in told.binding if one.kind is BindingKind.RULE}
        expected = {
            rule.name
            for rule, without in zip(rules, by_one, strict=True)
            if without < (chosen.unfilled_units, chosen.objective - 10_000)
        }
        assert expected <= told_rules
        assert better or not expected


def test_a_line_that_is_unfilled_is_told_what_would_have_filled_it() -> None:
    told = explained(question_of(scarce()))
    (line,) = told.missing
    assert (line.wanted, line.seen) == (10, 9)
    assert [one.kind for one in line.remedies] == [BindingKind.STOCK]
    assert sum(units for _, units in line.remedies[0].fills) == 1
    said = told.answers[-1].points[0]
    assert "10 wanted, 9 seen in all: 1 unit: no node that could ship it has it." in said


def test_a_node_that_is_off_and_a_choice_of_the_order_bind() -> None:
    question = turned_off(question_of(two_parcels_or_one()), "far")
    told = explained(question)
    (off,) = [one for one in told.binding if one.kind is BindingKind.NODE_OFF]
    assert (off.node, off.difference.unfilled, off.fills) == ("far", -1, ((LineId("2"), 1),))
    order = replace(question.order, nodes=NodeChoice(forbidden=(NodeId("far"),)))
    chosen = explained(replace(question_of(two_parcels_or_one()), order=order))
    assert {one.kind for one in chosen.binding} >= {BindingKind.CHOICE}


def test_capacity_that_costs_something_is_priced() -> None:
    told = explained(question_of(full_node()))
    (room,) = [one for one in told.binding if one.kind is BindingKind.CAPACITY]
    assert (room.node, room.units) == ("near", 2)
    assert room.difference.cost < 0


@pytest.mark.parametrize("seed", [4, 24])
def test_where_units_may_be_given_up_serving_more_for_more_is_not_better(seed: int) -> None:
    case = random_order_case(seed, nodes=3, lines=3, max_quantity=2, depth=1.0, full_share=0.0, ties=False)
    question = question_of(case, replace(DEFAULT_POLICY, may_give_up=True))
    skus = {
        name: replace(sku, price=Micros(sku.unit_cost + seed % 7 * 400_000))
        for name, sku in question.network.skus.items()
    }
    told = explained(replace(question, network=replace(question.network, skus=skus)))
    assert told.decision.is_proven
    assert told.decision.plan.unfilled_units
    joined = [one for one in told.nodes if one.difference is not None]
    assert any(one.difference.unfilled < 0 < one.difference.cost for one in joined if one.difference)
    assert NodeState.BETTER not in {one.state for one in joined}
    assert all(one.difference.cost < 0 for one in told.binding)


def test_what_was_possible_all_the_time_is_not_the_price_of_a_rule_that_allows_it() -> None:
    loose = replace(DEFAULT_POLICY, rules=(MaximumNodes("loose", 9), MaximumNodes("tight", 1)))
    question = question_of(two_parcels_or_one(), loose)
    free = apply(question, [WithoutRule("tight")])
    poor = rule("nearest_first").outcome(free.instance).plan
    cheap = decision_of(free).plan
    assert poor.objective > cheap.objective
    unproven = replace(decision_of(free), plan=poor, is_proven=False)
    assert not [one for one in explain(free, unproven, currency="£").binding if one.name == "loose"]
    bound = {one.name for one in explained(question_of(full_node())).binding}
    assert bound == {"near"}


def test_of_lines_that_all_have_to_ship_from_a_node_only_some_are_set_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = random_order_case(1, nodes=2, lines=120, max_quantity=1, depth=1.0)
    node = next(iter(case.network.nodes))
    lines = tuple(replace(line, node=node) for line in case.order.lines)
    question = replace(question_of(case), order=replace(case.order, lines=lines))
    decision, solves, answer = decision_of(question), [], Question.answer

    def counted(asked: Question, *given: object) -> object:
        solves.append(asked)
        return answer(asked, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Question, "answer", counted)
    explain(question, decision, currency="£")
    assert 0 < len(solves) <= 5 * solves_allowed(question.order)


# --- changes -------------------------------------------------------------------------------------------
def test_changes_are_made_one_after_the_other_and_never_to_the_question_itself() -> None:
    question = question_of(split_or_consolidate())
    before = replace(question)
    free = counterfactual(question, decision_of(question), [FreeSplits()], currency="£")
    assert nodes_of(free.outcome.plan) == {"east", "west"}
    assert CostKind.EXTRA_SHIPMENT not in {line.kind for line in free.outcome.plan.cost_lines}
    both = [NodeOff(NodeId("hub")), NodeOn(NodeId("hub")), ForcedNode(NodeId("hub"))]
    forced = counterfactual(question, decision_of(question), both, currency="£")
    assert nodes_of(forced.outcome.plan) == {"hub"}
    line = counterfactual(
        question, decision_of(question), [ForcedNode(NodeId("hub"), LineId("1"))], currency="£"
    )
    assert "hub" in nodes_of(line.outcome.plan)
    assert sum(free.by_kind.values()) == free.difference.cost
    assert question == before


def test_stock_never_falls_below_none_and_another_policy_is_another_policy() -> None:
    question = question_of(scarce())
    none = apply(question, [MoreStock(NodeId("near"), SkuId("mug"), -1_000)])
    assert none.stock[NodeId("near"), SkuId("mug")] == 0
    other = replace(DEFAULT_POLICY, extra_shipment_penalty=Micros(7))
    assert apply(question, [UnderPolicy(other)]).policy is other
    with pytest.raises(UnknownReference) as caught:
        apply(question, [NodeOff(NodeId("near")), NodeOff(NodeId("neer"))])
    assert caught.value.pointer == "/changes/1/node"


# --- words ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "make", [scarce, nothing_left, full_node, split_or_consolidate], ids=lambda make: make.__name__
)
def test_all_nine_questions_are_answered_in_whole_sentences(make: object) -> None:
    question = question_of(make())  # type: ignore[operator]
    told = explained(question)
    assert [one.topic for one in told.answers] == list(Topic)
    for one in told.answers:
        for said in (one.short, *one.points):
            assert said[-1] == "."
            assert ".." not in said
    text = markdown(told, currency="£")
    assert text.count("\n## ") >= 9
    assert told == explained(question)


def test_what_was_not_proven_is_not_called_so() -> None:
    question = question_of(split_or_consolidate())
    decision = replace(decision_of(question), is_proven=False, gap=Micros(1_230_000))
    told = explain(question, decision, currency="£")
    assert "can cost more than £1.23 less" in told.sentence
    assert "the cheapest way that was found" in told.answers[0].short
    by_rule = explain(question, replace(decision, is_degraded=True), currency="£")
    assert "taken by a rule" in by_rule.answers[0].short


def test_units_given_up_for_money_are_told_so() -> None:
    question = question_of(scarce(), replace(DEFAULT_POLICY, may_give_up=True))
    dear = replace(question.network.skus[SkuId("mug")], lost_sale_value=Micros(1))
    question = replace(question, network=replace(question.network, skus={dear.id: dear}))
    told = explained(question)
    assert told.decision.plan.unfilled_units == 10
    assert told.answers[0].short == "No node ships anything."
    assert "serving it would have cost more than it earns" in told.answers[-1].points[0]


def test_amounts_of_the_answer_on_costs_add_up_to_what_is_paid() -> None:
    told = explained(question_of(split_or_consolidate()))
    cost = next(one for one in told.answers if one.topic is Topic.COST)
    *parts, together = [point.split("£")[1].split(" ")[0].rstrip(".") for point in cost.points]
    assert sum(round(100 * float(part)) for part in parts) == round(100 * float(together))


def test_names_that_look_like_markdown_are_escaped() -> None:
    question = question_of(scarce())
    nodes = {key: replace(node, name=f"<b>{key}|*") for key, node in question.network.nodes.items()}
    text = markdown(
        explained(replace(question, network=replace(question.network, nodes=nodes))), currency="£"
    )
    assert "<b>" not in text.replace("\\<b\\>", "")
    assert "\\|\\*" in text


def test_without_an_instance_only_the_document_speaks() -> None:
    question = question_of(scarce())
    told = explain_without_instance(decision_of(question), currency="£")
    assert not told.is_complete
    assert [one.topic for one in told.answers] == list(Topic)
    assert markdown(told, currency="£").startswith("# Order scarce\n\nOrder scarce ships from far and near")


def test_the_day_is_that_of_the_node() -> None:
    question = question_of(scarce())
    nodes = {key: replace(node, time_zone="Pacific/Auckland") for key, node in question.network.nodes.items()}
    question = replace(question, network=replace(question.network, nodes=nodes))
    late = replace(decision_of(question), decided_at=question.order.placed_at + timedelta(hours=5))
    told = explain(question, late, currency="£")
    assert {one.day.isoformat() for one in told.leaving} == {"2011-03-08"}


def test_plans_of_all_sizes_are_explained() -> None:
    for nodes, lines in product((1, 6), (1, 12)):
        assert explained(question_of(random_order_case(3, nodes=nodes, lines=lines))).answers
