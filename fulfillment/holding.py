"""What an order has to leave for orders of higher tiers, by the rules of the policy."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from fulfillment.ids import NodeId
from fulfillment.network import Node
from fulfillment.orders import Order
from fulfillment.policy_rules import PolicyRule, rules_of_channel
from fulfillment.supply import COMMON_POOL, StockState, SupplyKey, SupplyRow
from fulfillment.tier_rules import HeldForTiers


def held_back(order: Order, rules: Sequence[PolicyRule], nodes: Collection[Node]) -> Mapping[NodeId, int]:
    """Units of every sku that the order leaves in the common pool, by node; only nodes with some."""
    return held_from(order.tier, rules, nodes, channel=order.channel) if rules else {}


def held_from(
    tier: int, rules: Sequence[PolicyRule], nodes: Collection[Node], *, channel: str
) -> Mapping[NodeId, int]:
    """The same for orders of a tier and a channel.

    Of several rules the one that holds most counts: what tier 2 has is of what tier 1 has.
    """
    binding = [
        rule
        for rule in rules_of_channel(channel, rules)
        if isinstance(rule, HeldForTiers) and tier < rule.tier
    ]
    if not binding:
        return {}
    held = {node.id: max((rule.units for rule in binding if node in rule.nodes), default=0) for node in nodes}
    return {node: units for node, units in held.items() if units}


def is_held_at(key: SupplyKey) -> bool:
    """Whether units of a row can be held: on hand, sellable, and in the common pool."""
    return key.is_on_hand and key.pool == COMMON_POOL and key.state is StockState.SELLABLE


def rows_left(rows: Iterable[SupplyRow], held: Mapping[NodeId, int]) -> tuple[SupplyRow, ...]:
    """The rows as an order sees them that has to leave so many units: as if these were safety stock."""
    if not held:
        return tuple(rows)
    return tuple(
        replace(row, safety_stock=row.safety_stock + held[row.key.node])
        if row.key.node in held and is_held_at(row.key)
        else row
        for row in rows
    )
