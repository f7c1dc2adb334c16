"""An order that may not be split and is short: all of it from one node, when the last of it is there. Pure.

What is on hand there is reserved, what is on its way is pegged, and nothing leaves before the rest has come.
It uses no day's capacity, as no backorder does. Kits are packed from what is on hand only.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime

from api.orders.deciding import Decided, Snapshot, Wait
from fulfillment.ids import NodeId, ServiceId, SkuId
from fulfillment.network import Node
from fulfillment.plan import CostKind, UnfilledReason, total
from fulfillment.supply import ALWAYS, COMMON_POOL, ON_HAND, StockState, SupplyKey, SupplyRow
from fulfillment.timing import ready_on
from optimizer.sourcing import (
    FAST_LIMITS,
    Outcome,
    SolveStatus,
    SourcingInstance,
    build_instance,
    source,
)
from optimizer.sourcing.costing import plan_of
from optimizer.sourcing.eligibility import ruled_out
from optimizer.sourcing.engines import units_of
from optimizer.sourcing.pegging import stock_for
from optimizer.sourcing.ranking import PROOF_TOLERANCE
from optimizer.sourcing.splitting import splitting_of


@dataclass(frozen=True, slots=True)
class _Place:
    """A node that can ship the order whole from a day on, by a service; what being late then costs in micros,
    and what all of it does."""

    lateness: int
    ready: date
    objective: int
    node: NodeId
    service: ServiceId


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What a node has on hand for the order, and what is on its way there that a line can wait for."""

    node: Node
    on_hand: tuple[SupplyRow, ...]
    arrivals: tuple[SupplyRow, ...]

    def by(self, day: date) -> list[SupplyRow]:
        """What is on hand, and what comes until that day as if it were there."""
        due = (row for row in self.arrivals if row.key.earliest <= day)
        return [*self.on_hand, *(SupplyRow(_there(row.key), row.available) for row in due)]


def wait_for_all(decided: Decided) -> Decided | None:
    """The same order from the one node that can ship all of it first; of one day from the cheapest. Where
    days late cost something, from the one that is late for the least before that.

    None if it may be split, if nothing is short, if a node has all of it on hand (for which its day is merely
    full), or if no node will have all of it.
    """
    snapshot = decided.snapshot
    short = any(one.reason is UnfilledReason.NO_STOCK for one in decided.outcome.plan.unfilled)
    if not short or not is_never_split(snapshot):
        return None
    shelves = {shelf.node.id: shelf for shelf in _shelves(snapshot)}
    # Counting units is quick, and leaves few nodes and days to be decided.
    days = {node: day for node, shelf in shelves.items() if (day := _not_before(snapshot, shelf)) is not None}
    if any(
        day == ALWAYS and _instance(snapshot, shelves[node].on_hand, now=snapshot.now).is_filled
        for node, day in days.items()
    ):
        return None
    best: _Place | None = None
    for node, day in sorted(days.items(), key=lambda one: (one[1], one[0])):
        if best is None or best.lateness or day <= best.ready:
            place = _first_day(snapshot, shelves[node], day)
            best = min((one for one in (best, place) if one is not None), key=astuple, default=None)
    if best is None:
        return None
    wait = wait_at(snapshot, best.node, best.ready, best.service)
    there = _instance(by_one_service(snapshot, wait), shelves[best.node].on_hand, now=wait.promised_by)
    return replace(decided, instance=there.instance, stock=there.stock, outcome=there.outcome, waits=wait)


def wait_at(snapshot: Snapshot, node: NodeId, ready: date, service: ServiceId) -> Wait:
    """All of it leaves the node that day by the service."""
    return Wait(node, ready, ready_on(snapshot.network.nodes[node], ready), service)


def leaving_then(decided: Decided, wait: Wait) -> Decided:
    """The same plan, leaving when it waits for the rest: by the service of that day, and as late."""
    settled = by_one_service(decided.snapshot, wait)
    instance = build_instance(
        settled.order,
        network=settled.network,
        policy=settled.policy,
        stock=decided.stock,
        capacity=settled.capacity,
        prices=settled.prices,
        now=wait.promised_by,
    )
    plan = plan_of(instance, units_of(instance, decided.outcome.plan))
    outcome = replace(decided.outcome, plan=plan)
    if outcome.gap > PROOF_TOLERANCE:
        outcome = replace(outcome, status=SolveStatus.FEASIBLE)
    return replace(decided, instance=instance, outcome=outcome, waits=wait)


def by_one_service(snapshot: Snapshot, wait: Wait) -> Snapshot:
    """The same where the service is settled by which all of it leaves."""
    network, lane = snapshot.network, (wait.node, snapshot.order.destination.zone)
    only = tuple(rate for rate in network.rates[lane] if rate.service == wait.service)
    return replace(
        snapshot,
        order=replace(snapshot.order, service=None),
        network=replace(network, rates={**network.rates, lane: only}),
    )


def is_never_split(snapshot: Snapshot) -> bool:
    """Whether one node ships all of the order, by its own wish or by a hard rule."""
    splitting = splitting_of(snapshot.order, snapshot.policy, network=snapshot.network, nodes=())
    return splitting is not None and splitting.tightest is not None and splitting.tightest.at_most == 1


@dataclass(frozen=True, slots=True)
class _Tried:
    instance: SourcingInstance
    stock: dict[tuple[NodeId, SkuId], int]
    outcome: Outcome

    @property
    def is_filled(self) -> bool:
        return not self.outcome.plan.unfilled


def _shelves(snapshot: Snapshot) -> Iterator[_Shelf]:
    """Those of nodes that may ship every line one day."""
    order, network = snapshot.order, snapshot.network
    kept_out = ruled_out(order, network, snapshot.policy)
    chosen = {line.node for line in order.lines if line.node is not None}
    on_hand, arrivals = defaultdict[NodeId, list[SupplyRow]](list), defaultdict[NodeId, list[SupplyRow]](list)
    for row in snapshot.rows_left():
        if row.key.is_on_hand:
            on_hand[row.key.node].append(row)
        elif _may_wait_for(snapshot, row):
            arrivals[row.key.node].append(row)
    for name in sorted({*on_hand, *arrivals}):
        node = network.nodes.get(name)
        if (
            node is not None
            and node.is_on
            and name not in kept_out
            and chosen <= {name}
            and network.rates.get((name, order.destination.zone))
        ):
            yield _Shelf(node, tuple(on_hand[name]), tuple(arrivals[name]))


def _not_before(snapshot: Snapshot, shelf: _Shelf) -> date | None:
    """The day before which units of some sku are missing at the node; None if they always are.

    `ALWAYS` where none are; kits may then lack what other lines take.
    """
    wanted = Counter[SkuId]()
    for line in snapshot.order.lines:
        wanted[line.sku] += line.quantity
    there = stock_for(shelf.on_hand, channel=snapshot.order.channel, kits=snapshot.kits)
    first = ALWAYS
    for sku, units in wanted.items():
        missing = units - there.get((shelf.node.id, sku), 0)
        for row in sorted(shelf.arrivals, key=lambda row: row.key.earliest) if missing > 0 else ():
            if missing > 0 and row.key.sku == sku:
                missing -= row.available
                first = max(first, row.key.earliest)
        if missing > 0:
            return None
    return first


def _first_day(snapshot: Snapshot, shelf: _Shelf, first: date) -> _Place | None:
    """The first day, from `first` on, on which all of the order is at the node; None if it never will be."""
    for day in sorted({row.key.earliest for row in shelf.arrivals if row.key.earliest >= first}):
        ready = max(day, shelf.node.local_day(snapshot.now))
        tried = _instance(snapshot, shelf.by(day), now=ready_on(shelf.node, ready))
        if tried.is_filled:
            plan = tried.outcome.plan
            late = total(line for line in plan.cost_lines if line.kind is CostKind.LATENESS)
            (shipment,) = plan.shipments
            return _Place(late, ready, plan.objective, shelf.node.id, shipment.service)
    return None


def _may_wait_for(snapshot: Snapshot, row: SupplyRow) -> bool:
    return (
        row.key.state is StockState.SELLABLE
        and row.key.pool in (COMMON_POOL, snapshot.order.channel)
        and row.key.sku not in snapshot.packed
        and row.available > 0
    )


def _there(key: SupplyKey) -> SupplyKey:
    return key._replace(source=ON_HAND, earliest=ALWAYS)


def _instance(snapshot: Snapshot, rows: Sequence[SupplyRow], *, now: datetime) -> _Tried:
    """The order from these rows of one node, ready at an instant, whatever its day has room for."""
    order = snapshot.order
    stock = stock_for(rows, channel=order.channel, kits=snapshot.kits)
    picks = sum(line.quantity * snapshot.network.skus[line.sku].picks for line in order.lines)
    instance = build_instance(
        order,
        network=snapshot.network,
        policy=replace(snapshot.policy, may_give_up=False),
        stock=stock,
        capacity={row.key.node: picks for row in rows},
        prices=snapshot.prices,
        now=now,
    )
    return _Tried(instance, stock, source(instance, limits=FAST_LIMITS))
