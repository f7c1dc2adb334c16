"""Units that a decision does not serve, line by line, with why. Tells a full day from missing stock.

To the optimizer a node whose day is full holds nothing: its plan says `no_stock` for both. Whoever asked
wants to know, for one is mended by goods and the other by hands.
"""

from collections import Counter

from api.orders.answers import UnfilledLine
from api.orders.deciding import Decided
from api.orders.unservable import FAR, OFF, node_states
from fulfillment.ids import NodeId, SkuId
from fulfillment.plan import Plan, UnfilledReason


def unfilled_lines(decided: Decided) -> list[UnfilledLine]:
    """The plan's unfilled units; of those without stock, `no_capacity` as far as only room was missing."""
    plan = decided.outcome.plan
    if not plan.unfilled:
        return []
    without_room = _without_room(decided, plan)
    lines: list[UnfilledLine] = []
    for one in plan.unfilled:
        crowded = min(one.quantity, without_room[one.sku]) if one.reason is UnfilledReason.NO_STOCK else 0
        without_room[one.sku] -= crowded
        parts = ((one.reason.value, one.quantity - crowded), ("no_capacity", crowded))
        lines += [
            UnfilledLine.model_validate(
                {"line": one.line, "sku": one.sku, "quantity": quantity, "reason": reason}
            )
            for reason, quantity in parts
            if quantity
        ]
    return lines


def _without_room(decided: Decided, plan: Plan) -> Counter[SkuId]:
    """Units left at nodes that may ship them, beyond what those nodes have room for today."""
    taken: Counter[tuple[NodeId, SkuId]] = Counter()
    room = Counter(decided.snapshot.capacity)
    for shipment in plan.shipments:
        for part in shipment.units:
            taken[shipment.node, part.sku] += part.quantity
            room[shipment.node] -= part.quantity
    states = node_states(decided)
    beyond: Counter[SkuId] = Counter()
    for (node, sku), units in decided.stock.items():
        if states[node] not in (OFF, FAR):
            beyond[sku] += max(0, units - taken[node, sku] - max(0, room[node]))
    return beyond
