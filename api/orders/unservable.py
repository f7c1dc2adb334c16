"""Refuses to hold what a decision cannot serve, and says why: demands in conflict, no stock, no room."""

from collections import Counter
from collections.abc import Iterator
from typing import NoReturn

from api.errors import FieldError, Infeasible, NoRoomToday, NothingToServe
from api.orders.backorders import Backordering
from api.orders.conflict_answers import Infeasible as Conflict
from api.orders.deciding import Decided
from api.orders.node_states import FULL, OFF, NodeStates
from api.orders.rooms import remedy
from fulfillment.ids import NodeId, SkuId
from fulfillment.orders import OrderLine
from fulfillment.plan import UnfilledReason


class Unservable(Exception):
    """A decision that cannot be kept, on its way to where there is time to say why: nothing is held there."""

    def __init__(self, decided: Decided, backordering: Backordering) -> None:
        super().__init__("the order cannot be served as asked")
        self.decided = decided
        self.backordering = backordering


def is_servable(decided: Decided, backordering: Backordering) -> bool:
    """Whether something is shipped or backordered, or all if the order is to be filled whole."""
    serves = bool(decided.outcome.plan.shipments or backordering.units)
    return serves and (decided.snapshot.order.accept_partial or not backordering.unfilled)


def refuse_unservable(decided: Decided, backordering: Backordering, conflict: Conflict | None) -> NoReturn:
    """Say why.

    Raises
    ------
    Infeasible
        There is stock, and demands that cannot hold together.
    NoRoomToday
        There is stock for all of it at nodes that are on, and no room to ship it.
    NothingToServe
        Otherwise.
    """
    order, plan = decided.snapshot.order, decided.outcome.plan
    serves = bool(plan.shipments or backordering.units)
    states = NodeStates(decided)
    short = list(_short_lines(decided, states, backordering))
    if conflict is not None:
        raise Infeasible(
            f"order {order.id} cannot be met, and nothing was reserved; {conflict.detail}",
            short,
            members=conflict.model_dump(mode="json", include={"conflict", "relaxations", "minimal"}),
            fix=conflict.fix,
        )
    if serves:
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
        raise NoRoomToday(detail, short, fix=remedy(decided.snapshot, full))
    if _is_refused_somewhere(decided, states, missing):
        fix = (
            "Import a rate that takes the goods, send those that no service takes together as orders of "
            "their own, or ask for another service or a later day"
        )
    if off := _holding(decided, states, missing, state=OFF):
        fix = f"Turn {_join(off)} on again, or: {fix[0].lower()}{fix[1:]}"
    if kept_out := _kept_out(decided, states, missing):
        others = "by another rule or other nodes in the order"
        fix = f"Let {_join(kept_out)} ship it, {others}, or: {fix[0].lower()}{fix[1:]}"
    raise NothingToServe(detail, short, fix=fix)


def _short_lines(decided: Decided, states: NodeStates, backordering: Backordering) -> Iterator[FieldError]:
    for index, line in enumerate(decided.snapshot.order.lines):
        if missing := sum(one.quantity for one in backordering.unfilled if one.line == line.id):
            yield FieldError(
                f"/lines/{index}",
                f"SKU {line.sku}: {line.quantity} wanted, {line.quantity - missing} can be served"
                + _left(decided, line, states),
            )


def _left(decided: Decided, line: OrderLine, states: NodeStates) -> str:
    """Where some are left: the nodes with most, at most three; and why a node cannot ship them."""
    nodes = sorted(
        (bool(states.why_not(node, line)), -units, node)
        for (node, sku), units in decided.stock.items()
        if sku == line.sku and units
    )
    if not nodes:
        held = sorted(
            (-units, node) for (node, sku), units in decided.held_for_others().items() if sku == line.sku
        )
        if held:
            return "; held for higher tiers: " + ", ".join(f"{-units} at {node}" for units, node in held[:3])
        return "; none is available anywhere"
    places = []
    for is_held_back, units, node in nodes[:3]:
        why = f" ({states.words(node, line)})" if is_held_back else ""
        places.append(f"{-units} at {node}{why}")
    return f"; {'held back' if nodes[0][0] else 'available'}: " + ", ".join(places)


def _full_nodes(decided: Decided, states: NodeStates, missing: set[SkuId]) -> list[NodeId]:
    """The full nodes, if with their stock every missing sku could be served whole."""
    wanted: Counter[SkuId] = Counter()
    for line in decided.snapshot.order.lines:
        wanted[line.sku] += line.quantity
        for part in decided.snapshot.network.skus[line.sku].components:
            wanted[part.sku] += line.quantity * part.quantity
    short_kits = [kit for kit in decided.snapshot.kits if kit.id in missing]
    missing = missing | {part.sku for kit in short_kits for part in kit.components}
    held: Counter[SkuId] = Counter()
    for (node, sku), units in decided.stock.items():
        if states.of(node) in ("", FULL) and _may_take(decided, node, sku):
            held[sku] += units
    if any(held[sku] < wanted[sku] for sku in missing):
        return []
    return _holding(decided, states, missing, state=FULL)


def _may_take(decided: Decided, node: NodeId, sku: SkuId) -> bool:
    """Whether some line may take the sku, or a kit that it is packed from, from the node."""
    skus = decided.snapshot.network.skus
    only = {
        line.node
        for line in decided.snapshot.order.lines
        if sku == line.sku or sku in (part.sku for part in skus[line.sku].components)
    }
    return None in only or node in only


def _holding(decided: Decided, states: NodeStates, missing: set[SkuId], *, state: str) -> list[NodeId]:
    return sorted({node for node, sku in decided.stock if sku in missing and states.of(node) == state})


def _is_refused_somewhere(decided: Decided, states: NodeStates, missing: set[SkuId]) -> bool:
    """Whether a node has what is missing, and no carrier service takes it from there."""
    lines = [line for line in decided.snapshot.order.lines if line.sku in missing]
    return any(
        line.sku == sku and states.is_refused(node, line) for node, sku in decided.stock for line in lines
    )


def _kept_out(decided: Decided, states: NodeStates, missing: set[SkuId]) -> list[NodeId]:
    lines = [line for line in decided.snapshot.order.lines if line.sku in missing]
    return sorted(
        {
            node
            for node, sku in decided.stock
            if any(line.sku == sku and states.is_kept_out(node, line) for line in lines)
        }
    )


def _join(nodes: list[NodeId]) -> str:
    return ", ".join(nodes[:3])
