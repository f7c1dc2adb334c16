"""Nodes without room for today, in words: that their slots have ended, and what would make room. Pure."""

from collections.abc import Iterable, Mapping

from api.orders.deciding import Snapshot
from fulfillment.capacity import why_none_left
from fulfillment.ids import NodeId


def ended(snapshot: Snapshot, nodes: Iterable[NodeId]) -> dict[NodeId, str]:
    """Of those of the nodes of which no slot of today is left, what to say of each."""
    known = snapshot.network.nodes
    said = {node: why_none_left(known[node], snapshot.now) for node in sorted(nodes) if node in known}
    return {node: words for node, words in said.items() if words}


def said_of(ended: Mapping[NodeId, str]) -> str:
    """The same as one clause, of at most three nodes; empty if there are none."""
    return "; ".join(f"{node}: {words}" for node, words in list(ended.items())[:3])


def remedy(snapshot: Snapshot, nodes: Iterable[NodeId]) -> str:
    """How to get what full nodes hold: another day, or more units of the day or its slots, or later ones."""
    ways: dict[str, list[NodeId]] = {}
    gone = ended(snapshot, nodes := sorted(nodes))
    for node in nodes:
        has_slots = bool(snapshot.network.nodes[node].slots)
        way = "raise the units of slots of {}" if has_slots else "raise units_per_day of {}"
        ways.setdefault("let the last slot of {} end later" if node in gone else way, []).append(node)
    said = [way.format(", ".join(named[:3])) for way, named in ways.items()]
    return ", or ".join(["Ask again on another day", *said])
