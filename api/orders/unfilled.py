"""Units that a decision does not serve, line by line, with why.

To the optimizer a node whose day is full, that a rule keeps out, or of which no service takes the goods,
holds nothing: its plan says `no_stock` for all four. Whoever asked wants to know, for they are mended by
goods, by hands, by another rule, and by another service.
"""

from collections import Counter

from api.orders.answers import UnfilledLine
from api.orders.deciding import Decided
from api.orders.node_states import FULL, NodeStates
from api.orders.rooms import ended, said_of
from fulfillment.ids import NodeId, SkuId
from fulfillment.orders import OrderLine
from fulfillment.plan import Plan, UnfilledReason
from fulfillment.skus import Sku


def unfilled_lines(decided: Decided) -> list[UnfilledLine]:
    """The plan's unfilled units. Of those without stock they are `no_capacity` as far as only room was
    missing, with the nodes of which no slot of today is left; `ruled_out` as far as they are at nodes that a
    rule or the order keeps out; and `no_service` as far as they are at nodes of which no service takes them,
    or not with what else ships from there."""
    plan = decided.outcome.plan
    if not plan.unfilled:
        return []
    lines_by_id = {line.id: line for line in decided.snapshot.order.lines}
    shelves = _Shelves(decided, plan)
    lines: list[UnfilledLine] = []
    for one in plan.unfilled:
        line, crowded, kept_out, refused = lines_by_id[one.line], 0, 0, 0
        crowding: set[NodeId] = set()
        if one.reason is UnfilledReason.NO_STOCK:
            refused = shelves.take_refused(line, one.quantity)
            left = one.quantity - refused
            crowded, crowding = shelves.take_without_room(line, left)
            kept_out = shelves.take_kept_out(line, left - crowded)
            kept_out += shelves.take_held(line, left - crowded - kept_out)
        parts = (
            (one.reason.value, one.quantity - refused - crowded - kept_out, ""),
            ("no_service", refused, ""),
            ("no_capacity", crowded, said_of(ended(decided.snapshot, crowding))),
            ("ruled_out", kept_out, ""),
        )
        lines += [
            UnfilledLine.model_validate(
                {"line": one.line, "sku": one.sku, "quantity": quantity, "reason": reason, "detail": detail}
            )
            for reason, quantity, detail in parts
            if quantity
        ]
    return lines


class _Shelves:
    """What the plan leaves at the nodes: units of stocked skus, and room for today."""

    def __init__(self, decided: Decided, plan: Plan) -> None:
        self._skus = decided.snapshot.network.skus
        self._room = Counter(decided.snapshot.capacity)
        self._states = NodeStates(decided)
        self._nodes = sorted({node for node, _ in decided.stock})
        self._left = Counter(decided.stock)
        self._held = Counter(decided.held_for_others())
        self._nodes = sorted({*self._nodes, *(node for node, _ in self._held)})
        for shipment in plan.shipments:
            for part in shipment.units:
                self._take(shipment.node, part.sku, part.quantity)
                self._room[shipment.node] -= part.quantity * self._skus[part.sku].picks

    def take_refused(self, line: OrderLine, most: int) -> int:
        """Take units at nodes of which no service takes the line, alone or with the rest: how many."""
        missing = most
        for node in self._nodes:
            if self._states.is_refused(node, line):
                missing -= self._take(node, line.sku, min(missing, self._units(node, line.sku)))
        return most - missing

    def take_without_room(self, line: OrderLine, most: int) -> tuple[int, set[NodeId]]:
        """Take units that are there beyond what their nodes have room for; returns how many, and where."""
        picks, missing = self._skus[line.sku].picks, most
        nodes: set[NodeId] = set()
        for node in self._nodes:
            if self._states.why_not(node, line) in ("", FULL):
                roomless = self._units(node, line.sku) - max(0, self._room[node]) // picks
                if taken := self._take(node, line.sku, min(missing, max(0, roomless))):
                    nodes.add(node)
                    missing -= taken
        return most - missing, nodes

    def take_kept_out(self, line: OrderLine, most: int) -> int:
        """Take units at nodes that a rule, or the order, keeps from shipping the line; returns how many."""
        missing = most
        for node in self._nodes:
            if self._states.is_kept_out(node, line):
                missing -= self._take(node, line.sku, min(missing, self._units(node, line.sku)))
        return most - missing

    def take_held(self, line: OrderLine, most: int) -> int:
        """Take units that a rule holds for higher tiers at nodes that may ship the line; returns how many."""
        missing = most
        for node in self._nodes if self._held else ():
            if self._states.why_not(node, line) in ("", FULL):
                held = self._held[node, line.sku]
                taken = min(missing, held)
                self._held[node, line.sku] -= taken
                missing -= taken
        return most - missing

    def _units(self, node: NodeId, sku: SkuId) -> int:
        return min(self._left[node, part] // per_unit for part, per_unit in _recipe(self._skus[sku]).items())

    def _take(self, node: NodeId, sku: SkuId, units: int) -> int:
        for part, per_unit in _recipe(self._skus[sku]).items():
            self._left[node, part] -= per_unit * units
        return units


def _recipe(sku: Sku) -> dict[SkuId, int]:
    return {part.sku: part.quantity for part in sku.components} or {sku.id: 1}
