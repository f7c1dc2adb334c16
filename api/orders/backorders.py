"""Units that no node has now, pegged to what is on its way: the earliest to arrive first. Pure.

Not for units that are there and cannot leave today: for these another day is the remedy.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from api.orders.answers import BackorderedLine, UnfilledLine
from api.orders.carrying import Carrying
from api.orders.deciding import Decided, Snapshot
from api.orders.node_states import sharing_of
from api.orders.unfilled import unfilled_lines
from api.orders.waiting import is_never_split, leaving_then, wait_at, wait_for_all
from fulfillment.ids import LineId, NodeId
from fulfillment.ledger.protocol import Wanted
from fulfillment.money import Micros
from fulfillment.supply import COMMON_POOL, StockState, SupplyKey, SupplyRow
from fulfillment.timing import ready_on
from optimizer.sourcing.eligibility import ruled_out
from optimizer.sourcing.offers import Offer

_WAITING = ("no_stock", "ruled_out", "no_service")  # what arrives may do; a full day is another matter


@dataclass(frozen=True, slots=True)
class Backordering:
    """What is promised from inbound, and what is left unfilled."""

    wanted: tuple[Wanted, ...]
    lines: tuple[BackorderedLine, ...]
    unfilled: tuple[UnfilledLine, ...]

    @property
    def units(self) -> int:
        return sum(want.quantity for want in self.wanted)

    def units_of(self, line: LineId) -> int:
        """Units of one line that are promised from inbound."""
        return sum(want.quantity for want in self.wanted if want.line == line)


def backorder(decided: Decided, unfilled: Sequence[UnfilledLine], *, allowed: bool) -> Backordering:
    """Peg unfilled units without stock to inbound rows that the order's channel may draw on.

    Hard rules hold for what is promised so, too, and so does what the order asks of carriers; soft rules are
    not asked, for the day counts here. Of an order that leaves whole when all of it has come, every unit has
    the day of the last one, and its service.
    """
    if not (allowed and unfilled):
        return Backordering((), (), tuple(unfilled))
    return _Pegging(decided).of(unfilled)


def waiting_for_the_rest(decided: Decided) -> Decided:
    """The decision of an order that may wait: whole, where it may not be split and is short."""
    whole = wait_for_all(decided) if decided.degraded_by is None else None
    return whole or _leaving_together(decided)


def _leaving_together(decided: Decided) -> Decided:
    """Of an order that may not be split, and that no node will have all of, what is promised leaves its node
    together as well: when the last of that has come."""
    snapshot, plan = decided.snapshot, decided.outcome.plan
    if not is_never_split(snapshot):
        return decided
    promised = backorder(decided, unfilled_lines(decided), allowed=True)
    if not promised.lines:
        return decided
    last = max(promised.lines, key=lambda line: line.expected)
    node = NodeId(last.node)
    units = [(part.line, part.quantity) for shipment in plan.shipments for part in shipment.units]
    units += [(want.line, want.quantity) for want in promised.wanted]
    carrying = Carrying(snapshot, ready_on(snapshot.network.nodes[node], last.expected))
    offers = carrying.taking(node, {line for line, _ in units})  # some: nothing else was promised
    return leaving_then(decided, wait_at(snapshot, node, last.expected, carrying.cheapest(offers, units)))


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A row on its way, the day its units can leave, and what being late then costs by the best service."""

    row: SupplyRow
    day: date
    lateness: Micros


class _Pegging:
    """Pegs the units of one order, line by line."""

    def __init__(self, decided: Decided) -> None:
        self._snapshot, self._waits = decided.snapshot, decided.waits
        self._sharing = sharing_of(decided)
        self._lines = {line.id: line for line in decided.snapshot.order.lines}
        self._number = {line: index for index, line in enumerate(self._lines)}
        self._carrying: dict[tuple[NodeId, date], Carrying] = {}
        # What leaves together, where the order may not be split, and when the last of it has come.
        self._is_whole = is_never_split(decided.snapshot)
        self._whole = {part.line for one in decided.outcome.plan.shipments for part in one.units}
        self._last = date.min
        self._arrivals = sorted(self._found(), key=self._rank)
        self._left = {arrival.row.key: arrival.row.available for arrival in self._arrivals}

    def of(self, unfilled: Sequence[UnfilledLine]) -> Backordering:
        wanted: list[Wanted] = []
        lines: list[BackorderedLine] = []
        still: list[UnfilledLine] = []
        for one in unfilled:
            missing = one.quantity
            for arrival in self._arrivals if one.reason in _WAITING else ():
                if missing and (want := self._want(one, arrival, missing)):
                    missing -= want.quantity
                    wanted.append(want)
                    lines.append(_line(want, arrival.day))
            if missing:
                still.append(one.model_copy(update={"quantity": missing}))
        return Backordering(tuple(wanted), tuple(lines), tuple(still))

    def _want(self, one: UnfilledLine, arrival: _Arrival, missing: int) -> Wanted | None:
        """Units of a line from a row, taken off it; None if it has none that may leave for the line."""
        line, key = LineId(one.line), arrival.row.key
        units = min(missing, self._left[key])
        if key.sku != one.sku or self._lines[line].node not in (None, key.node) or not units:
            return None
        if self._sharing is not None and self._sharing.why_not(key.node, self._number[line]):
            return None
        day, together = arrival.day, {line}
        if self._is_whole:
            day, together = max(day, self._last), {line, *self._whole}
        if not (offers := self._offers(key.node, day, together)):
            return None
        if self._sharing is not None:
            self._sharing.add(key.node, self._number[line])
        self._whole, self._last = self._whole | {line}, max(day, self._last)
        self._left[key] -= units
        return Wanted(
            line=line,
            peg=key,
            quantity=units,
            service=self._carry(key.node, day).cheapest(offers, [(line, units)]),
            promised_by=ready_on(self._snapshot.network.nodes[key.node], arrival.day),
        )

    def _found(self) -> Iterator[_Arrival]:
        """The rows that the order may wait for, and that some service may carry then."""
        snapshot, waits = self._snapshot, self._waits
        kept_out = ruled_out(snapshot.order, snapshot.network, snapshot.policy)
        for row in snapshot.rows:
            if row.key.node in kept_out or not _may_wait_for(snapshot, row):
                continue
            day = _expected(snapshot, row.key)
            if waits is not None and (row.key.node != waits.node or day > waits.ready):
                continue
            day = day if waits is None else waits.ready
            line = next((line.id for line in self._lines.values() if line.sku == row.key.sku), None)
            if line is not None and (offers := self._offers(row.key.node, day, {line})):
                yield _Arrival(row, day, min(offer.lateness for offer in offers))

    def _offers(self, node: NodeId, day: date, lines: Collection[LineId]) -> list[Offer]:
        """What carries these lines from the node on that day; by the one service, where that is settled."""
        offers = self._carry(node, day).taking(node, lines)
        return [one for one in offers if self._waits is None or one.rate.service == self._waits.service]

    def _carry(self, node: NodeId, day: date) -> Carrying:
        if (node, day) not in self._carrying:
            ready = ready_on(self._snapshot.network.nodes[node], day)
            self._carrying[node, day] = Carrying(self._snapshot, ready)
        return self._carrying[node, day]

    def _rank(self, arrival: _Arrival) -> tuple[Micros, date, bool, int, SupplyKey]:
        """What is late for the least first, then the earliest; of one day the channel's own, then by the
        retailer's order of nodes."""
        key = arrival.row.key
        node = self._snapshot.network.nodes[key.node]
        return arrival.lateness, key.earliest, key.pool == COMMON_POOL, node.priority, key


def _may_wait_for(snapshot: Snapshot, row: SupplyRow) -> bool:
    key = row.key
    node = snapshot.network.nodes.get(key.node)
    return (
        not key.is_on_hand
        and key.state is StockState.SELLABLE
        and key.pool in (COMMON_POOL, snapshot.order.channel)
        and row.available > 0
        and node is not None
        and node.is_on
    )


def _expected(snapshot: Snapshot, key: SupplyKey) -> date:
    """The day it can leave the node; what is overdue is expected today."""
    return max(key.earliest, snapshot.network.nodes[key.node].local_day(snapshot.now))


def _line(want: Wanted, day: date) -> BackorderedLine:
    return BackorderedLine(
        line=want.line,
        sku=want.peg.sku,
        quantity=want.quantity,
        node=want.peg.node,
        source=want.peg.source,
        expected=day,
    )
