"""The generators one by one, on inputs small enough to reckon by hand."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.demo import demo_world
from fulfillment.ids import NodeId, SkuId
from fulfillment.network import distance_km
from fulfillment.supply import SupplyKey, SupplyRow
from scenarios.world import (
    Cities,
    Receipt,
    Sales,
    Window,
    World,
    WorldParameters,
    build_world,
    unservable_units,
)
from scenarios.world.assortment import case_pack
from scenarios.world.customers import customer_key, home_cities
from scenarios.world.demand import observe_demand
from scenarios.world.nodes import distances_km, distinct_cities
from scenarios.world.orders import build_orders
from scenarios.world.stable import uniforms
from scenarios.world.stock import apportion
from scenarios.world.zones import zone_of_cities

MakeSales = Callable[..., Sales]
PARAMETERS = WorldParameters()
SPRING = Window(date(2011, 3, 21), weeks=2)  # summer time begins on the first Sunday in it


def towns(**population: int) -> Cities:
    """Towns a degree of latitude (111 km) apart, from the south."""
    count = len(population)
    return Cities(
        tuple(population),
        np.arange(50.0, 50.0 + count),
        np.full(count, -1.0),
        np.array(list(population.values()), dtype=np.int64),
    )


# --- places --------------------------------------------------------------------------------------------
def test_distances_on_arrays_are_those_of_the_network() -> None:
    cities = towns(a=1, b=1, c=1)
    expected = [[distance_km(cities.place(i), cities.place(j)) for j in range(3)] for i in range(3)]
    assert distances_km(cities, cities) == pytest.approx(np.array(expected))


def test_a_borough_inside_its_city_is_no_city_of_its_own(uk_cities: Cities) -> None:
    kept = distinct_cities(uk_cities, people_per_km2=PARAMETERS.people_per_km2)
    assert kept.name[:3] == ("London", "Birmingham", "Glasgow")
    assert {"Islington", "Croydon", "City of Westminster"} <= set(uk_cities.name) - set(kept.name)
    assert {"Leeds", "Bradford", "Luton", "Northampton", "Livingston"} <= set(kept.name)


def test_an_unknown_city_is_named_in_the_error() -> None:
    with pytest.raises(KeyError, match="Atlantis"):
        towns(a=1).index("Atlantis")


def test_northern_ireland_is_the_zone_of_its_own_cities_only(uk_cities: Cities) -> None:
    zones = zone_of_cities(uk_cities, PARAMETERS.zones)
    for i, zone in enumerate(zones):
        across_the_sea = uk_cities.longitude[i] < -5.4 and 54.0 < uk_cities.latitude[i] < 55.3
        assert (zone == "northern-ireland") == across_the_sea, uk_cities.name[i]


def test_parcels_cost_more_the_farther_they_go_and_more_again_across_the_sea(world: World) -> None:
    def price(node: str, zone: str) -> int:
        return next(
            r.per_package
            for (n, z), rates in world.network.rates.items()
            for r in rates
            if (n, z, r.service) == (node, zone, "parcel")
        )

    assert price("dc-warrington", "north-west") < price("dc-warrington", "south-west")
    assert price("dc-livingston", "northern-ireland") - price("dc-livingston", "yorkshire") > 3_000_000
    assert price("store-belfast", "northern-ireland") < price("store-belfast", "north-west")


# --- customers -----------------------------------------------------------------------------------------
def test_customers_live_in_proportion_to_population() -> None:
    cities = towns(large=700, middle=200, small=100)
    homes = home_cities([customer_key(number, "") for number in range(20_000)], cities)
    share = np.bincount(homes, minlength=3) / 20_000
    # Three standard errors of a share of 0.7 among 20,000 are 0.0097.
    assert share == pytest.approx([0.7, 0.2, 0.1], abs=0.01)


def test_the_demos_orders_follow_the_population_of_zones(world: World, uk_cities: Cities) -> None:
    cities = distinct_cities(uk_cities, people_per_km2=PARAMETERS.people_per_km2)
    people = Counter[str]()
    zones = zone_of_cities(cities, PARAMETERS.zones)
    for zone, population in zip(zones, cities.population.tolist(), strict=True):
        people[zone] += population
    orders = Counter(order.destination.zone for order in world.orders)
    for zone in world.network.zones:
        expected = people[zone] / people.total()
        # Customers order repeatedly: five standard errors of a binomial share, not three.
        error = 5 * (expected * (1 - expected) / len(world.orders)) ** 0.5
        assert orders[zone] / len(world.orders) == pytest.approx(expected, abs=error)


def test_a_customer_lives_in_one_place_and_an_unknown_one_where_the_invoice_falls() -> None:
    assert customer_key(17850, "536365") == customer_key(17850, "536366")
    assert customer_key(-1, "536365") != customer_key(-1, "536366")


def test_a_number_drawn_by_key_does_not_depend_on_its_neighbors() -> None:
    alone, together = uniforms(["b"], salt="s"), uniforms(["a", "b", "c"], salt="s")
    assert alone[0] == together[1]
    assert uniforms(["b"], salt="t")[0] != alone[0]


# --- orders --------------------------------------------------------------------------------------------
def test_invoice_times_are_london_wall_clock_in_winter_and_summer(
    make_sales: MakeSales,
) -> None:
    sales = make_sales(
        ("1", "2011-03-25T10:00", "10001", 1, False),
        ("2", "2011-03-28T10:00", "10001", 1, False),
    )
    winter, summer = build_orders(
        sales, towns(a=1), zone_of_cities(towns(London=1), PARAMETERS.zones[:1]), time_zone="Europe/London"
    )
    assert winter.placed_at == datetime(2011, 3, 25, 10, tzinfo=UTC)
    assert summer.placed_at == datetime(2011, 3, 28, 9, tzinfo=UTC)


def test_deliveries_keep_their_local_hour_when_the_clocks_change() -> None:
    made = demo_world(window=SPRING)
    hours = {(receipt.at.date() < date(2011, 3, 27), receipt.at.hour) for receipt in made.receipts}
    assert hours == {(True, 7), (False, 6)}


def test_an_invoice_typed_over_a_minutes_end_is_one_order_at_its_first_minute(make_sales: MakeSales) -> None:
    sales = make_sales(
        ("7", "2011-03-07T09:59", "10002", 2, False),
        ("8", "2011-03-07T09:58", "10003", 1, False),
        ("7", "2011-03-07T10:00", "10001", 3, False),
        ("7", "2011-03-07T10:00", "10002", 4, False),
    )
    zones = zone_of_cities(towns(London=1), PARAMETERS.zones[:1])
    first, second = build_orders(sales, towns(a=1), zones, time_zone="Europe/London")
    assert (first.id, second.id) == ("8", "7")
    assert second.placed_at == datetime(2011, 3, 7, 9, 59, tzinfo=UTC)
    assert [(ln.id, ln.sku, ln.quantity) for ln in second.lines] == [
        ("1", "10002", 2),
        ("2", "10001", 3),
        ("3", "10002", 4),
    ]


# --- demand and stock ----------------------------------------------------------------------------------
def test_demand_counts_from_the_launch_and_plans_with_the_higher_recent_rate(make_sales: MakeSales) -> None:
    sales = make_sales(
        ("a", "2010-12-14T12:00", "10001", 12, False),
        ("b", "2011-02-14T12:00", "10001", 40, False),
        ("c", "2011-02-21T12:00", "10002", 9, False),
        ("d", "2010-06-01T12:00", "10003", 500, False),
    )
    demand = observe_demand(sales, start=date(2011, 3, 7), parameters=PARAMETERS)
    assert demand.ids == ("10001", "10002")  # 10003 was not sold for half a year
    assert demand.rate.tolist() == pytest.approx([40 / 4, 9 / 2])
    assert demand.lines.tolist() == [2, 1]


def test_one_freak_order_does_not_set_the_stock(make_sales: MakeSales) -> None:
    sales = make_sales(("a", "2011-03-01T12:00", "10001", 74_215, False))
    demand = observe_demand(sales, start=date(2011, 3, 7), parameters=PARAMETERS)
    assert demand.rate.tolist() == [PARAMETERS.largest_planned_line / 2]


@given(
    totals=st.lists(st.integers(0, 10_000), min_size=1, max_size=6),
    shares=st.lists(st.integers(0, 9), min_size=1, max_size=5),
)
def test_units_are_shared_out_whole_and_none_is_lost(totals: list[int], shares: list[int]) -> None:
    parts = np.array(shares, dtype=np.float64) + 0.001
    weights = np.repeat((parts / parts.sum())[:, None], len(totals), axis=1)
    units = apportion(np.array(totals, dtype=np.int64), weights)
    assert units.sum(axis=0).tolist() == totals
    assert (np.abs(units - weights * totals) < 1).all()


def test_cheaper_goods_come_in_larger_cartons() -> None:
    packs = [case_pack(price, PARAMETERS) for price in (0.2, 1.0, 3.0, 8.0, 50.0)]
    assert packs == [48, 24, 12, 6, 2]


def test_sales_without_a_past_build_no_world(make_sales: MakeSales, uk_cities: Cities) -> None:
    sales = make_sales(("1", "2011-03-08T10:00", "10001", 1, False))
    with pytest.raises(ValueError, match="0 SKUs before, 1 lines within"):
        build_world(sales, uk_cities, window=Window(date(2011, 3, 7), weeks=2), seed=1)


# --- the bound -----------------------------------------------------------------------------------------
def test_unservable_units_are_what_all_nodes_together_could_not_give_in_time(
    make_sales: MakeSales, uk_cities: Cities
) -> None:
    sales = make_sales(
        ("0", "2011-03-15T10:00", "10001", 1, False),
        ("1", "2011-03-21T10:00", "10001", 8, False),
        ("2", "2011-03-23T10:00", "10001", 9, False),
        ("3", "2011-03-24T10:00", "10002", 2, False),
    )
    made = build_world(sales, uk_cities, window=SPRING, seed=1)
    sku = SkuId("10001")
    late = SupplyKey(sku, NodeId("dc-warrington"), source="po", earliest=date(2011, 3, 22))
    by_hand = World(
        window=made.window,
        network=made.network,
        orders=made.orders,
        supply=(
            SupplyRow(SupplyKey(sku, NodeId("dc-northampton")), 3),
            SupplyRow(SupplyKey(sku, NodeId("store-london")), 4, safety_stock=2),
            SupplyRow(late, 7),
        ),
        receipts=(Receipt(datetime(2011, 3, 22, 7, tzinfo=UTC), late, 7),),
        walk_ins=(),
        abroad=made.abroad,
    )
    # 5 for 8 loses 3; then 7 for 9 loses 2 more; nothing was ever held of the other SKU.
    assert unservable_units(by_hand) == {"10001": 5, "10002": 2}
