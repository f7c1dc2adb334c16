"""Rules of a policy on which nodes may ship which orders: hard, or soft at a penalty per shipment.

Each says for one node what it objects to, in words that an explanation can use as they are: why the node
should not ship an order to a place, empty if nothing speaks against it.

`channels` are those whose orders a rule is about; none stands for all. A rule without `penalty` is hard: a
node that it objects to ships nothing. With one the node may, and each shipment of it is charged the penalty,
which steers and is never billed. Rules on how many nodes may share an order are in `split_rules`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fulfillment.errors import InvalidInput
from fulfillment.ids import NodeId, ZoneId
from fulfillment.money import Micros
from fulfillment.network import Node, NodeKind, Place, distance_km
from fulfillment.orders import Order

FARTHEST_KM = 20_038  # half of the equator


@dataclass(frozen=True, slots=True)
class NodeSet:
    """Nodes by id, by kind, or both; every node, if neither is given."""

    ids: tuple[NodeId, ...] = ()
    kinds: tuple[NodeKind, ...] = ()

    def __contains__(self, node: Node) -> bool:
        return not (self.ids or self.kinds) or node.id in self.ids or node.kind in self.kinds

    def __str__(self) -> str:
        return ", ".join([*self.kinds, *self.ids]) or "every node"


EVERY_NODE = NodeSet()


@dataclass(frozen=True, slots=True)
class MaximumDistance:
    """The nodes ship no farther than so many kilometers, as the crow flies."""

    name: str
    kilometers: int
    nodes: NodeSet = EVERY_NODE
    channels: tuple[str, ...] = ()
    penalty: Micros | None = None
    kind: Literal["maximum_distance"] = "maximum_distance"

    def __post_init__(self) -> None:
        if not 0 < self.kilometers <= FARTHEST_KM:
            raise InvalidInput(
                f'rule "{self.name}": {self.kilometers} km; a distance is 1 to {FARTHEST_KM} km',
                pointer="/kilometers",
                fix="Correct the distance",
            )

    def objection(self, node: Node, order: Order, place: Place) -> str:
        if node not in self.nodes:
            return ""
        found = distance_km(node.place, place)
        return f"{found:.0f} km away, at most {self.kilometers}" if found > self.kilometers else ""


@dataclass(frozen=True, slots=True)
class ShipsOnlyTo:
    """The nodes ship to these zones only: a region that is served from within."""

    name: str
    nodes: NodeSet
    zones: tuple[ZoneId, ...]
    channels: tuple[str, ...] = ()
    penalty: Micros | None = None
    kind: Literal["ships_only_to"] = "ships_only_to"

    def __post_init__(self) -> None:
        _refuse_empty(self.name, self.zones, pointer="/zones")

    def objection(self, node: Node, order: Order, place: Place) -> str:
        zone = order.destination.zone
        if node not in self.nodes or zone in self.zones:
            return ""
        return f"ships only to {_several(self.zones)}, not to {zone}"


@dataclass(frozen=True, slots=True)
class NeverShipsTo:
    """Destinations that are blocked for the nodes."""

    name: str
    nodes: NodeSet
    zones: tuple[ZoneId, ...]
    channels: tuple[str, ...] = ()
    penalty: Micros | None = None
    kind: Literal["never_ships_to"] = "never_ships_to"

    def __post_init__(self) -> None:
        _refuse_empty(self.name, self.zones, pointer="/zones")

    def objection(self, node: Node, order: Order, place: Place) -> str:
        zone = order.destination.zone
        return f"does not ship to {zone}" if node in self.nodes and zone in self.zones else ""


@dataclass(frozen=True, slots=True)
class OnlyFrom:
    """Orders of the channels ship from these nodes only: those of a marketplace from DCs, say.

    With `unless_chosen` an order that names another node, as allowed or for one of its lines, may ship from
    that as well: store stock stays out of online orders until a shopper picks the store.
    """

    name: str
    nodes: NodeSet
    channels: tuple[str, ...] = ()
    penalty: Micros | None = None
    unless_chosen: bool = False
    kind: Literal["only_from"] = "only_from"

    def objection(self, node: Node, order: Order, place: Place) -> str:
        if self.unless_chosen and order.chooses(node.id):
            return ""
        return self.objection_for(order.channel, node)

    def objection_for(self, channel: str, node: Node) -> str:
        """What it has against a node for orders of a channel that choose none."""
        return "" if node in self.nodes else f"orders of {channel} ship from {self.nodes} only"


def _refuse_empty(name: str, zones: tuple[ZoneId, ...], *, pointer: str) -> None:
    if not zones:
        raise InvalidInput(f'rule "{name}" names no zone', pointer=pointer, fix="Name at least one zone")


def _several(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
