"""Units that no node has now, pegged to what is on its way: the earliest to arrive first. Pure.

Not for units that are there and cannot leave today: for these another day is the remedy.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from api.orders.answers import BackorderedLine, UnfilledLine
from api.orders.deciding import Decided, Snapshot
from api.orders.node_states import sharing_of
from api.orders.unfilled import unfilled_lines
from api.orders.waiting import END_OF_DAY, is_never_split, wait_at, wait_for_all
from fulfillment.ids import LineId, NodeId, ServiceId
from fulfillment.ledger.protocol import Wanted
from fulfillment.rates import cheapest_rate
from fulfillment.supply import COMMON_POOL, StockState, SupplyKey, SupplyRow
from optimizer.sourcing.eligibility import ruled_out

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

    Hard rules hold for what is promised so, too; soft ones are not asked, for the day counts here. Of an
    order that leaves whole when all of it has come, every unit has the day of the last one.
    """
    if not (allowed and unfilled):
        return Backordering((), (), tuple(unfilled))
    snapshot = decided.snapshot
    kept_out = ruled_out(snapshot.order, snapshot.network, snapshot.policy)
    only = {line.id: line.node for line in snapshot.order.lines}
    arrivals = [row for row in snapshot.rows if row.key.node not in kept_out and _may_wait_for(snapshot, row)]
    if (waits := decided.waits) is not None:
        arrivals = [
            row
            for row in arrivals
            if row.key.node == waits.node and _expected(snapshot, row.key) <= waits.ready
        ]
    arrivals.sort(key=lambda row: _rank(snapshot, row))
    left = {row.key: row.available for row in arrivals}
    number = {line.id: index for index, line in enumerate(snapshot.order.lines)}
    sharing = sharing_of(decided)
    wanted: list[Wanted] = []
    lines: list[BackorderedLine] = []
    still: list[UnfilledLine] = []
    for one in unfilled:
        missing = one.quantity
        for row in arrivals if one.reason in _WAITING else ():
            line, node = LineId(one.line), row.key.node
            is_for_it = row.key.sku == one.sku and only[line] in (None, node)
            if sharing is not None and sharing.why_not(node, number[line]):
                is_for_it = False
            taken = min(missing, left[row.key]) if is_for_it else 0
            if taken:
                if sharing is not None:
                    sharing.add(node, number[line])
                left[row.key] -= taken
                missing -= taken
                want = _want(snapshot, one, row.key, taken)
                line_out = _line(snapshot, want)
                if waits is not None:
                    want = replace(want, promised_by=waits.promised_by)
                    line_out = line_out.model_copy(update={"expected": waits.ready})
                wanted.append(want)
                lines.append(line_out)
        if missing:
            still.append(one.model_copy(update={"quantity": missing}))
    return Backordering(tuple(wanted), tuple(lines), tuple(still))


def waiting_for_the_rest(decided: Decided) -> Decided:
    """The decision of an order that may wait: whole, where it may not be split and is short."""
    whole = wait_for_all(decided) if decided.degraded_by is None else None
    return whole or _leaving_together(decided)


def _leaving_together(decided: Decided) -> Decided:
    """Of an order that may not be split, and that no node will have all of, what is promised leaves its node
    together as well: when the last of that has come."""
    if not is_never_split(decided.snapshot):
        return decided
    promised = backorder(decided, unfilled_lines(decided), allowed=True)
    if not promised.lines:
        return decided
    last = max(promised.lines, key=lambda line: line.expected)
    return replace(decided, waits=wait_at(decided.snapshot, NodeId(last.node), last.expected))


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
        and any(
            not rate.refuses(snapshot.network.skus[key.sku])
            for rate in snapshot.network.rates.get((key.node, snapshot.order.destination.zone), ())
        )
    )


def _rank(snapshot: Snapshot, row: SupplyRow) -> tuple[date, bool, int, SupplyKey]:
    """The earliest first; of one day the channel's own, then by the retailer's order of nodes."""
    node = snapshot.network.nodes[row.key.node]
    return row.key.earliest, row.key.pool == COMMON_POOL, node.priority, row.key


def _want(snapshot: Snapshot, line: UnfilledLine, key: SupplyKey, quantity: int) -> Wanted:
    zone = ZoneInfo(snapshot.network.nodes[key.node].time_zone)
    return Wanted(
        line=LineId(line.line),
        peg=key,
        quantity=quantity,
        service=_cheapest(snapshot, key, quantity),
        promised_by=datetime.combine(_expected(snapshot, key), END_OF_DAY, zone),
    )


def _expected(snapshot: Snapshot, key: SupplyKey) -> date:
    """The day it can leave the node; what is overdue is expected today."""
    return max(key.earliest, snapshot.network.nodes[key.node].local_day(snapshot.now))


def _cheapest(snapshot: Snapshot, key: SupplyKey, quantity: int) -> ServiceId:
    rates = snapshot.network.rates[key.node, snapshot.order.destination.zone]
    return cheapest_rate(rates, [(snapshot.network.skus[key.sku], quantity)]).service


def _line(snapshot: Snapshot, want: Wanted) -> BackorderedLine:
    return BackorderedLine(
        line=want.line,
        sku=want.peg.sku,
        quantity=want.quantity,
        node=want.peg.node,
        source=want.peg.source,
        expected=_expected(snapshot, want.peg),
    )
