"""Refuses to hold what a decision cannot serve, and says why: no stock, nodes that are off, or a full day."""

from collections import Counter
from collections.abc import Iterator

from api.errors import FieldError, NoRoomToday, NothingToServe
from api.orders.deciding import Decided
from fulfillment.ids import NodeId, SkuId
from fulfillment.plan import UnfilledReason

OFF = "off"
FULL = "no room left today"
FAR = "no rate to the zone"


def refuse_unservable(decided: Decided) -> None:
    """Pass a plan that ships something, or all if the order is to be filled whole.

    Raises
    ------
    NoRoomToday
        There is stock for all of it at nodes that are on, and no room to ship it.
    NothingToServe
        Otherwise.
    """
    order, plan = decided.snapshot.order, decided.outcome.plan
    if plan.shipments and (order.accept_partial or not plan.unfilled):
        return
    states = node_states(decided)
    short = list(_short_lines(decided, states))
    if plan.shipments:
        detail = (
            f"order {order.id} is to be filled whole, and {len(short)} of its lines cannot be: "
            f"{short[0].detail}; nothing was reserved"
        )
        fix = "Send accept_partial true, or ask for less"
    else:
        detail = f"no unit of order {order.id} can be served: {short[0].detail}; nothing was reserved"
        fix = "Ask again after the next delivery; see /v1/availability for what is inbound"
    missing = {one.sku for one in plan.unfilled if one.reason is UnfilledReason.NO_STOCK}
    if full := _full_nodes(decided, states, missing):
        raise NoRoomToday(
            detail, short, fix=f"Ask again on another day, or raise units_per_day of {_join(full)}"
        )
    if off := _holding(decided, states, missing, state=OFF):
        fix = f"Turn {_join(off)} on again, or: {fix[0].lower()}{fix[1:]}"
    raise NothingToServe(detail, short, fix=fix)


def node_states(decided: Decided) -> dict[NodeId, str]:
    """Why a node with stock cannot ship more of it today; empty if it can."""
    snapshot = decided.snapshot
    shipped: Counter[NodeId] = Counter()
    for shipment in decided.outcome.plan.shipments:
        shipped[shipment.node] += sum(units.quantity for units in shipment.units)
    states = {}
    for node in sorted({node for node, _ in decided.stock}):
        known = snapshot.network.nodes.get(node)
        if known is None or not known.is_on:
            states[node] = OFF
        elif not snapshot.network.rates.get((node, snapshot.order.destination.zone)):
            states[node] = FAR
        else:
            states[node] = "" if snapshot.capacity[node] > shipped[node] else FULL
    return states


def _short_lines(decided: Decided, states: dict[NodeId, str]) -> Iterator[FieldError]:
    plan = decided.outcome.plan
    for index, line in enumerate(decided.snapshot.order.lines):
        if missing := sum(one.quantity for one in plan.unfilled if one.line == line.id):
            yield FieldError(
                f"/lines/{index}",
                f"SKU {line.sku}: {line.quantity} wanted, {line.quantity - missing} can be served"
                + _left(decided, line.sku, states),
            )


def _left(decided: Decided, sku: SkuId, states: dict[NodeId, str]) -> str:
    """Where some are left: the nodes with most, at most three; and why a node cannot ship them."""
    nodes = sorted(
        ((units, node) for (node, held), units in decided.stock.items() if held == sku and units),
        key=lambda pair: (bool(states[pair[1]]), -pair[0], pair[1]),
    )
    if not nodes:
        return "; none is available anywhere"
    places = [f"{units} at {node}" + (f" ({states[node]})" * bool(states[node])) for units, node in nodes[:3]]
    word = "held back" if states[nodes[0][1]] else "available"
    return f"; {word}: " + ", ".join(places)


def _full_nodes(decided: Decided, states: dict[NodeId, str], missing: set[SkuId]) -> list[NodeId]:
    """The full nodes, if with their stock every missing sku could be served whole."""
    wanted: Counter[SkuId] = Counter()
    for line in decided.snapshot.order.lines:
        wanted[line.sku] += line.quantity
    held: Counter[SkuId] = Counter()
    for (node, sku), units in decided.stock.items():
        if states[node] in ("", FULL):
            held[sku] += units
    if any(held[sku] < wanted[sku] for sku in missing):
        return []
    return _holding(decided, states, missing, state=FULL)


def _holding(decided: Decided, states: dict[NodeId, str], missing: set[SkuId], *, state: str) -> list[NodeId]:
    return sorted({node for node, sku in decided.stock if sku in missing and states[node] == state})


def _join(nodes: list[NodeId]) -> str:
    return ", ".join(nodes[:3])
