"""Rules from what is sent to the words of `fulfillment`, and back; and the names in them that nobody has."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from api.edge.money import from_micros, to_micros
from api.errors import FieldError, UnknownNames
from api.policies.rule_schemas import NodeSetIn, RuleIn, RuleOut
from fulfillment.errors import UnknownReference
from fulfillment.ids import NodeId
from fulfillment.network import Network
from fulfillment.node_rules import MaximumDistance, NeverShipsTo, NodeSet, OnlyFrom, ShipsOnlyTo
from fulfillment.policy_rules import OnNodes, PolicyRule
from fulfillment.split_rules import MaximumNodes, MaximumNodesPerLine
from fulfillment.tier_rules import HeldForTiers

_KINDS: Mapping[str, type[PolicyRule]] = {
    "maximum_distance": MaximumDistance,
    "ships_only_to": ShipsOnlyTo,
    "never_ships_to": NeverShipsTo,
    "only_from": OnlyFrom,
    "maximum_nodes": MaximumNodes,
    "maximum_nodes_per_line": MaximumNodesPerLine,
    "held_for_tiers": HeldForTiers,
}
_AMOUNTS = ("penalty", "below")
_SHOWN: TypeAdapter[RuleOut] = TypeAdapter(RuleOut)


def rule_of(sent: RuleIn) -> PolicyRule:
    values = {name: _meant(value) for name, value in sent if name != "kind"}
    return _KINDS[sent.kind](**values)


def rule_out(rule: PolicyRule) -> RuleOut:
    values = asdict(rule)
    shown = {name: from_micros(values[name]) for name in _AMOUNTS if values.get(name) is not None}
    return _SHOWN.validate_python(values | shown)


def refuse_unknown(rules: Sequence[PolicyRule], network: Network) -> None:
    """Raise UnknownNames with every node, zone and sku in the rules that the network does not have."""
    errors = [
        FieldError(pointer, UnknownReference(kind, name, known).detail, value=name)
        for pointer, kind, name, known in _named(rules, network)
        if name not in known
    ]
    if errors:
        more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        raise UnknownNames(
            f"{errors[0].pointer}: {errors[0].detail}{more}",
            errors,
            fix="Import it first, or correct its id",
        )


def _meant(value: object) -> Any:
    """A value of a rule in the words of `fulfillment`."""
    match value:
        case Decimal():
            return to_micros(value)
        case NodeSetIn():
            return NodeSet(tuple(NodeId(node) for node in value.ids), tuple(value.kinds))
        case list():
            return tuple(value)
        case _:
            return value


def _named(rules: Sequence[PolicyRule], network: Network) -> Iterator[tuple[str, str, str, Collection[str]]]:
    """(pointer, kind of thing, its name, all names that are known of the kind)."""
    for number, rule in enumerate(rules):
        here = f"/rules/{number}"
        if isinstance(rule, OnNodes | HeldForTiers):
            for index, node in enumerate(rule.nodes.ids):
                yield f"{here}/nodes/ids/{index}", "node", node, network.nodes
        if isinstance(rule, ShipsOnlyTo | NeverShipsTo):
            for index, zone in enumerate(rule.zones):
                yield f"{here}/zones/{index}", "zone", zone, network.zones
        if isinstance(rule, MaximumNodesPerLine):
            for index, sku in enumerate(rule.skus):
                yield f"{here}/skus/{index}", "sku", sku, network.skus
