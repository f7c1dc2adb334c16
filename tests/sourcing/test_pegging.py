"""What an order may draw on, and which rows its units are pegged to."""

from datetime import date

import pytest

from fulfillment.errors import InsufficientStock
from fulfillment.ids import LineId, NodeId, ServiceId, SkuId
from fulfillment.plan import Plan, PlannedShipment, PlannedUnits
from fulfillment.supply import CapacityKey, StockState, SupplyKey, SupplyRow
from optimizer.sourcing.pegging import peg, stock_for

KETTLE, LONDON = SkuId("K-17"), NodeId("LON1")
TODAY = date(2026, 11, 21)
COMMON = SupplyKey(KETTLE, LONDON)
APP = SupplyKey(KETTLE, LONDON, pool="app")


def plan(*quantities: int) -> Plan:
    """One shipment from London; a line per quantity."""
    units = tuple(PlannedUnits(LineId(str(i)), KETTLE, n) for i, n in enumerate(quantities, start=1))
    return Plan((PlannedShipment(LONDON, ServiceId("ground"), 1, 900, units),), (), ())


def pegged(rows: list[SupplyRow], *quantities: int, channel: str = "web") -> list[tuple[str, str, int]]:
    wanted = peg(plan(*quantities), rows, channel=channel, capacity_days={LONDON: TODAY})
    return [(want.line, want.peg.pool, want.quantity) for want in wanted]


def test_a_channel_draws_on_its_own_ring_fence_and_the_common_pool() -> None:
    rows = [SupplyRow(COMMON, 10, reserved=2, safety_stock=3), SupplyRow(APP, 4)]
    assert stock_for(rows, channel="web") == {(LONDON, KETTLE): 5}
    assert stock_for(rows, channel="app") == {(LONDON, KETTLE): 9}


def test_inbound_damaged_and_sold_out_rows_are_not_drawn_on() -> None:
    rows = [
        SupplyRow(SupplyKey(KETTLE, LONDON, source="PO-1", earliest=TODAY), 9),
        SupplyRow(SupplyKey(KETTLE, LONDON, state=StockState.DAMAGED), 9),
        SupplyRow(COMMON, 3, reserved=5),
    ]
    assert stock_for(rows, channel="web") == {}


def test_the_ring_fence_is_used_first_and_a_line_is_split_over_rows() -> None:
    rows = [SupplyRow(COMMON, 10), SupplyRow(APP, 4)]
    assert pegged(rows, 6, channel="app") == [("1", "app", 4), ("1", "common", 2)]
    assert pegged(rows, 6) == [("1", "common", 6)]


def test_lines_of_one_sku_share_its_rows() -> None:
    rows = [SupplyRow(COMMON, 3), SupplyRow(APP, 2)]
    assert pegged(rows, 1, 4, channel="app") == [("1", "app", 1), ("2", "app", 1), ("2", "common", 3)]


def test_units_use_the_capacity_of_their_node_and_day() -> None:
    (want,) = peg(plan(1), [SupplyRow(COMMON, 3)], channel="web", capacity_days={LONDON: TODAY})
    assert want.capacity == CapacityKey(LONDON, TODAY)
    (free,) = peg(plan(1), [SupplyRow(COMMON, 3)], channel="web", capacity_days={})
    assert free.capacity is None


def test_a_plan_made_from_other_figures_is_refused_with_what_is_there() -> None:
    with pytest.raises(InsufficientStock) as caught:
        pegged([SupplyRow(COMMON, 3)], 2, 2)
    (short,) = caught.value.shortages
    assert (short.key, short.wanted, short.available) == (COMMON, 2, 1)
