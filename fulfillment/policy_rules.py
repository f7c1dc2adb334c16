"""Every rule that a policy may have. How each is sent and shown is in `api.policies`."""

from collections.abc import Sequence

from fulfillment.node_rules import MaximumDistance, NeverShipsTo, OnlyFrom, ShipsOnlyTo
from fulfillment.orders import Order
from fulfillment.split_rules import MaximumNodes, MaximumNodesPerLine
from fulfillment.tier_rules import HeldForTiers

OnNodes = MaximumDistance | ShipsOnlyTo | NeverShipsTo | OnlyFrom
OnSplits = MaximumNodes | MaximumNodesPerLine
PolicyRule = OnNodes | OnSplits | HeldForTiers


def rules_for(order: Order, rules: Sequence[PolicyRule]) -> Sequence[PolicyRule]:
    """Those that are about orders of its channel."""
    return rules_of_channel(order.channel, rules)


def rules_of_channel(channel: str, rules: Sequence[PolicyRule]) -> Sequence[PolicyRule]:
    """Those that are about orders of the channel."""
    return [rule for rule in rules if not rule.channels or channel in rule.channels]
