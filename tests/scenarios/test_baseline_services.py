"""Services of the OMS's own choice: one that may not carry the goods is told, and priced all the same."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fulfillment.ids import LineId, NodeId, ServiceId
from fulfillment.money import Micros
from fulfillment.plan import CostKind
from fulfillment.policy import Policy
from fulfillment.rates import Rate, Transit
from fulfillment.shadow import Against, ChosenUnits, Violation
from optimizer.sourcing import RULES, Limits, source
from scenarios.baseline import chosen_by, price, violations
from scenarios.instances import OrderCase, random_order_case, two_parcels_or_one
from scenarios.question import Question
from tests.sourcing.full_costs import with_everything
from tests.sourcing.orders import SERVE_ALL

NEAR, AIR, GROUND = NodeId("near"), ServiceId("air"), ServiceId("ground")
HARD = replace(SERVE_ALL, late_day_penalty=None)
often = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
AMPLE = Limits(branches=20_000, deterministic_seconds=2.0)


def by_air_or_ground() -> OrderCase:
    """The near node has the mug, and sends it by air in a day for 9, or by ground in four for 3."""
    case = two_parcels_or_one()
    zone = case.order.destination.zone
    air = Rate(AIR, NEAR, zone, Micros(9_000_000), Micros(0), 30_000, transit=Transit(1, 1))
    ground = Rate(GROUND, NEAR, zone, Micros(3_000_000), Micros(0), 30_000, transit=Transit(3, 4))
    rates = {**case.network.rates, (NEAR, zone): (air, ground)}
    return replace(case, network=replace(case.network, rates=rates))


def mug(case: OrderCase, service: ServiceId | None = None) -> list[ChosenUnits]:
    line = next(line for line in case.order.lines if line.sku == "mug")
    return [ChosenUnits(LineId(line.id), NEAR, 1, service)]


def question(case: OrderCase, policy: Policy = SERVE_ALL) -> Question:
    return Question(case.order, case.network, policy, case.stock, case.capacity)


def told(chosen: list[ChosenUnits], asked: Question) -> list[str]:
    found = violations(chosen, asked)
    assert all(one.against is Against.SERVICE and one.node == NEAR for one in found)
    return [one.detail for one in found]


def hazardous(case: OrderCase, *services: ServiceId) -> OrderCase:
    """The mug is hazmat, which these services do not take."""
    network = case.network
    skus = {name: replace(sku, is_hazmat=name == "mug") for name, sku in network.skus.items()}
    rates = {
        lane: tuple(replace(rate, carries_hazmat=rate.service not in services) for rate in offered)
        for lane, offered in network.rates.items()
    }
    return replace(case, network=replace(network, skus=skus, rates=rates))


def test_goods_that_the_service_named_refuses_are_told_with_the_one_that_takes_them() -> None:
    asked = question(hazardous(by_air_or_ground(), AIR))
    chosen = mug(by_air_or_ground(), AIR)
    (said,) = told(chosen, asked)
    assert said.startswith("near ships goods that its service may not carry: air does not take ")
    assert said.endswith("which is hazmat; ship them by ground")
    assert price(chosen, asked).shipments[0].service == AIR
    assert told(mug(by_air_or_ground()), asked) == []
    assert price(mug(by_air_or_ground()), asked).shipments[0].service == GROUND


def test_goods_that_no_service_takes_are_told_with_each_service() -> None:
    case = hazardous(by_air_or_ground(), AIR, GROUND)
    (said,) = told(mug(case), question(case))
    assert "air does not take" in said
    assert "; ground does not take" in said
    assert said.endswith("; ship them from another node")
    assert price(mug(case), question(case)).shipments[0].service == GROUND


def test_a_late_shipment_is_told_where_nothing_late_may_be_shipped_and_charged_where_it_may() -> None:
    case = by_air_or_ground()
    placed = case.order.placed_at
    hours = case.network.nodes[NEAR].processing_hours
    wanted = placed + timedelta(hours=hours, days=2)
    case = replace(case, order=replace(case.order, wanted_by=wanted))
    assert told(mug(case, GROUND), question(case, HARD)) == [
        "near ships goods that its service may not carry: ground may arrive 2 days late; ship them by air"
    ]
    soft = question(case, replace(SERVE_ALL, late_day_penalty=Micros(500_000)))
    assert told(mug(case, GROUND), soft) == []
    costs = {line.kind: line.amount for line in price(mug(case, GROUND), soft).cost_lines}
    assert costs[CostKind.LATENESS] == 1_000_000


def test_a_service_that_was_not_asked_for_is_told_and_a_faster_one_is_not() -> None:
    case = by_air_or_ground()
    by = {one: replace(case, order=replace(case.order, service=one)) for one in (AIR, GROUND)}
    assert told(mug(case, AIR), question(by[GROUND])) == []
    assert told(mug(case, GROUND), question(by[AIR])) == [
        "near ships goods that its service may not carry: ground is not air, which was asked for, and is "
        "slower; ship them by air"
    ]
    # Unnamed, it is priced by the cheapest that may carry it, as Nodewise would.
    assert price(mug(case), question(by[AIR])).shipments[0].service == AIR


@often
@given(st.integers(0, 10_000), st.booleans(), st.sampled_from([(2, 3), (3, 2), (3, 4)]))
def test_a_choice_equal_to_a_plan_goes_against_nothing_and_costs_the_same_whatever_costs(
    seed: int, named: bool, size: tuple[int, int]
) -> None:
    full = with_everything(random_order_case(seed, nodes=size[0], lines=size[1]), seed)
    case = full.case
    asked = replace(question(case, full.policy), prices=full.prices)
    for plan in (source(full.instance, limits=AMPLE).plan, *(rule(full.instance) for rule in RULES.values())):
        chosen = [one if named else replace(one, service=None) for one in chosen_by(plan)]
        against: tuple[Violation, ...] = violations(chosen, asked)
        assert against == ()
        again = price(chosen, asked)
        assert (again.shipments, again.cost_lines) == (plan.shipments, plan.cost_lines)


@pytest.mark.parametrize("service", [AIR, None])
def test_a_choice_that_may_go_is_told_nothing(service: ServiceId | None) -> None:
    case = by_air_or_ground()
    assert violations(mug(case, service), question(case)) == ()
