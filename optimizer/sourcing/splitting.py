"""How far an order may be split: what rules and the order itself say of the number of nodes, as figures.

The fast engines know nothing of it: their bounds hold all the same, for a limit only forbids and a penalty
only adds. What they leave is settled in `optimizer.sourcing.demands`.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fulfillment.ids import LineId, NodeId
from fulfillment.money import Micros
from fulfillment.network import Network
from fulfillment.orders import Order
from fulfillment.policy import Policy
from fulfillment.policy_rules import rules_for
from fulfillment.split_rules import MaximumNodes, MaximumNodesPerLine
from optimizer.sourcing.eligibility import CHOICE
from optimizer.sourcing.shared import Ints

TOGETHER = "lines that ship together"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many nodes ship these lines (their numbers); `penalty` for each beyond, if it is not hard.

    `begun` are nodes that ship a part of them already: they count, and are not held against the rest.
    """

    rule: str
    at_most: int
    lines: frozenset[int]
    penalty: Micros | None = None
    begun: frozenset[NodeId] = frozenset()

    def beyond(self, nodes: set[NodeId]) -> int:
        """How many nodes are too many, if these ship."""
        return max(0, len(self.begun | nodes) - max(self.at_most, len(self.begun)))


@dataclass(frozen=True)
class Splitting:
    """The limits of an order, those of the order itself first; `nodes` are the instance's."""

    nodes: tuple[NodeId, ...]
    lines: int
    limits: tuple[Limit, ...]

    @property
    def hard(self) -> Iterator[Limit]:
        return (limit for limit in self.limits if limit.penalty is None)

    @property
    def soft(self) -> Iterator[Limit]:
        return (limit for limit in self.limits if limit.penalty is not None)

    def shipping(self, limit: Limit, units: Ints) -> set[NodeId]:
        """The nodes that ship what a limit is about, in a plan of `units` (N, L)."""
        return {self.nodes[k] for k in np.flatnonzero(units[:, sorted(limit.lines)].any(axis=1))}

    def allows(self, units: Ints) -> bool:
        """Whether a plan keeps to every hard limit."""
        return not any(limit.beyond(self.shipping(limit, units)) for limit in self.hard)

    def charges(self, units: Ints) -> Iterator[tuple[str, Micros]]:
        """(rule, amount) for each soft rule that a plan goes beyond."""
        totals: dict[str, int] = {}
        for limit in self.soft:
            if beyond := limit.beyond(self.shipping(limit, units)):
                totals[limit.rule] = totals.get(limit.rule, 0) + beyond * (limit.penalty or 0)
        return ((rule, Micros(amount)) for rule, amount in totals.items() if amount)

    def dearest(self, demand: Ints) -> int:
        """No plan is charged more. `demand` (L,) is in units, each of which may come from another node."""
        return sum(
            (limit.penalty or 0) * min(len(self.nodes), int(demand[sorted(limit.lines)].sum()))
            for limit in self.soft
        )

    @property
    def tightest(self) -> Limit | None:
        """The hard limit on all of the order that leaves room for the fewest nodes; None if there is none."""
        of_order = [limit for limit in self.hard if len(limit.lines) == self.lines]
        return min(of_order, key=lambda limit: max(0, limit.at_most - len(limit.begun)), default=None)

    def within(self, rows: Sequence[int]) -> "Splitting | None":
        """The same for some of the nodes, without the limits they cannot go beyond; None if none is left."""
        nodes = tuple(self.nodes[k] for k in rows)
        limits = tuple(limit for limit in self.limits if limit.beyond(set(nodes)))
        return replace(self, nodes=nodes, limits=limits) if limits else None


class Sharing:
    """Which nodes ship which lines while a plan is made, and who may join. Soft limits stop nobody."""

    def __init__(self, splitting: Splitting) -> None:
        self._of_line: defaultdict[int, list[tuple[Limit, set[NodeId]]]] = defaultdict(list)
        for limit in splitting.hard:
            nodes: set[NodeId] = set()
            for line in limit.lines:
                self._of_line[line].append((limit, nodes))

    def add(self, node: NodeId, line: int) -> None:
        for _, nodes in self._of_line[line]:
            nodes.add(node)

    def why_not(self, node: NodeId, line: int) -> str:
        """Why the node may not ship the line as well; empty if it may."""
        for limit, nodes in self._of_line[line]:
            if node not in nodes and limit.beyond({*nodes, node}):
                return f"at most {_nodes(limit.at_most)} may ship it: {limit.rule}"
        return ""


def _nodes(nodes: int) -> str:
    return f"{nodes} node" + "s" * (nodes > 1)


def splitting_of(
    order: Order, policy: Policy, *, network: Network, nodes: tuple[NodeId, ...]
) -> Splitting | None:
    """What limits the split of an order among its candidate nodes; None if nothing does."""
    limits = tuple(_limits(order, policy, network))
    return Splitting(nodes, len(order.lines), limits) if limits else None


def worth(order: Order, network: Network) -> Micros:
    """What the order was worth when it was placed, at the prices of its skus."""
    lines = order.placed.lines if order.placed else order.lines
    return Micros(sum(line.quantity * network.skus[line.sku].price for line in lines))


def _limits(order: Order, policy: Policy, network: Network) -> Iterator[Limit]:
    everything = frozenset(range(len(order.lines)))
    begun = order.placed.begun if order.placed else ()
    of_order = frozenset(node for _, node in begun)
    if order.nodes.at_most is not None:
        yield Limit(CHOICE, order.nodes.at_most, everything, None, of_order)
    for group in order.nodes.together:
        lines = frozenset(number for number, line in enumerate(order.lines) if line.id in group)
        nodes = frozenset(node for line, node in begun if line in group)
        if lines and (nodes or len(lines) > 1):
            yield Limit(TOGETHER, 1, lines, None, nodes)
    for rule in rules_for(order, policy.rules) if policy.rules else ():
        match rule:
            case MaximumNodes():
                if rule.below is None or worth(order, network) < rule.below:
                    yield Limit(rule.name, rule.at_most, everything, rule.penalty, of_order)
            case MaximumNodesPerLine():
                for number, line in enumerate(order.lines):
                    if not rule.skus or line.sku in rule.skus:
                        nodes = _begun_of(line.id, begun)
                        yield Limit(rule.name, rule.at_most, frozenset({number}), rule.penalty, nodes)
            case _:
                pass


def _begun_of(line: LineId, begun: Sequence[tuple[LineId, NodeId]]) -> frozenset[NodeId]:
    return frozenset(node for of, node in begun if of == line)
