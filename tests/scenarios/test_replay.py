"""Replay: the demo's orders against the ledger, by Nodewise and by the rules."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fulfillment.errors import InvalidInput, UnknownReference
from fulfillment.ids import LineId, NodeId, OrderId, SkuId
from fulfillment.ledger.claims import ClaimState
from fulfillment.ledger.memory import InMemoryLedger
from fulfillment.orders import Order, OrderLine
from fulfillment.plan import Plan, UnfilledReason
from fulfillment.policy import DEFAULT_POLICY
from fulfillment.price_book import PriceBook
from fulfillment.skus import Component
from fulfillment.slots import Slot
from fulfillment.supply import SupplyKey, SupplyRow
from optimizer.sourcing import Outcome, SourcingInstance, build_instance
from scenarios.deciding import Decide, deciders, nodewise, rule
from scenarios.instances import OrderCase, full_node, nothing_left, scarce, two_parcels_or_one
from scenarios.record import OrderRecord, ReplayRecord, dearer_than_a_rule, serialized
from scenarios.replay import events_of, first_orders, replay
from scenarios.situation import situation
from scenarios.world import Receipt, WalkInSale, Window, World
from scenarios.world.orders import LeftOut

POLICY = DEFAULT_POLICY
ORDERS = 60


@pytest.fixture(scope="module")
def opening(world: World) -> World:
    return first_orders(world, ORDERS)


@pytest.fixture(scope="module")
def ledger() -> InMemoryLedger:
    return InMemoryLedger()


@pytest.fixture(scope="module")
def by_nodewise(opening: World, ledger: InMemoryLedger) -> ReplayRecord:
    return replay(opening, decide=nodewise(), policy=POLICY, ledger=ledger, compare_in_state=True)


def test_nodewise_is_no_dearer_than_any_rule_in_the_same_state(by_nodewise: ReplayRecord) -> None:
    assert len(by_nodewise.orders) == ORDERS
    assert all(len(one.in_state) == 3 for one in by_nodewise.orders)
    assert list(dearer_than_a_rule(by_nodewise)) == []


def test_a_replay_decides_by_a_price_book_until_it_is_stale(
    opening: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[datetime, bool]] = []

    def build(order: Order, **named: Any) -> SourcingInstance:
        seen.append((named["now"], named["prices"] is not None))
        return build_instance(order, **named)

    monkeypatch.setattr("scenarios.situation.build_instance", build)
    short = first_orders(opening, 12)
    until = short.orders[5].placed_at
    book = PriceBook("a", short.orders[0].placed_at, until, {})
    replay(short, decide=rule("nearest_first"), policy=POLICY, prices=book)
    assert seen == [(order.placed_at, order.placed_at <= until) for order in short.orders]


@pytest.mark.parametrize("name", ["nodewise", "nearest_first", "one_node_first", "static_priority"])
def test_kits_and_their_components_in_one_order_are_replayed_by_every_decider(
    opening: World, name: str
) -> None:
    short = first_orders(opening, 25)
    first, second = (line.sku for line in short.orders[0].lines[:2])
    parts = (Component(first, 2), Component(second, 1))
    kit = replace(short.network.skus[first], id=SkuId("gift"), components=parts, weight_grams=700)
    lines = (OrderLine(LineId("kit"), kit.id, 3), OrderLine(LineId("part"), first, 4))
    record = replay(
        replace(
            short,
            network=replace(short.network, skus={**short.network.skus, kit.id: kit}),
            orders=tuple(replace(order, lines=order.lines + lines) for order in short.orders),
        ),
        decide=deciders()[name],
        policy=POLICY,
        compare_in_state=True,
    )
    assert (record.oversold_units, record.complaints) == (0, ())
    planned = [part for one in record.orders for s in one.plan.shipments for part in s.units]
    assert any(part.sku == kit.id for part in planned)
    assert any(missing.sku in (kit.id, first) for one in record.orders for missing in one.plan.unfilled)
    if name == "nodewise":
        assert list(dearer_than_a_rule(record)) == []


def test_a_dearer_decision_would_be_named(opening: World) -> None:
    record = replay(
        first_orders(opening, 20), decide=rule("nearest_first"), policy=POLICY, compare_in_state=True
    )
    found = list(dearer_than_a_rule(record))
    assert found
    assert "Nearest first" in found[0]
    # Judged by the objective alone, orders that differ only in unfilled units may change sides.
    assert list(dearer_than_a_rule(record, may_give_up=True))


def test_nothing_is_oversold_and_the_ledger_adds_up(
    by_nodewise: ReplayRecord, ledger: InMemoryLedger
) -> None:
    assert by_nodewise.oversold_units == 0
    assert by_nodewise.complaints == ()
    assert ledger.reconcile() == []


def test_every_unit_wanted_is_shipped_or_unfilled(
    opening: World, by_nodewise: ReplayRecord, ledger: InMemoryLedger
) -> None:
    for order, one in zip(opening.orders, by_nodewise.orders, strict=True):
        shipped = sum(c.quantity for c in ledger.claims(order.id) if c.state is ClaimState.SHIPPED)
        assert (one.order, one.units) == (order.id, order.units)
        assert shipped + one.plan.unfilled_units == order.units


def test_the_bound_is_never_above_the_cost(by_nodewise: ReplayRecord) -> None:
    for one in by_nodewise.orders:
        assert one.unfilled_bound <= one.plan.unfilled_units
        if one.unfilled_bound == one.plan.unfilled_units:
            assert one.bound <= one.plan.objective


def test_two_replays_are_equal_to_the_byte_whatever_they_took(
    opening: World, by_nodewise: ReplayRecord
) -> None:
    ticks = iter(range(1_000_000))
    again = replay(
        opening, decide=nodewise(), policy=POLICY, compare_in_state=True, timer=lambda: float(next(ticks))
    )
    assert serialized(again).encode() == serialized(by_nodewise).encode()
    assert {one.seconds for one in again.orders} == {1.0}
    assert {one.seconds for one in by_nodewise.orders} == {None}


def test_the_text_of_a_record_is_one_json_object_per_line(by_nodewise: ReplayRecord) -> None:
    head, *orders = (json.loads(line) for line in serialized(by_nodewise).splitlines())
    assert (head["decider"], head["policy"]) == ("nodewise", "default")
    assert [one["order"] for one in orders] == [str(one.order) for one in by_nodewise.orders]
    assert "seconds" not in orders[0]


def test_progress_is_told_order_by_order(opening: World) -> None:
    seen: list[OrderRecord] = []
    record = replay(
        first_orders(opening, 5), decide=rule("static_priority"), policy=POLICY, on_order=seen.append
    )
    assert tuple(seen) == record.orders


def test_the_end_of_a_replay_leaves_less_to_decide_from(
    opening: World, ledger: InMemoryLedger, by_nodewise: ReplayRecord
) -> None:
    last = opening.orders[-1]
    then = situation(last, network=opening.network, policy=POLICY, ledger=ledger, now=last.placed_at)
    fresh = InMemoryLedger()
    fresh.set_supply(opening.supply, now=last.placed_at)
    at_first = situation(last, network=opening.network, policy=POLICY, ledger=fresh, now=last.placed_at)
    assert then.instance.stock.sum() < at_first.instance.stock.sum()
    assert then.instance.capacity.sum() < at_first.instance.capacity.sum()


def test_an_unknown_rule_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownReference, match="did you mean nearest_first"):
        rule("nearest_frist")


def test_a_world_in_which_nothing_happens_is_refused(world: World) -> None:
    with pytest.raises(InvalidInput, match="0 orders; a replay needs one"):
        first_orders(world, 0)
    with pytest.raises(InvalidInput, match="nothing happens"):
        replay(replace(_world(scarce()), orders=()), decide=nodewise(), policy=POLICY)


# --- small worlds --------------------------------------------------------------------------------------
def test_a_receipt_at_the_instant_of_an_order_comes_first() -> None:
    case = nothing_left()
    inbound = SupplyKey(SkuId("mug"), NodeId("near"), source="po-1", earliest=case.order.placed_at.date())
    world = replace(
        _world(case),
        supply=(SupplyRow(inbound, 2),),
        receipts=(Receipt(case.order.placed_at, inbound, 2),),
    )
    assert _only(world).plan.unfilled_units == 1  # the plate


def test_at_one_instant_receipts_come_before_tills_and_tills_before_orders(world: World) -> None:
    at = world.orders[0].placed_at
    together = replace(
        world,
        receipts=(replace(world.receipts[0], at=at),),
        walk_ins=(replace(world.walk_ins[0], at=at),),
        orders=world.orders[:1],
    )
    assert [type(event) for event in events_of(together)] == [Receipt, WalkInSale, Order]


def test_inbound_that_has_not_arrived_is_not_promised() -> None:
    case = nothing_left()
    inbound = SupplyKey(SkuId("mug"), NodeId("near"), source="po-1", earliest=case.order.placed_at.date())
    late = case.order.placed_at + timedelta(seconds=1)
    world = replace(_world(case), supply=(SupplyRow(inbound, 2),), receipts=(Receipt(late, inbound, 2),))
    assert _only(world).plan.unfilled_units == 3


def test_a_till_sells_at_most_what_is_on_the_shelf() -> None:
    case = scarce()  # ten mugs wanted, six near, three far
    world = _with_till(case, case.order.placed_at - timedelta(hours=1), units=100)
    record = replay(world, decide=nodewise(), policy=POLICY)
    assert (record.walk_in_wanted, record.walk_in_sold) == (100, 6)
    assert record.orders[0].plan.unfilled_units == 7
    assert (record.oversold_units, record.complaints) == (0, ())


def test_a_till_cannot_sell_what_has_left_for_an_order() -> None:
    case = scarce()
    record = replay(
        _with_till(case, case.order.placed_at + timedelta(hours=1), units=5), decide=nodewise(), policy=POLICY
    )
    assert (record.walk_in_wanted, record.walk_in_sold) == (5, 0)
    assert record.oversold_units == 0


def test_two_orders_of_one_local_day_share_the_capacity_of_a_node() -> None:
    case = full_node()  # the near node ships three units a day
    second = replace(case.order, id=OrderId("second"), placed_at=case.order.placed_at + timedelta(hours=1))
    next_day = replace(case.order, id=OrderId("third"), placed_at=case.order.placed_at + timedelta(days=1))
    one = replace(
        _world(case),
        orders=(
            _of(case, 1),
            replace(second, lines=_of(case, 3).lines),
            replace(next_day, lines=_of(case, 3).lines),
        ),
    )
    plans = [made.plan for made in replay(one, decide=nodewise(), policy=POLICY).orders]
    assert [_from(plan, "near") for plan in plans] == [1, 0, 3]


def test_orders_of_a_replay_use_what_is_left_of_the_slots_of_a_node() -> None:
    """The near node can pick 1 in the first hour after the first order, and 3 in the rest of the day."""
    case = full_node()
    world, near = _world(case), NodeId("near")
    node = world.network.nodes[near]
    begins = case.order.placed_at.astimezone(ZoneInfo(node.time_zone))
    minute = begins.hour * 60 + begins.minute
    slots = (Slot("first", minute, minute + 60, 1), Slot("rest", minute + 60, 1_440, 3))
    parted = replace(node, slots=slots, units_per_day=4)
    orders = tuple(
        replace(_of(case, units), id=OrderId(str(n)), placed_at=case.order.placed_at + timedelta(hours=n))
        for n, units in enumerate((3, 1, 1))
    )
    ledger = InMemoryLedger()
    network = replace(world.network, nodes={**world.network.nodes, near: parted})
    record = replay(
        replace(world, network=network, orders=orders), decide=nodewise(), policy=POLICY, ledger=ledger
    )
    assert [_from(made.plan, "near") for made in record.orders] == [3, 1, 0]
    day = parted.local_day(case.order.placed_at)
    assert {row.key.slot: row.used for row in ledger.capacity([(near, day)], now=orders[-1].placed_at)} == {
        "first": 1,
        "rest": 3,
    }
    assert record.complaints == ()


def test_an_order_to_be_filled_whole_is_refused_and_leaves_the_stock_alone() -> None:
    case = scarce()
    whole = replace(case.order, accept_partial=False)
    small = replace(_of(case, 9), id=OrderId("small"), placed_at=whole.placed_at + timedelta(minutes=1))
    record = replay(replace(_world(case), orders=(whole, small)), decide=nodewise(), policy=POLICY)
    refused, served = record.orders
    assert (refused.is_refused, refused.plan.shipments, refused.plan.unfilled_units) == (True, (), 10)
    assert {missing.reason for missing in refused.plan.unfilled} == {
        UnfilledReason.NO_STOCK,
        UnfilledReason.GIVEN_UP,
    }
    assert (served.is_refused, served.plan.unfilled_units) == (False, 0)


def test_a_way_to_decide_can_be_brought_along() -> None:
    asked: list[SourcingInstance] = []
    inner = nodewise()

    def outcome(instance: SourcingInstance) -> Outcome:
        asked.append(instance)
        return inner.outcome(instance)

    record = replay(_world(two_parcels_or_one()), decide=Decide("mine", "Mine", outcome), policy=POLICY)
    assert (record.decider, record.title, len(asked)) == ("mine", "Mine", 1)


def _world(case: OrderCase) -> World:
    return World(
        window=Window(case.order.placed_at.date(), weeks=1),
        network=replace(
            case.network,
            nodes={
                n: replace(node, units_per_day=case.capacity[n]) for n, node in case.network.nodes.items()
            },
        ),
        orders=(case.order,),
        supply=tuple(SupplyRow(SupplyKey(sku, node), units) for (node, sku), units in case.stock.items()),
        receipts=(),
        walk_ins=(),
        abroad=LeftOut(0, 0, 0),
    )


def _with_till(case: OrderCase, at: datetime, *, units: int) -> World:
    return replace(_world(case), walk_ins=(WalkInSale(at, NodeId("near"), ((SkuId("mug"), units),)),))


def _of(case: OrderCase, quantity: int) -> Order:
    return replace(case.order, lines=(replace(case.order.lines[0], quantity=quantity),))


def _only(world: World) -> OrderRecord:
    (one,) = replay(world, decide=nodewise(), policy=POLICY).orders
    return one


def _from(plan: Plan, node: str) -> int:
    return sum(part.quantity for one in plan.shipments if one.node == node for part in one.units)
