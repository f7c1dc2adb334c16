"""The specification itself: a good plan is broken in one way, and `check` says so in a sentence."""

from dataclasses import replace

import pytest

from fulfillment.ids import LineId, NodeId, ServiceId, SkuId
from fulfillment.money import Micros
from fulfillment.plan import CostKind, CostLine, Plan, PlannedShipment, PlannedUnits, Unfilled, UnfilledReason
from optimizer.sourcing import RULES, SourcingInstance, check, source
from scenarios.instances import full_node, repeated_sku, scarce
from tests.sourcing.orders import MAY_GIVE_UP, SERVE_ALL, instance_of, pounds

# Ten mugs wanted: six from near, three from far, one that nobody has.
SCARCE = instance_of(scarce())
GOOD = RULES["nearest_first"](SCARCE)  # no engine: its kernels would be compiled while tests are collected
FAR, NEAR = GOOD.shipments


def ships(plan: Plan, *quantities: int) -> Plan:
    """The plan with other quantities on its first line, shipment by shipment, and nothing else changed."""
    changed = [
        replace(shipment, units=(replace(shipment.units[0], quantity=quantity), *shipment.units[1:]))
        for shipment, quantity in zip(plan.shipments, quantities, strict=True)
    ]
    return replace(plan, shipments=tuple(changed))


def found(plan: Plan, instance: SourcingInstance = SCARCE) -> list[str]:
    return check(instance, plan)


def test_a_good_plan_has_no_violation() -> None:
    assert found(GOOD) == []
    assert [(s.node, s.units[0].quantity) for s in GOOD.shipments] == [("far", 3), ("near", 6)]
    assert GOOD.unfilled == (Unfilled(LineId("1"), SkuId("mug"), 1, UnfilledReason.NO_STOCK),)


def test_a_unit_that_is_neither_shipped_nor_unfilled_is_missed() -> None:
    assert "line 1: 9 of 10 accounted for" in found(replace(GOOD, unfilled=()))
    assert "line 1: 9 of 10 accounted for" in found(ships(GOOD, 3, 5))


def test_a_unit_too_many_is_missed() -> None:
    twice = replace(GOOD, unfilled=(replace(GOOD.unfilled[0], quantity=2),))
    assert "line 1: 11 of 10 accounted for" in found(twice)


def test_a_shipment_without_units_is_named() -> None:
    empty = PlannedUnits(LineId("1"), SkuId("mug"), 0)
    plan = replace(GOOD, shipments=(FAR, replace(NEAR, units=(*NEAR.units, empty))))
    assert "near ships 0 of line 1" in found(plan)


def test_a_node_cannot_ship_more_than_it_has() -> None:
    assert "far ships 4 of mug, has 3" in found(ships(GOOD, 4, 6))


def test_two_lines_of_one_sku_draw_on_the_same_stock() -> None:
    instance = instance_of(repeated_sku())
    good = source(instance).plan
    assert found(good, instance) == []
    at_near = tuple(PlannedUnits(line.id, line.sku, line.quantity) for line in instance.order.lines)
    near = next(shipment for shipment in good.shipments if shipment.node == "near")
    assert "near ships 7 of mug, has 5" in found(
        replace(good, shipments=(replace(near, units=at_near),)), instance
    )


def test_a_node_cannot_ship_more_than_its_day_allows() -> None:
    instance = instance_of(full_node())
    good = source(instance).plan
    assert found(good, instance) == []
    (whole,) = good.shipments
    moved = replace(good, shipments=(replace(whole, node=NodeId("near")),))
    assert "near ships 5 units, can ship 3" in found(moved, instance)


def test_two_shipments_from_one_node_are_named() -> None:
    halves = tuple(replace(NEAR, units=(replace(NEAR.units[0], quantity=3),)) for _ in range(2))
    assert "near ships 2 shipments" in found(replace(GOOD, shipments=(FAR, *halves)))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            replace(NEAR, packages=2),
            "near: 2 packages of 2100 g billed as 2100 g, should be 1 of ",
        ),
        (
            replace(NEAR, weight_grams=1),
            "near: 1 packages of 1 g billed as 2100 g, should be 1 of ",
        ),
    ],
)
def test_packages_must_be_as_many_as_the_weight_needs(wrong: PlannedShipment, said: str) -> None:
    assert said + "2100 g billed as 2100 g" in found(replace(GOOD, shipments=(FAR, wrong)))


def given_up(reason: UnfilledReason) -> Plan:
    """Far's three units left where they are, with cost lines to match."""
    missing = (
        Unfilled(LineId("1"), SkuId("mug"), 1, UnfilledReason.NO_STOCK),
        Unfilled(LineId("1"), SkuId("mug"), 3, reason),
    )
    at_near = tuple(line for line in GOOD.cost_lines if line.node == "near")
    lost = CostLine(CostKind.LOST_MARGIN, pounds(4 * 1.70))
    return Plan((NEAR,), missing, (*at_near, lost))


def test_an_available_unit_is_given_up_only_if_the_policy_allows() -> None:
    plan = given_up(UnfilledReason.GIVEN_UP)
    assert found(plan) == ["mug: 3 available units given up, which the policy forbids"]
    assert found(plan, instance_of(scarce(), MAY_GIVE_UP)) == []


def test_a_unit_given_up_is_not_called_out_of_stock() -> None:
    plan = given_up(UnfilledReason.NO_STOCK)
    assert found(plan, instance_of(scarce(), MAY_GIVE_UP)) == ["mug: 3 given up, plan says 0"]


@pytest.mark.parametrize("index", range(len(GOOD.cost_lines)))
def test_every_cost_line_is_recomputed(index: int) -> None:
    line = GOOD.cost_lines[index]
    costs = list(GOOD.cost_lines)
    costs[index] = replace(line, amount=Micros(line.amount + 1))
    assert found(replace(GOOD, cost_lines=tuple(costs))) == [
        f"{line.kind} {line.node or ''}: plan says {line.amount + 1}, is {line.amount}"
    ]


def test_a_cost_line_for_nothing_is_named() -> None:
    extra = CostLine(CostKind.LABOR, pounds(1), NodeId("moon"))
    assert found(replace(GOOD, cost_lines=(*GOOD.cost_lines, extra))) == [
        "labor moon: plan says 1000000, is 0"
    ]


def test_a_split_pays_for_the_extra_shipment_and_the_split_line() -> None:
    steering = {line.kind: line.amount for line in GOOD.cost_lines if line.kind.is_steering}
    assert steering == {
        CostKind.EXTRA_SHIPMENT: SERVE_ALL.extra_shipment_penalty,
        CostKind.SPLIT_LINE: SERVE_ALL.split_line_penalty,
    }


def test_a_service_that_the_node_does_not_offer_is_named() -> None:
    pigeon = replace(GOOD, shipments=(replace(FAR, service=ServiceId("pigeon")), NEAR))
    assert found(pigeon) == ["far has no service pigeon"]


def test_a_line_that_is_not_in_the_order_is_named() -> None:
    stranger = PlannedUnits(LineId("9"), SkuId("mug"), 1)
    assert found(replace(GOOD, shipments=(replace(FAR, units=(stranger,)), NEAR))) == [
        "line 9 is not in the order"
    ]
