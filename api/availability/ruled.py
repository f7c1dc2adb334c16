"""Availability as the policy in force leaves it: for a channel by its nodes, for a tier by what is held."""

from collections.abc import Mapping

from api.availability.schemas import Availability
from fulfillment.holding import held_from, rows_left
from fulfillment.ids import NodeId, SkuId
from fulfillment.network import Network
from fulfillment.node_rules import OnlyFrom
from fulfillment.policy import Policy
from fulfillment.policy_rules import rules_of_channel
from fulfillment.supply import SupplyRow


class Rules:
    """Of the policy, those that say for whom stock is: asked for a channel, a tier, both or neither."""

    def __init__(self, policy: Policy, network: Network, *, channel: str | None, tier: int | None) -> None:
        self._network = network
        self._channel = channel
        rules = rules_of_channel(channel or "", policy.rules)
        self._only = [rule for rule in rules if isinstance(rule, OnlyFrom) and rule.penalty is None]
        nodes = network.nodes.values()
        self._held = held_from(tier, rules, nodes, channel=channel or "") if tier is not None else {}

    def left(
        self, places: Mapping[tuple[SkuId, NodeId], list[SupplyRow]]
    ) -> dict[tuple[SkuId, NodeId], list[SupplyRow]]:
        """The rows without what is held for higher tiers."""
        return {place: list(rows_left(rows, self._held)) for place, rows in places.items()}

    def applied(self, there: Availability, left: Availability) -> Availability:
        """What is there at a node, with what is left of it by the rules."""
        if rule := self._kept_out(NodeId(there.node)):
            components = [part.model_copy(update={"available": 0}) for part in there.components]
            return there.model_copy(update={"available": 0, "kept_out": rule, "components": components})
        held = there.available - left.available
        return there.model_copy(
            update={"available": left.available, "held": held, "components": left.components}
        )

    def _kept_out(self, node: NodeId) -> str:
        known = self._network.nodes.get(node)
        if self._channel is None or known is None:
            return ""
        said = (rule.name for rule in self._only if rule.objection_for(self._channel, known))
        return next(said, "")
