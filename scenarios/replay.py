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

from fulfillment.capacity import capacity_of, in_slots
from fulfillment.errors import InvalidInput
from fulfillment.kits import kits_of
from fulfillment.ledger.memory import InMemoryLedger
from fulfillment.ledger.protocol import AdjustKind, Adjustment, Ledger, Selection
from fulfillment.network import Network
from fulfillment.orders import Order
from fulfillment.plan import Plan
from fulfillment.policy import Policy
from fulfillment.price_book import PriceBook
from fulfillment.supply import SupplyKey
from optimizer.sourcing import RULES, SourcingInstance
from optimizer.sourcing.costing import plan_of
from optimizer.sourcing.pegging import peg
from scenarios.deciding import Decide
from scenarios.record import InState, OrderRecord, ReplayRecord
from scenarios.situation import Situation, situation
from scenarios.world import Receipt, WalkInSale, World

Event = Receipt | WalkInSale | Order
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
    prices: PriceBook | None = None,
) -> ReplayRecord:
    """Decide every order of the world in order of time; equal arguments, equal record.

    Parameters
    ----------
    ledger
        An empty one to replay on; afterward it holds the stock of the end. By default one in memory.
    compare_in_state
        Also ask every rule what it would have done with each order in the same state.
    on_order
        Called after each order, of which there are `len(world.orders)`: for progress.
    timer
        Seconds from any origin; if given, each record holds the seconds from reading the
        stock to having a plan.
    prices
        What stock is worth where it stands; used for orders until it is stale.

    Raises
    ------
    InvalidInput
        Nothing happens in the world.
    """
    book = InMemoryLedger() if ledger is None else ledger
    events = events_of(world)
    if not events:
        raise InvalidInput("nothing happens in this world", pointer="/world", fix="Give it an order")
    open_books(world, book, now=instant_of(events[0]))
    desk = _Desk(world.network, book, decide, policy, compare_in_state, timer, prices)
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
                record = desk.serve(event)
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
        oversold_units=sum(short.quantity for short in book.shortfalls(now=instant_of(events[-1]))),
        complaints=tuple(book.reconcile()),
    )


def events_of(world: World) -> list[Event]:
    """Everything that happens, in the order it happens: whoever replays otherwise goes by it too."""
    events: list[Event] = [*world.receipts, *world.walk_ins, *world.orders]
    return sorted(events, key=instant_of)  # stable: kinds keep their order at equal instants


def instant_of(event: Event) -> datetime:
    return event.placed_at if isinstance(event, Order) else event.at


def first_orders(world: World, count: int) -> World:
    """The world up to its `count`-th order: the events after it are left out too.

    Raises
    ------
    InvalidInput
        `count` is below 1.
    """
    if count < 1:
        raise InvalidInput(f"{count} orders; a replay needs one", pointer="/orders", fix="Give at least 1")
    orders = world.orders[:count]
    last = orders[-1].placed_at
    return replace(
        world,
        orders=orders,
        receipts=tuple(event for event in world.receipts if event.at <= last),
        walk_ins=tuple(event for event in world.walk_ins if event.at <= last),
    )


def open_books(world: World, ledger: Ledger, *, now: datetime) -> None:
    """Declare opening stock, inbound, and the capacity of every node on every local day with an order, slot
    by slot where it has some."""
    ledger.set_supply(world.supply, now=now)
    nodes = world.network.nodes.values()
    days = sorted({(node.id, node.local_day(o.placed_at)) for o in world.orders for node in nodes})
    ledger.set_capacity(
        [row for name, day in days for row in capacity_of(world.network.nodes[name], day)], now=now
    )


def fresh_ledger(world: World) -> InMemoryLedger:
    """A ledger that holds the world as it is before anything happens."""
    ledger = InMemoryLedger()
    open_books(world, ledger, now=instant_of(events_of(world)[0]))
    return ledger


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


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where orders are decided and shipped, one after the other."""

    network: Network
    ledger: Ledger
    decide: Decide
    policy: Policy
    compare_in_state: bool
    timer: Timer | None
    prices: PriceBook | None = None

    def serve(self, order: Order) -> OrderRecord:
        now = order.placed_at
        began = self.timer() if self.timer else 0.0
        seen = situation(
            order,
            network=self.network,
            policy=self.policy,
            ledger=self.ledger,
            now=now,
            prices=self.prices,
        )
        outcome = self.decide.outcome(seen.instance)
        seconds = self.timer() - began if self.timer else None
        plan = outcome.plan
        refused = not plan.shipments or bool(plan.unfilled and not order.accept_partial)
        if not refused:
            self._ship(order, plan, seen)
        return OrderRecord(
            order=order.id,
            placed_at=now,
            lines=len(order.lines),
            units=order.units,
            plan=_nothing_of(seen.instance) if refused else plan,
            status=outcome.status,
            engine=outcome.engine,
            bound=outcome.bound,
            gap=outcome.gap,
            unfilled_bound=outcome.unfilled_bound,
            is_degraded=outcome.degraded,
            is_refused=refused,
            in_state=_rules_on(seen.instance) if self.compare_in_state else (),
            seconds=seconds,
        )

    def _ship(self, order: Order, plan: Plan, seen: Situation) -> None:
        now = order.placed_at
        days = {one.node: self.network.nodes[one.node].local_day(now) for one in plan.shipments}
        kits = kits_of(order, self.network)
        pegged = peg(plan, seen.rows, channel=order.channel, capacity_days=days, kits=kits)
        wanted = in_slots(pegged, seen.rooms)
        expires_at = now + timedelta(minutes=self.policy.reservation_minutes)
        self.ledger.reserve(order.id, wanted, expires_at=expires_at, now=now)
        self.ledger.confirm(Selection(order.id), now=now)
        self.ledger.ship(Selection(order.id), now=now)


def _nothing_of(instance: SourcingInstance) -> Plan:
    return plan_of(instance, np.zeros_like(instance.stock))


def _rules_on(instance: SourcingInstance) -> tuple[InState, ...]:
    plans = ((name, make(instance)) for name, make in RULES.items())
    return tuple(InState(name, plan.unfilled_units, plan.objective) for name, plan in plans)
