"""Deciding in little time, and from memory; and that the memory is bounded."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from api.orders.deciding import Degraded, Snapshot, decide, decide_by_rule
from api.orders.memory import Memory
from api.orders.schemas import LimitsIn
from fulfillment.ids import LineId, NodeId, PolicyVersion, SkuId
from fulfillment.orders import Order, OrderLine
from fulfillment.policy import DEFAULT_POLICY
from fulfillment.slots import Slot
from fulfillment.supply import CapacityKey, SupplyKey, SupplyRow
from scenarios.instances import OrderCase, random_order_case, split_or_consolidate

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def snapshot_of(case: OrderCase) -> Snapshot:
    nodes = sorted(case.network.nodes)
    return Snapshot(
        order=case.order,
        network=case.network,
        version=1,
        policy=DEFAULT_POLICY,
        rows=tuple(SupplyRow(SupplyKey(sku, node), units) for (node, sku), units in case.stock.items()),
        days={node: case.network.nodes[node].local_day(NOW) for node in nodes},
        capacity=dict.fromkeys(nodes, 7),
        rooms={node: {CapacityKey(node, case.network.nodes[node].local_day(NOW)): 7} for node in nodes},
        stale_capacity={},
        now=NOW,
    )


def asking(snapshot: Snapshot, *skus: str) -> Order:
    return replace(snapshot.order, lines=tuple(OrderLine(LineId(sku), SkuId(sku), 1) for sku in skus))


def test_a_search_that_its_time_has_cut_says_so_and_one_with_time_does_not() -> None:
    hard = snapshot_of(random_order_case(3, nodes=25, lines=30, heavy_share=0.6, depth=0.5))
    few = LimitsIn(branches=1, deterministic_seconds=0)
    assert not decide(hard, limits=few, seconds=60, fast=False).outcome.cut_by_deadline
    hurried = decide(hard, limits=LimitsIn(deterministic_seconds=0), seconds=0.02, fast=False)
    assert hurried.outcome.cut_by_deadline
    assert hurried.degraded_by is None
    none = decide(hard, limits=LimitsIn(), seconds=0.001, fast=False)
    assert (none.degraded_by, none.outcome.degraded) == (Degraded.OUT_OF_TIME, True)


def test_what_was_read_is_recalled_as_it_was() -> None:
    memory, seen = Memory(), snapshot_of(split_or_consolidate())
    assert memory.network() is None
    assert memory.recall(seen.order) is None
    memory.keep(seen)
    recalled = memory.recall(seen.order)
    assert recalled is not None
    assert recalled.as_of == NOW
    assert NOW <= recalled.snapshot.now < NOW + timedelta(minutes=5)
    assert recalled.snapshot.network is seen.network
    by = Degraded.DATABASE_AWAY
    assert decide_by_rule(recalled.snapshot, by).outcome == decide_by_rule(seen, by).outcome


def test_a_day_of_which_nothing_was_read_has_all_its_room() -> None:
    memory, seen = Memory(), snapshot_of(split_or_consolidate())
    yesterday = {node: {CapacityKey(node, day - timedelta(days=1)): 7} for node, day in seen.days.items()}
    memory.keep(replace(seen, rooms=yesterday))
    recalled = memory.recall(seen.order)
    assert recalled is not None
    nodes = seen.network.nodes
    assert recalled.snapshot.capacity == {node: nodes[node].units_per_day for node in recalled.snapshot.days}


def test_of_a_node_with_slots_what_is_left_of_those_not_ended_is_recalled() -> None:
    case = split_or_consolidate()
    # Of this day one slot has ended, of the next no slot was read.
    slots = (Slot("night", 0, 540, 2), Slot("rest", 540, 1_440, 5))
    parted = {name: replace(node, slots=slots, units_per_day=7) for name, node in case.network.nodes.items()}
    memory, seen = Memory(), snapshot_of(replace(case, network=replace(case.network, nodes=parted)))
    keys = {node: CapacityKey(node, day, slot="rest") for node, day in seen.days.items()}
    memory.keep(replace(seen, rooms={node: {key: 3} for node, key in keys.items()}))
    today = memory.recall(seen.order)
    assert today is not None
    assert today.snapshot.rooms == {node: {key: 3} for node, key in keys.items()}
    assert set(today.snapshot.capacity.values()) == {3}
    assert {node.units_per_day for node in today.snapshot.network.nodes.values()} == {5}
    memory.keep(replace(seen, rooms={}, now=NOW + timedelta(hours=24)))
    tomorrow = memory.recall(seen.order)
    assert tomorrow is not None
    assert set(tomorrow.snapshot.capacity.values()) == {5}


def test_the_rows_asked_for_longest_ago_are_forgotten_first() -> None:
    memory, base = Memory(most_rows=4), snapshot_of(split_or_consolidate())
    for sku in ("a", "b", "c", "a", "d"):
        rows = tuple(SupplyRow(SupplyKey(SkuId(sku), NodeId(node)), 1) for node in ("x", "y"))
        memory.keep(replace(base, order=asking(base, sku), rows=rows, days={}, capacity={}, rooms={}))
    assert memory.recall(asking(base, "a", "d")) is not None
    for forgotten in ("b", "c"):
        assert memory.recall(asking(base, "a", forgotten)) is None


def test_the_oldest_of_the_figures_dates_the_answer() -> None:
    memory, base = Memory(), snapshot_of(split_or_consolidate())
    for minutes, sku in ((0, "a"), (5, "b")):
        seen = replace(base, order=asking(base, sku), rows=(), now=NOW + timedelta(minutes=minutes))
        memory.keep(seen)
    recalled = memory.recall(asking(base, "b", "a"))
    assert recalled is not None
    assert recalled.as_of == NOW
    assert recalled.snapshot.now >= NOW + timedelta(minutes=5)


def test_a_policy_that_begins_while_the_database_is_away_is_in_force_then() -> None:
    memory, seen = Memory(), snapshot_of(split_or_consolidate())
    later = replace(DEFAULT_POLICY, version=PolicyVersion("later"))
    for begins, expected in ((NOW, later), (NOW + timedelta(days=1), DEFAULT_POLICY)):
        memory.keep(seen, policy_at=lambda now, begins=begins: later if now >= begins else DEFAULT_POLICY)  # type: ignore[misc]
        recalled = memory.recall(seen.order)
        assert recalled is not None
        assert recalled.snapshot.policy is expected
