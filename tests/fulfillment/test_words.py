"""The words that refuse what cannot be meant: orders and rates; and distances, days and availability."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from fulfillment.errors import InvalidInput
from fulfillment.ids import LineId, NodeId, OrderId, ServiceId, SkuId, ZoneId
from fulfillment.money import Micros
from fulfillment.network import LaborCost, Node, NodeKind, Place, distance_km
from fulfillment.orders import MAX_LINES, MAX_UNITS_PER_LINE, Destination, Order, OrderLine
from fulfillment.rates import Load, Rate
from fulfillment.supply import CapacityKey, CapacityRow, StockState, SupplyKey, SupplyRow

LINE = OrderLine(LineId("1"), SkuId("mug"), 1)
RATE = Rate(ServiceId("parcel"), NodeId("a"), ZoneId("z"), Micros(3_000_000), Micros(100_000), 30_000)
NODE = Node(
    NodeId("AKL"),
    "Auckland",
    NodeKind.DC,
    Place(-36.85, 174.76),
    "Pacific/Auckland",
    LaborCost(Micros(0), Micros(0), Micros(0)),
    units_per_day=100,
    priority=1,
)


def order(*lines: OrderLine) -> Order:
    return Order(OrderId("A-1"), lines, Destination(ZoneId("z")), datetime(2026, 11, 21, tzinfo=UTC))


@pytest.mark.parametrize(
    ("lines", "pointer"),
    [
        ((), "/lines"),
        ((LINE,) * (MAX_LINES + 1), "/lines"),
        ((LINE, replace(LINE, id=LineId("2"), quantity=0)), "/lines/1/quantity"),
        ((replace(LINE, quantity=-3),), "/lines/0/quantity"),
        ((replace(LINE, quantity=MAX_UNITS_PER_LINE + 1),), "/lines/0/quantity"),
        ((LINE, LINE), "/lines/1/id"),
    ],
    ids=["empty", "too many lines", "zero units", "negative units", "absurd quantity", "one id twice"],
)
def test_an_order_that_cannot_be_meant_names_the_field_and_the_fix(
    lines: tuple[OrderLine, ...], pointer: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        order(*lines)
    assert caught.value.pointer == pointer
    assert caught.value.fix


def test_two_lines_of_one_sku_are_legal() -> None:
    assert order(LINE, replace(LINE, id=LineId("2"), quantity=2)).units == 3


@pytest.mark.parametrize(
    ("grams", "packages", "micros"),
    [
        (0, 1, 3_000_000),
        (1, 1, 3_000_100),
        (30_000, 1, 6_000_000),
        (30_001, 2, 9_000_100),
        (90_000, 3, 18_000_000),
    ],
)
def test_a_rate_bills_packages_of_the_limit_and_every_gram(grams: int, packages: int, micros: int) -> None:
    load = Load(grams, grams, 0, 0, 0, grams)
    assert (RATE.packages(load), RATE.cost(load)) == (packages, micros)


def test_a_rate_with_parts_of_a_micro_per_gram_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at most three decimals") as caught:
        replace(RATE, per_kg=Micros(100_001))
    assert caught.value.pointer == "/per_kg"


def test_a_rate_below_zero_or_without_a_package_is_refused() -> None:
    for wrong in ({"per_package": -1}, {"per_kg": -1_000}, {"package_limit_grams": 0}):
        with pytest.raises(InvalidInput, match="at least"):
            replace(RATE, **wrong)


def test_distances_are_those_of_the_globe() -> None:
    london, edinburgh = Place(51.5074, -0.1278), Place(55.9533, -3.1883)
    assert distance_km(london, edinburgh) == pytest.approx(534, abs=1)
    assert distance_km(london, london) == 0
    # A quarter of the way around: pi / 2 times the mean radius of 6371.0088 km.
    assert distance_km(Place(0, 0), Place(90, 0)) == pytest.approx(10_007.56, abs=0.01)
    assert distance_km(Place(0, 0), Place(0, 180)) == pytest.approx(2 * 10_007.56, abs=0.02)


def test_a_node_ships_on_its_own_day() -> None:
    assert NODE.local_day(datetime(2026, 11, 21, 10, 59, tzinfo=UTC)) == date(2026, 11, 21)
    assert NODE.local_day(datetime(2026, 11, 21, 11, 0, tzinfo=UTC)) == date(2026, 11, 22)


def test_what_is_available_is_never_below_zero_and_never_unsellable() -> None:
    key = SupplyKey(SkuId("mug"), NodeId("a"))
    assert SupplyRow(key, 10, reserved=3, safety_stock=2).available == 5
    assert SupplyRow(key, 2, reserved=3).available == 0
    assert SupplyRow(key._replace(state=StockState.DAMAGED), 10).available == 0
    room = CapacityKey(NodeId("a"), date(2026, 11, 21))
    assert CapacityRow(room, 5, used=2).available == 3
    assert CapacityRow(room, 5, used=9).available == 0
