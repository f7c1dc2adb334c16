"""Replay: a world's orders, receipts and till sales in order of time, against a ledger in memory.

The functions are those of the service: stock, instance, decision, pegs, reserve, confirm, ship. Only
the clock differs: `now` is the instant of the event. Nothing here reads a file, a clock or a network.

Three choices, so that any other way to replay the same world gives the same figures:
- At equal instants receipts come first, then till sales, then orders.
- A confirmed order is shipped at once. Its units would be just as unavailable if they stayed allocated,
  but a till could sell them: in a store they have been taken off the shelf.
- A till sells at most what is on the shelf; safety stock is there for it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from fulfillment.ledger.memory import InMemoryLedger
from fulfillment.ledger.protocol import AdjustKind, Adjustment, Ledger, Selection
from fulfillment.network import Network
from fulfillment.orders import Order
from fulfillment.policy import Policy
from fulfillment.supply import CapacityKey, CapacityRow, SupplyKey, SupplyRow
from optimizer.sourcing import RULES, Outcome, SourcingInstance, build_instance
from optimizer.sourcing.costing import plan_of
from optimizer.sourcing.pegging import peg, stock_for
from scenarios.deciding import Decide
from scenarios.record import InState, OrderRecord, ReplayRecord
from scenarios.world import Receipt, WalkInSale, World

Timer = Callable[[], float]


def replay(
    world: World,
    *,
    decide: Decide,
    policy: Policy,
    ledger: Ledger | None = None,
    compare_in_state: bool = False,
    on_order: Callable[[OrderRecord], None] | None = None,
    timer: Timer | None = None,
) -> ReplayRecord:
    """Decide every order of the world in order of time; equal arguments, equal record.

    Parameters
    ----------
    ledger
        An empty one to replay on; afterwards it holds the stock of the end. By default one in memory.
    compare_in_state
        Also ask every rule what it would have done with each order in the same state.
    on_order
        Called after each order, of which there are `len(world.orders)`: for progress.
    timer
        Seconds from any origin; if given, each record holds the seconds its decision took.
    """
    book = InMemoryLedger() if ledger is None else ledger
    events = _in_order_of_time(world)
    open_books(world, book, now=_instant(events[0]))
    made: list[OrderRecord] = []
    wanted = sold = 0
    for event in events:
        match event:
            case Receipt():
                book.receive(event.inbound, event.quantity, now=event.at)
            case WalkInSale():
                wanted += sum(units for _, units in event.units)
                sold += _sell_at_the_till(event, book)
            case Order():
                record = _serve(event, world.network, book, decide, policy, compare_in_state, timer)
                made.append(record)
                if on_order is not None:
                    on_order(record)
    return ReplayRecord(
        decider=decide.name,
        title=decide.title,
        policy=policy.version,
        orders=tuple(made),
        walk_in_wanted=wanted,
        walk_in_sold=sold,
        oversold_units=sum(short.quantity for short in book.shortfalls(now=_instant(events[-1]))),
        complaints=tuple(book.reconcile()),
    )


def first_orders(world: World, count: int) -> World:
    """The world up to its `count`-th order: the events after it are left out too."""
    orders = world.orders[:count]
    last = orders[-1].placed_at
    return replace(
        world,
        orders=orders,
        receipts=tuple(event for event in world.receipts if event.at <= last),
        walk_ins=tuple(event for event in world.walk_ins if event.at <= last),
    )


def open_books(world: World, ledger: Ledger, *, now: datetime) -> None:
    """Declare opening stock, inbound, and the capacity of every node on every local day with an order."""
    ledger.set_supply(world.supply, now=now)
    nodes = world.network.nodes.values()
    days = sorted({(node.id, node.local_day(o.placed_at)) for o in world.orders for node in nodes})
    ledger.set_capacity(
        [CapacityRow(CapacityKey(n, day), world.network.nodes[n].units_per_day) for n, day in days], now=now
    )


def fresh_ledger(world: World) -> InMemoryLedger:
    """A ledger that holds the world as it is before anything happens."""
    ledger = InMemoryLedger()
    open_books(world, ledger, now=_instant(_in_order_of_time(world)[0]))
    return ledger


@dataclass(frozen=True, slots=True)
class Situation:
    """An order, and the rows it is decided from."""

    rows: tuple[SupplyRow, ...]
    instance: SourcingInstance


def situation(order: Order, *, network: Network, policy: Policy, ledger: Ledger, now: datetime) -> Situation:
    """What the order would be decided from at this instant."""
    rows = tuple(ledger.supply({line.sku for line in order.lines}, now=now))
    days = {(row.key.node, network.nodes[row.key.node].local_day(now)) for row in rows}
    capacity = {row.key.node: row.available for row in ledger.capacity(days, now=now)}
    stock = stock_for(rows, channel=order.channel)
    instance = build_instance(order, network=network, policy=policy, stock=stock, capacity=capacity)
    return Situation(rows, instance)


Event = Receipt | WalkInSale | Order


def _in_order_of_time(world: World) -> list[Event]:
    events: list[Event] = [*world.receipts, *world.walk_ins, *world.orders]
    return sorted(events, key=_instant)  # stable: kinds keep their order at equal instants


def _instant(event: Event) -> datetime:
    return event.placed_at if isinstance(event, Order) else event.at


def _sell_at_the_till(sale: WalkInSale, ledger: Ledger) -> int:
    """Book what the shelf has of what shoppers want; returns the units sold."""
    shelf = {row.key: row.quantity for row in ledger.supply({sku for sku, _ in sale.units}, now=sale.at)}
    sold: list[Adjustment] = []
    for sku, units in sale.units:
        key = SupplyKey(sku, sale.node)
        if taken := min(units, shelf.get(key, 0)):
            sold.append(Adjustment(key, AdjustKind.WALK_IN_SALE, taken))
    if sold:
        ledger.adjust(sold, now=sale.at)
    return sum(change.quantity for change in sold)


def _serve(
    order: Order,
    network: Network,
    ledger: Ledger,
    decide: Decide,
    policy: Policy,
    compare_in_state: bool,
    timer: Timer | None,
) -> OrderRecord:
    now = order.placed_at
    began = timer() if timer else None
    seen = situation(order, network=network, policy=policy, ledger=ledger, now=now)
    outcome = decide.outcome(seen.instance)
    seconds = timer() - began if timer and began is not None else None
    refused = not outcome.plan.shipments or bool(outcome.plan.unfilled and not order.accept_partial)
    if not refused:
        _ship(order, outcome, seen, network, ledger, policy)
    plan = plan_of(seen.instance, np.zeros_like(seen.instance.stock)) if refused else outcome.plan
    return OrderRecord(
        order=order.id,
        placed_at=now,
        lines=len(order.lines),
        units=order.units,
        plan=plan,
        status=outcome.status,
        engine=outcome.engine,
        bound=outcome.bound,
        gap=outcome.gap,
        unfilled_bound=outcome.unfilled_bound,
        is_degraded=outcome.degraded,
        is_refused=refused,
        in_state=_rules_on(seen.instance) if compare_in_state else (),
        seconds=seconds,
    )


def _ship(
    order: Order, outcome: Outcome, seen: Situation, network: Network, ledger: Ledger, policy: Policy
) -> None:
    now = order.placed_at
    days = {one.node: network.nodes[one.node].local_day(now) for one in outcome.plan.shipments}
    wanted = peg(outcome.plan, seen.rows, channel=order.channel, capacity_days=days)
    ledger.reserve(order.id, wanted, expires_at=now + timedelta(minutes=policy.reservation_minutes), now=now)
    ledger.confirm(Selection(order.id), now=now)
    ledger.ship(Selection(order.id), now=now)


def _rules_on(instance: SourcingInstance) -> tuple[InState, ...]:
    plans = ((name, make(instance)) for name, make in RULES.items())
    return tuple(InState(name, plan.unfilled_units, plan.objective) for name, plan in plans)
