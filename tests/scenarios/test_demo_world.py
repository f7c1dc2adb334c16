"""The demo world as a whole: the same each time, fed by the past only, scarce as intended, consistent."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq
import pytest

from api.demo import REPORTING_WINDOW, SEED, TUNING_WINDOW, demo_world
from api.demo.describe import fortnights
from api.demo.describe import main as describe
from fulfillment.network import NodeKind
from fulfillment.supply import SupplyRow
from scenarios.world import Cities, Sales, World, build_world, unservable_units

ROOT = Path(__file__).parents[2]
FILE = ROOT / "api/demo/data/online_retail_ii/orders_2009-12_to_2011-05.parquet"
LONDON = ZoneInfo("Europe/London")


def inside_window(at: datetime) -> bool:
    return REPORTING_WINDOW.start <= at.astimezone(LONDON).date() < REPORTING_WINDOW.end


def unservable_share(world: World) -> float:
    return sum(unservable_units(world).values()) / sum(order.units for order in world.orders)


def test_the_world_built_twice_is_the_same_to_the_byte(world: World) -> None:
    assert repr(demo_world()) == repr(world)


def test_another_seed_makes_other_skus_and_stock_under_the_same_orders(
    world: World, demo_sales: Sales, uk_cities: Cities
) -> None:
    other = build_world(demo_sales, uk_cities, window=REPORTING_WINDOW, seed=SEED + 1)
    assert other.orders == world.orders
    assert other.network.skus.keys() == world.network.skus.keys()
    assert other.network.skus != world.network.skus
    assert other.supply != world.supply
    assert other.walk_ins != world.walk_ins


def test_sales_of_the_window_and_after_it_change_nothing_about_stock(
    world: World, demo_sales: Sales, uk_cities: Cities
) -> None:
    later = demo_sales.placed_at >= np.datetime64(REPORTING_WINDOW.start)
    doubled = replace(demo_sales, quantity=np.where(later, demo_sales.quantity * 2, demo_sales.quantity))
    thinned = doubled.where(~later | (np.arange(len(doubled)) % 3 > 0))
    other = build_world(thinned, uk_cities, window=REPORTING_WINDOW, seed=SEED)
    assert other.orders != world.orders
    assert other.supply == world.supply
    assert other.receipts == world.receipts
    assert other.walk_ins == world.walk_ins
    shared = other.network.skus.keys() & {row.key.sku for row in world.supply}
    assert {sku: other.network.skus[sku] for sku in shared} == {
        sku: world.network.skus[sku] for sku in shared
    }


def test_two_to_six_percent_of_units_cannot_be_served_in_either_window(world: World) -> None:
    assert 0.02 <= unservable_share(world) <= 0.06
    assert 0.02 <= unservable_share(demo_world(window=TUNING_WINDOW)) <= 0.06


def test_the_tuning_window_ends_before_the_history_of_the_reported_one_begins() -> None:
    assert TUNING_WINDOW.end <= REPORTING_WINDOW.start - timedelta(weeks=12)


def test_every_order_resolves_and_goes_to_a_zone_with_parcel_rates_from_every_node(world: World) -> None:
    network = world.network
    for order in world.orders:
        assert order.destination.zone in network.zones
        assert {line.sku for line in order.lines} <= network.skus.keys()
    assert network.rates.keys() == {(node, zone) for node in network.nodes for zone in network.zones}
    for (node, zone), rates in network.rates.items():
        assert [rate.service for rate in rates] == ["small_parcel", "parcel"]
        assert {(rate.origin, rate.zone) for rate in rates} == {(node, zone)}


def test_orders_are_the_domestic_invoices_of_the_file_and_the_rest_are_counted(world: World) -> None:
    start, end = REPORTING_WINDOW.start, REPORTING_WINDOW.end
    day_before = datetime.combine(start - timedelta(days=1), time())
    lines = pq.read_table(FILE, filters=[("invoice_date", ">=", day_before)]).to_pylist()
    regular = [
        line
        for line in lines
        if start <= line["invoice_date"].date() < end
        and line["quantity"] > 0
        and line["unit_price"] > 0
        and line["stock_code"][:5].isdigit()
        and not line["invoice"].startswith("C")
    ]
    home = [line for line in regular if line["country"] == "United Kingdom"]
    away = [line for line in regular if line["country"] != "United Kingdom"]
    expected: dict[str, list[tuple[str, int]]] = {}
    for line in home:
        expected.setdefault(line["invoice"], []).append((line["stock_code"].upper(), line["quantity"]))
    assert {o.id: [(ln.sku, ln.quantity) for ln in o.lines] for o in world.orders} == expected
    assert all([ln.id for ln in o.lines] == [str(i + 1) for i in range(len(o.lines))] for o in world.orders)
    assert world.abroad.orders == len({line["invoice"] for line in away}) > 0
    assert world.abroad.lines == len(away)
    assert world.abroad.units == sum(line["quantity"] for line in away)


def test_orders_of_unknown_customers_do_not_share_a_home(demo_sales: Sales, world: World) -> None:
    unknown = demo_sales.within(REPORTING_WINDOW)
    unknown = unknown.where((unknown.customer < 0) & ~unknown.is_abroad)
    invoices = {demo_sales.invoices[i] for i in unknown.invoice.tolist()}
    homes = [order.destination.place for order in world.orders if order.id in invoices]
    assert len(homes) > 50
    assert Counter(homes).most_common(1)[0][1] < len(homes) / 2
    assert (demo_sales.customer != 0).all()


def test_orders_go_by_time_then_id_and_some_name_a_sku_twice(world: World) -> None:
    keys = [(order.placed_at, order.id) for order in world.orders]
    assert keys == sorted(keys)
    assert all(order.placed_at.tzinfo is UTC and inside_window(order.placed_at) for order in world.orders)
    assert any(max(Counter(line.sku for line in order.lines).values()) > 1 for order in world.orders)


def test_three_dcs_and_22_stores_stand_in_25_cities(world: World) -> None:
    nodes = list(world.network.nodes.values())
    assert Counter(node.kind for node in nodes) == {NodeKind.DC: 3, NodeKind.STORE: 22}
    assert len({node.place for node in nodes}) == 25
    assert [node.priority for node in nodes] == list(range(1, 26))
    assert [node.kind for node in nodes[:3]] == [NodeKind.DC] * 3
    dc, store = nodes[0], nodes[3]
    assert dc.units_per_day > store.units_per_day
    assert dc.labor.per_order < store.labor.per_order
    assert dc.labor.per_line < store.labor.per_line
    assert dc.labor.per_unit < store.labor.per_unit


def test_only_stores_hold_safety_stock_and_never_more_than_they_have(world: World) -> None:
    kinds = {node.id: node.kind for node in world.network.nodes.values()}
    held = Counter[NodeKind]()
    for row in world.supply:
        held[kinds[row.key.node]] += row.safety_stock
        assert 0 < row.quantity >= row.safety_stock
    assert held[NodeKind.DC] == 0 < held[NodeKind.STORE]


def test_the_long_tail_is_in_one_dc_and_best_sellers_in_all_and_in_stores(world: World) -> None:
    nodes_of: dict[str, set[str]] = {}
    for row in world.supply:
        if row.key.is_on_hand:
            nodes_of.setdefault(row.key.sku, set()).add(row.key.node)
    spread = Counter(sum(node.startswith("dc-") for node in nodes) for nodes in nodes_of.values())
    assert 0.45 < spread[1] / len(nodes_of) < 0.55
    assert 0.18 < spread[3] / len(nodes_of) < 0.22
    ordered = Counter(line.sku for order in world.orders for line in order.lines)
    best = [nodes_of[sku] for sku, _ in ordered.most_common(50)]
    assert float(np.median([len(nodes) for nodes in best])) > 10


def test_receipts_are_the_inbound_rows_booked_in_at_dcs_inside_the_window(world: World) -> None:
    inbound = {row.key: row for row in world.supply if not row.key.is_on_hand}
    assert {r.inbound: SupplyRow(r.inbound, r.quantity) for r in world.receipts} == inbound
    assert len(world.receipts) == len(inbound)
    for receipt in world.receipts:
        assert inside_window(receipt.at)
        assert receipt.inbound.earliest == receipt.at.astimezone(LONDON).date()
        assert world.network.nodes[receipt.inbound.node].kind is NodeKind.DC
        assert receipt.quantity % world.network.skus[receipt.inbound.sku].case_pack == 0
    assert len({(r.inbound.node, r.inbound.earliest) for r in world.receipts}) == 6


def test_walk_in_sales_fall_into_opening_hours_at_stores_that_range_the_sku(world: World) -> None:
    ranged = {(row.key.node, row.key.sku) for row in world.supply if row.key.is_on_hand}
    assert 1_000 < len(world.walk_ins) < 20_000
    for sale in world.walk_ins:
        local = sale.at.astimezone(LONDON)
        assert inside_window(sale.at)
        opens, closes = (11, 17) if local.weekday() == 6 else (9, 18)
        assert opens < local.hour <= closes
        assert world.network.nodes[sale.node].kind is NodeKind.STORE
        assert all((sale.node, sku) in ranged and units > 0 for sku, units in sale.units)
    assert len({(sale.at, sale.node) for sale in world.walk_ins}) == len(world.walk_ins)


def test_weights_prices_and_margins_are_those_of_gifts(world: World) -> None:
    skus = list(world.network.skus.values())
    assert all(5 <= sku.weight_grams <= 8_000 for sku in skus)
    assert all(sku.price == sku.unit_cost + sku.lost_sale_value for sku in skus)
    assert all(0.29 < sku.lost_sale_value / sku.price < 0.51 for sku in skus)
    cheap = [sku.weight_grams for sku in skus if sku.price < 1_000_000]
    dear = [sku.weight_grams for sku in skus if sku.price > 8_000_000]
    assert np.median(cheap) < 100 < 400 < np.median(dear)


@pytest.mark.parametrize("window", ["reporting", "tuning"])
def test_the_documentation_quotes_the_world_as_it_is(window: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert describe(["--window", window]) == 0
    printed = capsys.readouterr().out
    assert printed in (ROOT / "docs/demo_world.md").read_text(encoding="utf-8")


def test_nodes_and_zones_can_be_printed(capsys: pytest.CaptureFixture[str], world: World) -> None:
    assert describe(["--nodes"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(world.network.nodes)
    assert describe(["--zones"]) == 0
    shares = [float(row.split("\t")[2]) for row in capsys.readouterr().out.splitlines()[1:]]
    assert sum(shares) == pytest.approx(1.0, abs=0.001)


def test_fortnights_end_with_the_reported_one(world: World) -> None:
    header, *rows = fortnights(SEED, first=REPORTING_WINDOW.start)
    assert header == ("first_day", "orders", "units", "unservable_share")
    assert [row[:2] for row in rows] == [("2011-03-07", str(len(world.orders)))]
    assert float(rows[0][3]) == pytest.approx(unservable_share(world), abs=0.0001)
