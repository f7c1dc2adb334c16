"""Explanations of the full cost model: dates, services, billed weight, steering terms, in words that hold."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fulfillment.ids import NodeId, ServiceId, SkuId
from fulfillment.money import Micros
from fulfillment.plan import CostKind
from fulfillment.policy import DEFAULT_POLICY, Policy
from fulfillment.price_book import PriceBook, PriceStep, StockPrice
from fulfillment.rates import Rate, Transit, WeightBreak
from scenarios.explanation import Explanation, NodeState
from scenarios.explanation.contents import AgainstAsked, Answered, Topic
from scenarios.explanation.markdown import markdown
from scenarios.instances import PLACED_AT, ZONE, OrderCase, random_order_case, twin_nodes
from scenarios.question import Question
from tests.scenarios.test_explanation import explained, question_of
from tests.sourcing.full_costs import with_everything

FAST = {"per_package": Micros(9_000_000), "transit": Transit(1, 1)}
"""Of another service than the parcels that cost 4.00."""
NEAR, FAR = NodeId("a"), NodeId("b")


def with_rates(
    case: OrderCase, node: str, *, parcel: Mapping[str, Any], **others: Mapping[str, Any]
) -> OrderCase:
    """The node's parcel service with other terms, and other services like it."""
    (known,) = case.network.rates[NodeId(node), ZONE]
    rates: list[Rate] = [replace(known, **parcel)]
    rates += [replace(known, service=ServiceId(name), **more) for name, more in others.items()]
    network = replace(case.network, rates={**case.network.rates, (NodeId(node), ZONE): tuple(rates)})
    return replace(case, network=network)


def with_sku(case: OrderCase, sku: str, **more: Any) -> OrderCase:
    known = case.network.skus[SkuId(sku)]
    network = replace(case.network, skus={**case.network.skus, known.id: replace(known, **more)})
    return replace(case, network=network)


def with_node(case: OrderCase, node: str, **more: Any) -> OrderCase:
    known = case.network.nodes[NodeId(node)]
    network = replace(case.network, nodes={**case.network.nodes, known.id: replace(known, **more)})
    return replace(case, network=network)


def wanted(case: OrderCase, **more: Any) -> OrderCase:
    return replace(case, order=replace(case.order, **more))


def in_days(number: int) -> datetime:
    return PLACED_AT + timedelta(days=number)


def answer(told: Explanation, topic: Topic) -> Answered:
    return next(one for one in told.answers if one.topic is topic)


def said(told: Explanation, topic: Topic) -> str:
    one = answer(told, topic)
    return " ".join((one.short, *one.points))


def words_of(told: Explanation, node: NodeId) -> tuple[NodeState, str]:
    return next((one.state, one.words) for one in told.nodes if one.node == node)


def policy(**more: Any) -> Policy:
    return replace(DEFAULT_POLICY, **more)


# --- dates ---------------------------------------------------------------------------------------------
def test_a_shipment_with_transit_is_told_when_it_leaves_and_arrives() -> None:
    case = with_rates(twin_nodes(), "a", parcel={"per_package": Micros(1_000_000), "transit": Transit(2, 3)})
    told = explained(question_of(with_node(case, "a", processing_hours=4)))
    dates = said(told, Topic.DATES)
    assert "leaves on Monday 07 March 2011, 14:00 UTC" in dates
    assert "half of such shipments arrive by Wednesday 09 March 2011, 14:00 UTC" in dates
    assert "nine in ten by Thursday 10 March 2011, 14:00 UTC" in dates
    assert "Nine of ten such shipments have arrived by Thursday 10 March 2011" in dates


def test_without_transit_no_day_of_arrival_is_claimed() -> None:
    told = explained(question_of(twin_nodes()))
    assert "no day of arrival is known" in said(told, Topic.DATES)
    assert told.leaving[0].dates is None


@pytest.mark.parametrize(
    ("days", "words"),
    [(3, "nine in ten arrive in time"), (1, "it may arrive up to 2 days late, and one in ten later still")],
)
def test_lateness_is_told_against_the_date_that_was_wanted(days: int, words: str) -> None:
    case = twin_nodes()
    for node in ("a", "b"):
        case = with_rates(case, node, parcel={"transit": Transit(1, 3)})
    told = explained(question_of(wanted(case, wanted_by=in_days(days))))
    assert f"Wanted by {in_days(days):%A %d %B %Y, %H:%M} UTC: {words}." in said(told, Topic.DATES)


# --- services ------------------------------------------------------------------------------------------
def test_a_faster_service_that_costs_less_is_told_as_an_upgrade() -> None:
    cheap_and_fast = {"per_package": Micros(1_000_000), "transit": Transit(1, 1)}
    case = with_rates(twin_nodes(), "a", parcel={"transit": Transit(2, 4)}, express=cheap_and_fast)
    told = explained(question_of(wanted(case, service=ServiceId("parcel"))))
    assert told.services[0].against_asked is AgainstAsked.UPGRADE
    assert "express for £" in said(told, Topic.SERVICE)
    assert "an upgrade: as fast as parcel, which was asked for, or faster" in said(told, Topic.SERVICE)


def test_a_slower_service_that_arrives_as_wanted_is_told_as_a_downgrade() -> None:
    case = with_rates(twin_nodes(), "a", parcel={"transit": Transit(2, 4)}, express=FAST)
    told = explained(question_of(wanted(case, service=ServiceId("express"), wanted_by=in_days(4))))
    assert told.services[0].against_asked is AgainstAsked.DOWNGRADE
    for topic in (Topic.SERVICE, Topic.DATES):
        assert "a downgrade from express, which was asked for: it arrives as wanted" in said(told, topic)


def test_a_slower_service_that_would_be_late_is_told_as_such_with_what_it_bills() -> None:
    case = with_rates(twin_nodes(), "a", parcel={"transit": Transit(2, 4)}, express=FAST)
    told = explained(question_of(wanted(case, service=ServiceId("express"), wanted_by=in_days(2))))
    assert told.services[0].against_asked is AgainstAsked.AS_ASKED
    words = said(told, Topic.SERVICE)
    assert "express for £9" in words
    assert ", as was asked for; parcel, at £4" in words
    assert "is not express, which was asked for, and may arrive 2 days late" in words


def test_a_node_without_the_service_asked_for_is_told_to_stand_in() -> None:
    case = with_rates(twin_nodes(), "a", parcel={"transit": Transit(1, 1)})
    told = explained(question_of(wanted(case, service=ServiceId("courier"), wanted_by=in_days(2))))
    assert told.services[0].against_asked is AgainstAsked.STANDS_IN
    assert "parcel for £4.07 in place of courier, which is not offered" in said(told, Topic.SERVICE)
    assert words_of(told, FAR) == (
        NodeState.NO_SERVICE,
        "has no service for it: parcel is not courier, which was asked for, and names no days of transit",
    )


def test_a_service_that_is_dearer_to_be_in_time_comes_with_the_days_that_the_cheaper_one_is_late() -> None:
    case = twin_nodes()
    for node in ("a", "b"):
        case = with_rates(case, node, parcel={"transit": Transit(2, 5)}, express=FAST)
    told = explained(
        question_of(wanted(case, wanted_by=in_days(2)), policy(late_day_penalty=Micros(4_000_000)))
    )
    words = said(told, Topic.SERVICE)
    assert "with what days late and emissions count besides" in words
    assert "express for £9" in words
    assert "for 1 package, and might arrive 3 days late" in words


# --- nodes that cannot, or cost more -------------------------------------------------------------------
def test_goods_that_a_service_refuses_are_named_and_not_called_out_of_stock() -> None:
    case = with_sku(twin_nodes(), "mug", is_hazmat=True)
    for node in ("a", "b"):
        case = with_rates(case, node, parcel={"carries_hazmat": False})
    told = explained(question_of(case))
    refusal = "parcel does not take mug (mug), which is hazmat"
    assert words_of(told, NEAR) == (NodeState.NO_SERVICE, f"has no service for it: {refusal}")
    unfilled = said(told, Topic.UNFILLED)
    assert f"nodes have it, and no service takes it: from a {refusal}" in unfilled
    assert "no node that could ship it has it" not in unfilled
    assert "2 without a service that takes it" in said(told, Topic.REJECTED)


def test_goods_that_are_too_long_are_told_with_both_lengths() -> None:
    case = with_sku(twin_nodes(), "mug", sides_mm=(2000, 100, 100))
    told = explained(question_of(with_rates(case, "b", parcel={"longest_side_mm": 1200})))
    state, words = words_of(told, FAR)
    assert state is NodeState.NO_SERVICE
    assert words.endswith("which is 2000 mm long, at most 1200 mm are taken")


def test_a_node_that_a_strict_policy_finds_too_late_says_how_late() -> None:
    case = with_rates(twin_nodes(), "a", parcel={"transit": Transit(1, 1)})
    case = with_rates(case, "b", parcel={"transit": Transit(2, 4)})
    told = explained(question_of(wanted(case, wanted_by=in_days(2)), policy(late_day_penalty=None)))
    assert words_of(told, FAR) == (
        NodeState.NO_SERVICE,
        "has no service for it: parcel may arrive 2 days late",
    )


def _late() -> Question:
    case = with_rates(twin_nodes(), "a", parcel={"transit": Transit(1, 1)})
    case = with_rates(case, "b", parcel={"transit": Transit(2, 4)})
    return question_of(wanted(case, wanted_by=in_days(2)), policy(late_day_penalty=Micros(1_000_000)))


def _scarce() -> Question:
    price = StockPrice((PriceStep(2, Micros(3_000_000)),))
    book = PriceBook("b", PLACED_AT, in_days(1), {(FAR, SkuId("mug")): price})
    return replace(question_of(twin_nodes()), prices=book)


def _filling_up() -> Question:
    case = with_node(twin_nodes(), "b", load_penalty=Micros(1_000_000), units_per_day=100)
    return question_of(replace(case, capacity={**case.capacity, FAR: 40}))


def _hard_to_find() -> Question:
    case = with_node(twin_nodes(), "b", pick_success_permille=900)
    return question_of(case, policy(repick_cost=Micros(2_000_000)))


def _emitting() -> Question:
    case = with_rates(twin_nodes(), "b", parcel={"co2e_grams_per_package": 4_000})
    return question_of(case, policy(co2e_price=Micros(100_000)))


def _surcharged() -> Question:
    case = with_sku(twin_nodes(), "mug", is_oversized=True)
    return question_of(with_rates(case, "b", parcel={"per_oversized": Micros(5_000_000)}))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (_late(), "since it may arrive 2 days late"),
        (_scarce(), "since its last units are dear"),
        (_filling_up(), "since its day is filling up"),
        (_hard_to_find(), "since units are not always found there"),
        (_emitting(), "since its carriage emits more"),
        (_surcharged(), "since its carrier charges for what is oversized"),
    ],
)
def test_the_one_term_that_makes_a_node_dearer_is_named(question: Question, words: str) -> None:
    state, told = words_of(explained(question), FAR)
    assert state is NodeState.DEARER
    assert told.endswith(words)


def test_freight_that_is_dearer_needs_no_other_reason() -> None:
    case = with_rates(twin_nodes(), "b", parcel={"per_package": Micros(6_000_000), "co2e_grams_per_kg": 10})
    _, words = words_of(explained(question_of(case, policy(co2e_price=Micros(1_000_000)))), FAR)
    assert words.endswith("the best plan found with it costs £2.01 more")


# --- what stands behind the costs ----------------------------------------------------------------------
def only_b(question: Question) -> Question:
    """Nothing but b has any: what its shipment costs is told."""
    return replace(question, stock={key: units for key, units in question.stock.items() if key[0] == FAR})


def _dimensional() -> Question:
    case = with_sku(twin_nodes(), "mug", sides_mm=(300, 200, 100))
    return question_of(with_rates(case, "b", parcel={"dimensional_divisor": 5000}))


def _by_volume() -> Question:
    case = with_sku(twin_nodes(), "mug", sides_mm=(300, 200, 100))
    return question_of(with_rates(case, "b", parcel={"package_limit_cm3": 6_000}))


def _over_a_break() -> Question:
    return question_of(with_rates(twin_nodes(), "b", parcel={"breaks": (WeightBreak(500, Micros(40_000)),)}))


def _up_to_a_break() -> Question:
    breaks = (WeightBreak(1_500, Micros(20_000)),)
    return question_of(with_rates(twin_nodes(), "b", parcel={"breaks": breaks}))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (_dimensional(), "b: 700 g are billed as 2.4 kg, by their volume (dimensional weight)."),
        (_by_volume(), "b: 2 packages by volume, where by weight 1 would do."),
        (_over_a_break(), "b: 700 g are over the break at 500 g, from which a kilogram costs £0.04"),
        (_up_to_a_break(), "b: 700 g are billed as 1.5 kg, since from there on a kilogram costs £0.02"),
        (_surcharged(), "b: 2 units travel alone, each a package of its own."),
        (_surcharged(), "b: £10.00 are charged for 2 oversized units."),
        (_scarce(), "b: 2 of the 3 units there of mug (mug) are worth £3.00 to other orders."),
        (_filling_up(), "b: 60 % of its day were taken already."),
        (_hard_to_find(), "b: of 1,000 units that it looks for it finds 900."),
        (_emitting(), "b: its carriage emits 4.0 kg of CO2e."),
    ],
)
def test_what_stands_behind_the_costs_is_told(question: Question, words: str) -> None:
    told = explained(only_b(question))
    assert words in said(told, Topic.COST)
    assert words[:20] in markdown(told, currency="£").replace("\\", "")


@pytest.mark.parametrize("question", [_late(), _scarce(), _filling_up(), _hard_to_find(), _emitting()])
def test_steering_is_told_as_not_billed_and_all_costs_add_up(question: Question) -> None:
    told = explained(only_b(question))
    plan = told.decision.plan
    assert sum(line.kind.is_steering for line in plan.cost_lines) == 1
    assert "(steers, not billed)" in said(told, Topic.COST)
    assert plan.objective == plan.cash + sum(
        line.amount
        for line in plan.cost_lines
        if line.kind is not CostKind.LOST_MARGIN and line.kind.is_steering
    )


# --- whatever comes together ---------------------------------------------------------------------------
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_orders_with_everything_are_explained_as_they_were_decided(seed: int, may_give_up: bool) -> None:
    made = with_everything(random_order_case(seed, nodes=3, lines=3, max_quantity=2), seed)
    minds = replace(made.policy, may_give_up=may_give_up)
    question = replace(question_of(made.case, minds), prices=made.prices)
    told = explained(question)
    plan = told.decision.plan
    assert len(told.answers) == len(Topic)
    for shipment, choice, leaving in zip(plan.shipments, told.services, told.leaving, strict=True):
        first = choice.offered[0]
        assert (first.service, first.packages) == (shipment.service, shipment.packages)
        assert (first.billed_grams, first.co2e_grams) == (shipment.billed_grams, shipment.co2e_grams)
        assert first.dates == leaving.dates == shipment.dates
        assert first.why_not == ""
    for one in told.nodes:
        assert (one.state is NodeState.NO_SERVICE) <= (one.node not in question.instance.nodes)
        assert one.state is not NodeState.KEPT_OUT
    assert markdown(told, currency="£").count("(steers, not billed)") == len(
        {line.kind for line in plan.cost_lines if line.kind.is_steering}
    )
