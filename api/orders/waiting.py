"""An order that may not be split and is short: all of it from one node, when the last of it is there. Pure.

What is on hand there is reserved, what is on its way is pegged, and nothing leaves before the rest has come.
It uses no day's capacity, as no backorder does. Kits are packed from what is on hand only.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from api.orders.deciding import Decided, Snapshot, Wait
from fulfillment.ids import NodeId, SkuId
from fulfillment.network import Node
from fulfillment.plan import UnfilledReason
from fulfillment.supply import ALWAYS, COMMON_POOL, ON_HAND, StockState, SupplyKey, SupplyRow
from optimizer.sourcing import FAST_LIMITS, Outcome, SourcingInstance, build_instance, source
from optimizer.sourcing.eligibility import ruled_out
from optimizer.sourcing.pegging import stock_for
from optimizer.sourcing.splitting import splitting_of

END_OF_DAY = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class _Place:
    """A node that can ship the order whole from a day on, and what that costs in micros."""

    ready: date
    objective: int
    node: NodeId


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
    """The same order from the one node that can ship all of it first; of one day from the cheapest.

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
        day == ALWAYS and _instance(snapshot, shelves[node].on_hand).is_filled for node, day in days.items()
    ):
        return None
    best: _Place | None = None
    for node, day in sorted(days.items(), key=lambda one: (one[1], one[0])):
        if best is None or day <= best.ready:
            place = _first_day(snapshot, shelves[node], day)
            found = [one for one in (best, place) if one is not None]
            best = min(found, key=lambda one: (one.ready, one.objective, one.node), default=None)
    if best is None:
        return None
    there = _instance(snapshot, shelves[best.node].on_hand)
    return replace(
        decided,
        instance=there.instance,
        stock=there.stock,
        outcome=there.outcome,
        waits=wait_at(snapshot, best.node, best.ready),
    )


def wait_at(snapshot: Snapshot, node: NodeId, ready: date) -> Wait:
    """All of it leaves the node that day."""
    zone = ZoneInfo(snapshot.network.nodes[node].time_zone)
    return Wait(node, ready, datetime.combine(ready, END_OF_DAY, zone))


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
        tried = _instance(snapshot, shelf.by(day))
        if tried.is_filled:
            ready = max(day, shelf.node.local_day(snapshot.now))
            return _Place(ready, tried.outcome.plan.objective, shelf.node.id)
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


def _instance(snapshot: Snapshot, rows: Sequence[SupplyRow]) -> _Tried:
    """The order from these rows of one node, whatever its day has room for."""
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
        now=snapshot.now,
    )
    return _Tried(instance, stock, source(instance, limits=FAST_LIMITS))
