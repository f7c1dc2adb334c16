"""The specification of services, emissions and dates: a good plan is made wrong in one way."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from fulfillment.ids import ServiceId
from fulfillment.money import NOTHING
from fulfillment.orders import Order
from fulfillment.plan import CostKind, Plan, PlannedShipment
from fulfillment.rates import Rate, Transit
from optimizer.sourcing import SourcingInstance, build_instance, check, source
from optimizer.sourcing.offers import Offer
from scenarios.instances import PLACED_AT, last_unit
from tests.sourcing.orders import SERVE_ALL, pounds

GROUND, AIR = ServiceId("ground"), ServiceId("air")
DAY = timedelta(days=1)


def instance_with(
    *transits: tuple[ServiceId, Transit | None], asked: ServiceId | None = GROUND, days: int | None = None
) -> SourcingInstance:
    """One mug at the far node, which hands it over after four hours, by these services."""
    case = last_unit()
    offered = {
        lane: tuple(_rate(rates[0], service, transit) for service, transit in transits)
        for lane, rates in case.network.rates.items()
    }
    nodes = {name: replace(node, processing_hours=4) for name, node in case.network.nodes.items()}
    return build_instance(
        _asking(case.order, asked, days),
        network=replace(case.network, rates=offered, nodes=nodes),
        policy=replace(SERVE_ALL, late_day_penalty=pounds(2)),
        stock=case.stock,
        capacity=case.capacity,
    )


def _rate(rate: Rate, service: ServiceId, transit: Transit | None) -> Rate:
    return replace(rate, service=service, transit=transit, co2e_grams_per_package=200, co2e_grams_per_kg=100)


def _asking(order: Order, service: ServiceId | None, days: int | None) -> Order:
    wanted = None if days is None else PLACED_AT + days * DAY
    return replace(order, service=service, wanted_by=wanted)


def let_in(
    instance: SourcingInstance, service: ServiceId, transit: Transit | None
) -> tuple[SourcingInstance, Plan]:
    """The instance of a careless builder, who offers a service beside the others, and the plan by that."""
    (offers,) = instance.offers
    more = Offer(replace(offers[0].rate, service=service, transit=transit), NOTHING, offers[0].takes)
    plan = source(replace(instance, offers=((more,),))).plan
    assert plan.shipments[0].service == service
    return replace(instance, offers=((*offers, more),)), plan


def with_shipment(plan: Plan, shipment: PlannedShipment) -> Plan:
    return replace(plan, shipments=(shipment,))


def shifted(at: datetime) -> datetime:
    return at + timedelta(minutes=1)


SLOW, FAST = Transit(3, 4), Transit(1, 1)


@pytest.mark.parametrize(
    ("transit", "days", "said"),
    [
        (Transit(5, 6), None, "slower, and the order has no wanted date"),
        (Transit(4, 4), None, "slower, and the order has no wanted date"),
        (Transit(5, 6), 5, "arrives 2 days late"),
        (None, 9, "names no days of transit"),
    ],
    ids=["slower in nine of ten", "slower in half", "late", "without days"],
)
def test_a_downgrade_that_is_not_allowed_is_named(
    transit: Transit | None, days: int | None, said: str
) -> None:
    instance, plan = let_in(instance_with((GROUND, SLOW), days=days), AIR, transit)
    assert f"far ships by air, and ground was asked for: {said}" in check(instance, plan)


@pytest.mark.parametrize(
    ("transit", "days"), [(Transit(3, 4), None), (Transit(3, 3), None), (Transit(5, 6), 7)]
)
def test_an_upgrade_and_a_downgrade_that_arrives_as_wanted_are_allowed(
    transit: Transit, days: int | None
) -> None:
    instance, plan = let_in(instance_with((GROUND, SLOW), days=days), AIR, transit)
    assert check(instance, plan) == []


def test_where_the_node_does_not_have_the_service_asked_for_another_has_to_arrive_as_wanted() -> None:
    in_time = instance_with((AIR, FAST), days=2)
    assert check(in_time, source(in_time).plan) == []
    assert not instance_with((AIR, FAST), days=1).nodes
    careless = replace(in_time, order=_asking(in_time.order, GROUND, 1))
    late = source(replace(careless, order=_asking(in_time.order, None, 1))).plan
    assert "far ships by air, and ground was asked for: arrives 1 days late" in check(careless, late)
    undated = replace(in_time, order=_asking(in_time.order, GROUND, None))
    assert "far ships by air, and ground was asked for: the order has no wanted date" in check(undated, late)


def test_emissions_are_computed_again() -> None:
    instance = instance_with((GROUND, SLOW))
    plan = source(instance).plan
    (shipment,) = plan.shipments
    assert check(instance, plan) == []
    assert shipment.co2e_grams == 235  # 200 for the package, 35 for a mug of 350 g
    wrong = with_shipment(plan, replace(shipment, co2e_grams=234))
    assert check(instance, wrong) == ["far: 234 g of CO2e, should be 235 g"]


@pytest.mark.parametrize("field", ["leaves_at", "arrives_p50", "arrives_p90"])
def test_each_date_is_computed_again(field: str) -> None:
    instance = instance_with((GROUND, SLOW))
    plan = source(instance).plan
    (shipment,) = plan.shipments
    assert shipment.dates is not None
    assert shipment.dates.arrives_p90 == PLACED_AT + timedelta(hours=4) + 4 * DAY
    right = getattr(shipment.dates, field)
    wrong = replace(shipment, dates=replace(shipment.dates, **{field: shifted(right)}))
    (said,) = check(instance, with_shipment(plan, wrong))
    assert said == f"far: {field} is {shifted(right).isoformat()}, should be {right.isoformat()}"


def test_dates_that_are_missing_or_made_up_are_named() -> None:
    dated, undated = instance_with((GROUND, SLOW)), instance_with((GROUND, None))
    known, unknown = source(dated).plan, source(undated).plan
    assert check(undated, unknown) == []
    (shipment,), (without,) = known.shipments, unknown.shipments
    missing = check(dated, with_shipment(known, replace(shipment, dates=None)))
    assert [said.split(", ")[0] for said in missing] == [
        "far: leaves_at is not known",
        "far: arrives_p50 is not known",
        "far: arrives_p90 is not known",
    ]
    made_up = check(undated, with_shipment(unknown, replace(without, dates=shipment.dates)))
    assert len(made_up) == 3
    assert all(said.endswith("should be not known") for said in made_up)


def test_lateness_is_computed_again() -> None:
    # Four hours and four days after noon, wanted after three days: two days have begun.
    instance = instance_with((GROUND, SLOW), days=3)
    plan = source(instance).plan
    assert check(instance, plan) == []
    (late,) = [line for line in plan.cost_lines if line.kind is CostKind.LATENESS]
    assert late.amount == 2 * pounds(2)
    lines = [replace(line, amount=pounds(2)) if line is late else line for line in plan.cost_lines]
    assert check(instance, replace(plan, cost_lines=tuple(lines))) == [
        f"lateness far: plan says {pounds(2)}, is {2 * pounds(2)}"
    ]
