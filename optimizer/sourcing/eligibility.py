"""Which nodes may ship an order: what speaks against each, and what it costs where it ships all the same."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fulfillment.ids import NodeId
from fulfillment.money import Micros
from fulfillment.network import Network, Node, Place
from fulfillment.orders import Order
from fulfillment.policy import Policy
from fulfillment.policy_rules import OnNodes, rules_for

CHOICE = "the order's own choice of nodes"


@dataclass(frozen=True, slots=True)
class Objection:
    """What a rule has against a node. Hard without `penalty`: the node ships nothing then."""

    rule: str
    words: str
    penalty: Micros | None = None


class Eligibility:
    """What the order and the rules of the policy have against nodes."""

    def __init__(self, order: Order, policy: Policy, place: Place) -> None:
        self._order = order
        self._place = place
        self._rules = [rule for rule in rules_for(order, policy.rules) if isinstance(rule, OnNodes)]
        self.may_object = bool(self._rules or order.nodes.allowed or order.nodes.forbidden)

    def objections(self, node: Node) -> tuple[Objection, ...]:
        """All of them: those of the order first, then by rule as the policy lists them."""
        return tuple(self._objections(node)) if self.may_object else ()

    def _objections(self, node: Node) -> Iterator[Objection]:
        if words := self._order.nodes.objection(node.id):
            yield Objection(CHOICE, words)
        for rule in self._rules:
            if words := rule.objection(node, self._order, self._place):
                yield Objection(rule.name, words, rule.penalty)


def is_ruled_out(objections: tuple[Objection, ...]) -> bool:
    """Whether one of them is hard."""
    return any(one.penalty is None for one in objections)


def ruled_out(order: Order, network: Network, policy: Policy) -> Mapping[NodeId, tuple[Objection, ...]]:
    """The hard objections to nodes of the network, by node; nodes without any are left out.

    The zone of the destination is one of the network.
    """
    place = order.destination.place or network.zones[order.destination.zone].center
    eligibility = Eligibility(order, policy, place)
    found = {
        node.id: tuple(one for one in eligibility.objections(node) if one.penalty is None)
        for node in network.nodes.values()
    }
    return {node: hard for node, hard in found.items() if hard}
