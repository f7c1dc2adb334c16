"""What a shopper asked for. No name, street, e-mail or phone is ever part of it."""

from dataclasses import dataclass
from datetime import datetime

from fulfillment.errors import InvalidInput
from fulfillment.ids import LineId, NodeId, OrderId, ServiceId, SkuId, ZoneId
from fulfillment.network import Place

MAX_LINES = 1_000
MAX_UNITS_PER_LINE = 100_000
MAX_TIER = 100


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line; two lines may name the same sku. With `node` it ships from there, or not at all."""

    id: LineId
    sku: SkuId
    quantity: int
    node: NodeId | None = None


@dataclass(frozen=True, slots=True)
class NodeChoice:
    """Nodes that may ship the order, all if none are named, nodes that may not, and how many may share it.

    `together` are groups of lines, each of which ships from one node, whichever that is.

    Raises
    ------
    InvalidInput
        A node is both, no node may ship, or a group has one line, or a line that is in another.
    """

    allowed: tuple[NodeId, ...] = ()
    forbidden: tuple[NodeId, ...] = ()
    at_most: int | None = None
    together: tuple[tuple[LineId, ...], ...] = ()

    def __post_init__(self) -> None:
        if self.at_most is not None and self.at_most < 1:
            raise InvalidInput(
                f"at most {self.at_most} nodes; one at least has to ship",
                pointer="/nodes/at_most",
                fix="Allow at least 1 node",
            )
        grouped = [line for group in self.together for line in group]
        for index, group in enumerate(self.together):
            if len(group) < 2 or any(grouped.count(line) > 1 for line in group):
                raise InvalidInput(
                    f"group {index} of lines that ship together: two lines or more, each in one group only",
                    pointer=f"/nodes/together/{index}",
                    fix="Name every line once",
                )
        both = sorted(set(self.allowed) & set(self.forbidden))
        if both:
            raise InvalidInput(
                f"node {both[0]} is allowed and forbidden",
                pointer="/nodes/forbidden",
                fix="Name a node in one of the lists",
            )

    def objection(self, node: NodeId) -> str:
        """Why it may not ship the order; empty if it may."""
        if node in self.forbidden:
            return "the order forbids it"
        return "" if not self.allowed or node in self.allowed else "not among the nodes that the order allows"


ANY_NODE = NodeChoice()


@dataclass(frozen=True, slots=True)
class Placed:
    """What an order was when it was placed, beside a part of it that is decided again.

    `begun` are (line, node) that ship already: nodes that share the order and its lines in any case.
    """

    lines: tuple[OrderLine, ...]
    begun: tuple[tuple[LineId, NodeId], ...] = ()


@dataclass(frozen=True, slots=True)
class Destination:
    """Where it goes: a rate zone, and coarse coordinates if known (else the zone's center is used)."""

    zone: ZoneId
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order as sourced; of a part that is decided again, `placed` is the whole.

    With `accept_partial` false the order is filled whole or refused. `tier` is the shopper's: 0 for an
    ordinary one; rules of the policy may hold the last units for higher ones.

    `wanted_by` is when it should have arrived. `service` is what the shopper was offered: a faster one may
    carry the goods for less (an upgrade), a slower one only if it arrives by `wanted_by` (a downgrade).

    Raises
    ------
    InvalidInput
        No lines, more than `MAX_LINES`, a quantity outside 1 to `MAX_UNITS_PER_LINE`, two lines
        with one id, or a tier outside 0 to `MAX_TIER`.
    """

    id: OrderId
    lines: tuple[OrderLine, ...]
    destination: Destination
    placed_at: datetime
    channel: str = "web"
    accept_partial: bool = True
    nodes: NodeChoice = ANY_NODE
    placed: Placed | None = None
    tier: int = 0
    wanted_by: datetime | None = None
    service: ServiceId | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.tier <= MAX_TIER:
            raise InvalidInput(
                f"tier {self.tier}: a tier is 0 to {MAX_TIER}", pointer="/tier", fix="Correct the tier"
            )
        if not self.lines:
            raise InvalidInput("an order needs at least one line", pointer="/lines", fix="Add a line")
        if len(self.lines) > MAX_LINES:
            raise InvalidInput(
                f"{len(self.lines)} lines; at most {MAX_LINES} are sourced together",
                pointer="/lines",
                fix="Send the order in parts",
            )
        seen: dict[LineId, int] = {}
        for index, line in enumerate(self.lines):
            if not 1 <= line.quantity <= MAX_UNITS_PER_LINE:
                raise InvalidInput(
                    f"quantity {line.quantity} of line {line.id}: a quantity is 1 to {MAX_UNITS_PER_LINE}",
                    pointer=f"/lines/{index}/quantity",
                    fix="Correct the quantity",
                )
            if line.id in seen:
                raise InvalidInput(
                    f"line id {line.id} is used by lines {seen[line.id]} and {index}",
                    pointer=f"/lines/{index}/id",
                    fix="Give every line an id of its own; two lines may name one sku",
                )
            seen[line.id] = index
            if line.node is not None and (said := self.nodes.objection(line.node)):
                raise InvalidInput(
                    f"line {line.id} has to ship from {line.node}: {said}",
                    pointer=f"/lines/{index}/node",
                    fix="Name a node that may ship the order",
                )
        known = {line.id for line in self.placed.lines} if self.placed else seen.keys()
        for number, group in enumerate(self.nodes.together):
            if unknown := [line for line in group if line not in known]:
                raise InvalidInput(
                    f"no line {unknown[0]} in the order, to ship together with others",
                    pointer=f"/nodes/together/{number}",
                    fix="Name ids of lines of the order",
                )
            if len({line.node for line in self.lines if line.id in group and line.node}) > 1:
                raise InvalidInput(
                    "lines that ship together have to ship from different nodes",
                    pointer=f"/nodes/together/{number}",
                    fix="Name one node for all of them, or for one",
                )

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    def chooses(self, node: NodeId) -> bool:
        """Whether it names the node: among those allowed, or for a line."""
        return node in self.nodes.allowed or any(line.node == node for line in self.lines)
