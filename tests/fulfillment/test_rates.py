"""What carriers bill, what they take and when they bring it, with figures worked out by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fulfillment.errors import InvalidInput
from fulfillment.ids import NodeId, ServiceId, SkuId, ZoneId
from fulfillment.money import Micros
from fulfillment.network import LaborCost, Node, NodeKind, Place
from fulfillment.price_book import PriceBook, PriceStep, StockPrice
from fulfillment.rates import Rate, Transit, WeightBreak
from fulfillment.skus import Sku
from fulfillment.timing import Dates, dates_of, days_late

RATE = Rate(ServiceId("parcel"), NodeId("a"), ZoneId("z"), Micros(3_000_000), Micros(1_000_000), 30_000)
BRICK = Sku(SkuId("brick"), "Brick", 3_000, Micros(0), Micros(0), Micros(0), sides_mm=(215, 102, 65))
PILLOW = Sku(SkuId("pillow"), "Pillow", 500, Micros(0), Micros(0), Micros(0), sides_mm=(600, 400, 250))
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_a_pillow_is_billed_by_its_volume_and_a_brick_by_its_weight() -> None:
    by_air = replace(RATE, dimensional_divisor=5_000)
    assert by_air.billed_grams(PILLOW) == 12_000  # 60,000 cm3 over 5,000 cm3 to the kilogram
    assert by_air.billed_grams(BRICK) == 3_000
    assert by_air.load([(PILLOW, 1), (BRICK, 2)]).billed_grams == 18_000  # unit by unit
    assert RATE.billed_grams(PILLOW) == 500


def test_packages_are_the_larger_of_weight_and_volume_and_one_for_each_unit_apart() -> None:
    small = replace(RATE, package_limit_cm3=100_000)
    assert small.packages(small.load([(PILLOW, 3)])) == 2  # 180 liters, 1.5 kg
    assert small.packages(small.load([(BRICK, 21)])) == 3  # 30 liters, 63 kg
    lamp = replace(PILLOW, ships_alone=True)
    assert small.packages(small.load([(lamp, 3)])) == 3
    assert small.packages(small.load([(lamp, 3), (BRICK, 1)])) == 4


def test_a_shipment_is_billed_as_if_it_had_reached_a_break_where_that_is_cheaper() -> None:
    falling = replace(RATE, breaks=(WeightBreak(10_000, Micros(600_000)),))
    costs = [falling.weight_cost(falling.load([(BRICK, count)])) for count in (1, 2, 3, 4)]
    # 3 kg at 1.00; 6 kg at 1.00 is as dear as 10 kg at 0.60; 9 kg as 10 kg at 0.60; 12 kg at 0.60
    assert costs == [3_000_000, 6_000_000, 6_000_000, 7_200_000]


def test_a_service_says_why_it_refuses() -> None:
    picky = replace(RATE, carries_hazmat=False, longest_side_mm=500)
    assert picky.refuses(replace(BRICK, is_hazmat=True)) == "is hazmat"
    assert picky.refuses(PILLOW) == "is 600 mm long, at most 500 mm are taken"
    assert picky.refuses(BRICK) == ""


def test_emissions_are_those_of_packages_and_of_weight() -> None:
    green = replace(RATE, co2e_grams_per_package=250, co2e_grams_per_kg=60)
    load = green.load([(BRICK, 2)])
    assert green.co2e_grams(load) == 250 + 360
    assert green.co2e_cost(load, Micros(100_000)) == 25_000 + 6 * 6_000


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"breaks": (WeightBreak(5_000, Micros(1_000_000)),)}, "/breaks"),
        ({"breaks": (WeightBreak(5_000, Micros(500_000)), WeightBreak(4_000, Micros(100_000)))}, "/breaks"),
        ({"dimensional_divisor": 0}, "/dimensional_divisor"),
        ({"co2e_grams_per_kg": -1}, "/co2e_grams_per_kg"),
    ],
)
def test_a_rate_that_makes_no_sense_is_refused(wrong: dict[str, object], pointer: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        replace(RATE, **wrong)
    assert caught.value.pointer == pointer


def test_goods_leave_after_processing_and_are_late_by_days_begun() -> None:
    node = Node(
        NodeId("a"),
        "A",
        NodeKind.DC,
        Place(52.0, -1.0),
        "Europe/London",
        LaborCost(Micros(0), Micros(0), Micros(0)),
        units_per_day=100,
        priority=1,
        processing_hours=4,
    )
    assert dates_of(RATE, node, NOW) is None
    dates = dates_of(replace(RATE, transit=Transit(1, 2)), node, NOW)
    leaves = NOW + timedelta(hours=4)
    assert dates == Dates(leaves, leaves + timedelta(days=1), leaves + timedelta(days=2))
    assert days_late(dates, NOW + timedelta(days=3)) == 0
    assert days_late(dates, NOW + timedelta(days=2)) == 1  # by four hours
    assert days_late(dates, NOW) == 3
    assert days_late(None, NOW) == days_late(dates, None) == 0


def test_the_last_units_are_the_dearest_and_are_taken_last() -> None:
    price = StockPrice((PriceStep(2, Micros(500)), PriceStep(5, Micros(100))))
    assert [price.of_unit(number) for number in (1, 2, 3, 5, 6)] == [500, 500, 100, 100, 0]
    assert price.taking(3, of=8) == 0
    assert price.taking(5, of=8) == 200  # units 8, 7, 6 are free, 5 and 4 are not
    assert price.taking(8, of=8) == 1_300
    assert price.taking(2, of=2) == 1_000


def test_steps_that_do_not_fall_are_refused_and_a_book_grows_stale() -> None:
    with pytest.raises(InvalidInput, match="fall in price"):
        StockPrice((PriceStep(2, Micros(100)), PriceStep(5, Micros(100))))
    book = PriceBook("a", NOW, NOW + timedelta(hours=1), {})
    assert not book.is_stale(NOW + timedelta(hours=1))
    assert book.is_stale(NOW + timedelta(hours=1, seconds=1))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((name, -1_000) for name in ("per_package", "per_kg", "per_shipment", "per_oversized")),
        *((name, 0) for name in ("package_limit_grams", "package_limit_cm3", "longest_side_mm")),
        *((name, -1) for name in ("co2e_grams_per_package", "co2e_grams_per_kg")),
    ],
)
def test_a_number_that_cannot_be_is_pointed_at_by_its_own_name(field: str, value: int) -> None:
    with pytest.raises(InvalidInput, match=f"{field} is {value}") as caught:
        replace(RATE, **{field: value})  # type: ignore[arg-type]
    assert caught.value.pointer == f"/{field}"


@pytest.mark.parametrize(
    ("days", "field"), [((-1, 2), "transit_days_p50"), ((3, 2), "transit_days_p90")], ids=["below", "falling"]
)
def test_days_of_transit_that_cannot_be_are_pointed_at(days: tuple[int, int], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Transit(*days)
    assert caught.value.pointer == f"/{field}"
