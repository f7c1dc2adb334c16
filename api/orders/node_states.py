"""Why nodes with stock of an order cannot ship more of it: off, no rate, ruled out, full, or not carried."""

from collections import Counter

from api.orders.carrying import Carrying
from api.orders.deciding import Decided
from fulfillment.capacity import why_none_left
from fulfillment.ids import NodeId
from fulfillment.orders import OrderLine
from optimizer.sourcing.eligibility import ruled_out
from optimizer.sourcing.splitting import Sharing

OFF = "off"
FULL = "no room left today"
FAR = "no rate to the zone"
REFUSED = "no carrier service takes it"
APART = "no carrier service takes it beside what else ships from there"


class NodeStates:
    """What a decision leaves of its nodes. Of a node that a rule keeps out the state is what the rule says.

    A day with room for less than the smallest unit that is missing (of kits: its picks) is full.
    """

    def __init__(self, decided: Decided) -> None:
        snapshot = self._snapshot = decided.snapshot
        self._ruled_out = ruled_out(snapshot.order, snapshot.network, snapshot.policy)
        self._states = _states(decided)
        self._sharing = sharing_of(decided)
        self._carrying = Carrying(snapshot, snapshot.now)
        self._shipped = {
            shipment.node: [part.line for part in shipment.units]
            for shipment in decided.outcome.plan.shipments
        }
        self._columns = {line.id: index for index, line in enumerate(snapshot.order.lines)}

    def of(self, node: NodeId) -> str:
        """Empty if it can ship more."""
        if node in self._ruled_out and self._states[node] in ("", FULL):
            return self._ruled_out[node][0].words
        return self._states[node]

    def is_kept_out(self, node: NodeId, line: OrderLine) -> bool:
        """Whether a rule, or the order, is all that keeps the node from shipping the line one day."""
        is_another = line.node not in (None, node)
        is_out = is_another or node in self._ruled_out or bool(self._one_too_many(node, line))
        return is_out and self._states[node] in ("", FULL)

    def why_not(self, node: NodeId, line: OrderLine) -> str:
        """Why the node cannot ship more of a line; empty if it can."""
        if (state := self.of(node)) not in ("", FULL):
            return state
        if line.node not in (None, node):
            return f"line {line.id} has to ship from {line.node}"
        return self._refusal(node, line) or self._one_too_many(node, line) or state

    def words(self, node: NodeId, line: OrderLine) -> str:
        """The same as a caller is told: of a full day also that no slot of it is left."""
        why = self.why_not(node, line)
        known = self._snapshot.network.nodes.get(node)
        gone = why_none_left(known, self._snapshot.now) if known is not None and why == FULL else ""
        return f"{why}: {gone}" if gone else why

    def is_refused(self, node: NodeId, line: OrderLine) -> bool:
        """Whether carriers are all that keeps the line there."""
        return self.why_not(node, line) in (REFUSED, APART)

    def _refusal(self, node: NodeId, line: OrderLine) -> str:
        """Why no service takes the line as well; empty if one does."""
        if self._carrying.taking(node, [line.id, *self._shipped.get(node, ())]):
            return ""
        return APART if self._carrying.taking(node, [line.id]) else REFUSED

    def _one_too_many(self, node: NodeId, line: OrderLine) -> str:
        """What keeps the node from joining those that ship; empty if nothing does."""
        return self._sharing.why_not(node, self._columns[line.id]) if self._sharing is not None else ""


def sharing_of(decided: Decided) -> Sharing | None:
    """Which nodes ship what by the plan, and who may join; None where nothing limits it."""
    if decided.instance.splitting is None:
        return None
    sharing = Sharing(decided.instance.splitting)
    number = {line.id: index for index, line in enumerate(decided.snapshot.order.lines)}
    for shipment in decided.outcome.plan.shipments:
        for part in shipment.units:
            sharing.add(shipment.node, number[part.line])
    return sharing


def _states(decided: Decided) -> dict[NodeId, str]:
    snapshot, skus = decided.snapshot, decided.snapshot.network.skus
    least = min((skus[one.sku].picks for one in decided.outcome.plan.unfilled), default=1)
    shipped: Counter[NodeId] = Counter()
    for shipment in decided.outcome.plan.shipments:
        shipped[shipment.node] += sum(units.quantity * skus[units.sku].picks for units in shipment.units)
    states = {}
    for node in sorted({node for node, _ in (*decided.stock, *decided.held_for_others())}):
        known = snapshot.network.nodes.get(node)
        if known is None or not known.is_on:
            states[node] = OFF
        elif not snapshot.network.rates.get((node, snapshot.order.destination.zone)):
            states[node] = FAR
        else:
            states[node] = "" if snapshot.capacity[node] - shipped[node] >= least else FULL
    return states
