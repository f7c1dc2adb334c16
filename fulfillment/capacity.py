"""What a node can pick at an instant: the rows of its local day, or of the slots of that day not ended yet.

Deciders see one number of units for each node. Which slots the units of a plan are taken from is settled
here, afterward: the earliest with room first.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime

from fulfillment.errors import CapacityFull, Shortage
from fulfillment.ids import NodeId
from fulfillment.ledger.protocol import Wanted
from fulfillment.network import Network, Node
from fulfillment.slots import Slot, clock, end_of
from fulfillment.supply import CapacityKey, CapacityRow

Rooms = Mapping[NodeId, Mapping[CapacityKey, int]]
"""Units left by node and capacity row, the earliest row first; a node without rows can pick nothing today."""


def capacity_of(node: Node, day: date) -> tuple[CapacityRow, ...]:
    """The capacity rows of a whole day, the earliest first, with nothing used of them."""
    if not node.slots:
        return (CapacityRow(CapacityKey(node.id, day), node.units_per_day),)
    return tuple(_row(node, day, slot) for slot in node.slots)


def open_capacity(node: Node, *, now: datetime, day: date | None = None) -> tuple[CapacityRow, ...]:
    """Those of its rows that can be used at `now`: of slots the ones that have not ended.

    `day` is the node's local day at `now`, where that is known already.
    """
    day = day or node.local_day(now)
    if not node.slots:
        return capacity_of(node, day)
    return tuple(_row(node, day, slot) for slot in _not_ended(node, now, day))


def rooms_of(
    network: Network, days: Mapping[NodeId, date], left: Mapping[CapacityKey, int], *, now: datetime
) -> Rooms:
    """Units `left` of the rows that can be used at `now`; of one of which nothing is known, all of them.

    `days` are the nodes' local days.
    """
    return {
        node: {
            row.key: left.get(row.key, row.limit)
            for row in open_capacity(network.nodes[node], now=now, day=day)
        }
        for node, day in days.items()
    }


def room_in(rooms: Rooms) -> dict[NodeId, int]:
    """Units that each node can still pick today, in all its slots together."""
    return {node: sum(rows.values()) for node, rows in rooms.items()}


def in_slots(wanted: Iterable[Wanted], rooms: Rooms) -> tuple[Wanted, ...]:
    """The same units, of nodes with slots taken from these: from the earliest with room first.

    What is more than there is room for is asked of the last slot, which the ledger refuses. Of a node that
    is not in `rooms` nothing is known, and its units stay as they are.

    Raises
    ------
    CapacityFull
        No slot of the day is left.
    """
    left = {key: units for rows in rooms.values() for key, units in rows.items()}
    parted: list[Wanted] = []
    for want in wanted:
        day = want.capacity
        if day is None or day in left or day.node not in rooms:
            parted.append(want)
        elif keys := tuple(rooms[day.node]):
            parted += _parted(want, keys, left)
        else:
            raise CapacityFull((Shortage(day, want.quantity, 0),))
    return tuple(parted)


def as_of(network: Network, now: datetime) -> Network:
    """The network in which nodes with slots have the units of those not ended for those of their day.

    So a node is as full as what is left of its day: what a slot that has ended did not pick counts neither
    as room nor as load.
    """
    changed: dict[NodeId, Node] = {}
    for node in network.nodes.values():
        if node.slots:
            units = sum(slot.units for slot in _not_ended(node, now, node.local_day(now)))
            if units != node.units_per_day:
                changed[node.id] = replace(node, units_per_day=units)
    return replace(network, nodes={**network.nodes, **changed}) if changed else network


def of_all_day(node: Node) -> Node:
    """The node as in the catalog, whatever instant it was seen at: with the units of all its slots."""
    return replace(node, units_per_day=sum(slot.units for slot in node.slots)) if node.slots else node


def why_none_left(node: Node, now: datetime) -> str:
    """Why a node can pick nothing more today whatever is canceled, in words; empty if that is not so."""
    if not node.slots or open_capacity(node, now=now):
        return ""
    return f"its last slot of today ended at {clock(max(slot.end for slot in node.slots))}"


def _not_ended(node: Node, now: datetime, day: date) -> Iterator[Slot]:
    return (slot for slot in node.slots if end_of(node.time_zone, day, slot.end) > now)


def _row(node: Node, day: date, slot: Slot) -> CapacityRow:
    return CapacityRow(CapacityKey(node.id, day, slot=slot.name), slot.units)


def _parted(want: Wanted, keys: tuple[CapacityKey, ...], left: dict[CapacityKey, int]) -> Iterator[Wanted]:
    missing = want.quantity
    for key in keys:
        taken = missing if key == keys[-1] else min(missing, left[key])
        if taken:
            left[key] -= taken
            missing -= taken
            yield replace(want, quantity=taken, capacity=key)
