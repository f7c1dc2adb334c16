"""A question with something changed: what a counterfactual is made of, each change by itself."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from fulfillment.errors import InvalidInput, UnknownReference
from fulfillment.holding import held_back
from fulfillment.ids import LineId, NodeId, SkuId
from fulfillment.kits import packable, stocked_parts, without_stock
from fulfillment.orders import ANY_NODE, NodeChoice, Order
from fulfillment.policy import Policy
from optimizer.sourcing.eligibility import CHOICE
from optimizer.sourcing.splitting import TOGETHER
from scenarios.question import Question


@dataclass(frozen=True, slots=True)
class MoreStock:
    """So many units more of a sku at a node; below zero fewer, and never fewer than none."""

    node: NodeId
    sku: SkuId
    units: int


@dataclass(frozen=True, slots=True)
class NodeOff:
    """The node sources nothing."""

    node: NodeId


@dataclass(frozen=True, slots=True)
class NodeOn:
    """The node sources, whatever kept it off."""

    node: NodeId


@dataclass(frozen=True, slots=True)
class FreeSplits:
    """No penalty for another shipment, nor for a line that comes from several nodes."""


@dataclass(frozen=True, slots=True)
class WithoutRule:
    """The policy without a rule of that name; or the order without its own choice of nodes, by that name."""

    rule: str


@dataclass(frozen=True, slots=True)
class ForcedNode:
    """The line ships from the node, or not at all; without a line the whole order does."""

    node: NodeId
    line: LineId | None = None


@dataclass(frozen=True, slots=True)
class Capacity:
    """So many units the node can still ship on its day."""

    node: NodeId
    units: int


@dataclass(frozen=True, slots=True)
class UnderPolicy:
    """Another version of the policy."""

    policy: Policy


Change = MoreStock | NodeOff | NodeOn | FreeSplits | WithoutRule | ForcedNode | Capacity | UnderPolicy


def apply(question: Question, changes: Sequence[Change]) -> Question:
    """The question with all changes, one after the other.

    Raises
    ------
    UnknownReference
        A change names a node, a sku, a line or a rule that the question does not have; `pointer` says which.
    InvalidInput
        It cannot be meant: units of a kit, nodes that contradict each other, or other units held for tiers.
    """
    for index, change in enumerate(changes):
        try:
            changed = _apply(question, change)
            _expect_same_held(question, changed)
            question = changed
        except UnknownReference as error:
            error.pointer = f"/changes/{index}{error.pointer}"
            raise
        except InvalidInput as error:
            error.pointer = f"/changes/{index}"
            raise
    return question


def choices_of(order: Order) -> dict[str, Order]:
    """The order without each of the choices that it makes itself, by what the choice is called."""
    choice = order.nodes
    found: dict[str, Order] = {}
    if choice.allowed or choice.forbidden or choice.at_most is not None:
        found[CHOICE] = replace(order, nodes=NodeChoice(together=choice.together))
    if choice.together:
        found[TOGETHER] = replace(order, nodes=replace(choice, together=()))
    for line in order.lines:
        if line.node is not None:
            free = tuple(replace(one, node=None) if one.id == line.id else one for one in order.lines)
            found[pin_of(line.id, line.node)] = replace(order, lines=free)
    return found


def pin_of(line: LineId, node: NodeId) -> str:
    """What is said of a line that has to ship from a node."""
    return f"line {line} has to ship from {node}"


def more_stock(question: Question, units: Mapping[tuple[NodeId, SkuId], int]) -> Question:
    """So many units more by node and sku; of a kit its components, for so many kits."""
    skus, stock = question.network.skus, dict(question.stock)
    changed = set()
    for (node, sku), more in units.items():
        for part in stocked_parts(skus[sku]):
            stock[node, part.sku] = max(0, stock.get((node, part.sku), 0) + part.quantity * more)
            changed.add((node, part.sku))
    nodes = {node for node, _ in changed}
    for kit in (sku for sku in skus.values() if sku.components):
        for node in nodes:
            if any((node, part.sku) in changed for part in kit.components):
                held = {part.sku: stock.get((node, part.sku), 0) for part in kit.components}
                stock[node, kit.id] = packable(kit.components, held)
    return replace(question, stock=stock)


def with_node(question: Question, node: NodeId, *, is_on: bool) -> Question:
    """The node on, or off."""
    known = question.network.nodes[node]
    changed = replace(known, is_on=is_on, off_reason="" if is_on else "off in this question")
    return replace(
        question, network=replace(question.network, nodes={**question.network.nodes, node: changed})
    )


def with_room(question: Question, node: NodeId, units: int) -> Question:
    """So many units left on the node's day."""
    return replace(question, capacity={**question.capacity, node: units})


def without_rule(question: Question, name: str) -> Question:
    """Without a rule of the policy, or a choice of the order.

    Raises
    ------
    UnknownReference
        There is neither of that name.
    """
    rules = tuple(rule for rule in question.policy.rules if rule.name != name)
    if len(rules) < len(question.policy.rules):
        return replace(question, policy=replace(question.policy, rules=rules))
    choices = choices_of(question.order)
    if name not in choices:
        known = [*(rule.name for rule in question.policy.rules), *choices]
        raise UnknownReference("rule", name, known, pointer="/rule")
    return replace(question, order=choices[name])


def _apply(question: Question, change: Change) -> Question:
    match change:
        case MoreStock():
            _expect(question.network.nodes, "node", change.node)
            _expect(question.network.skus, "sku", change.sku)
            kit = question.network.skus[change.sku]
            if kit.components:
                raise InvalidInput(without_stock(kit), fix="Change the stock of its components")
            return more_stock(question, {(change.node, change.sku): change.units})
        case NodeOff() | NodeOn():
            _expect(question.network.nodes, "node", change.node)
            return with_node(question, change.node, is_on=isinstance(change, NodeOn))
        case FreeSplits():
            return question.with_free_splits()
        case WithoutRule():
            return without_rule(question, change.rule)
        case ForcedNode():
            return _forced(question, change)
        case Capacity():
            _expect(question.network.nodes, "node", change.node)
            return with_room(question, change.node, change.units)
        case UnderPolicy():
            return replace(question, policy=change.policy)


def _forced(question: Question, change: ForcedNode) -> Question:
    order = question.order
    _expect(question.network.nodes, "node", change.node)
    if change.line is None:
        nodes = replace(ANY_NODE, allowed=(change.node,), together=order.nodes.together)
        free = tuple(replace(line, node=None) for line in order.lines)
        return replace(question, order=replace(order, lines=free, nodes=nodes))
    _expect([line.id for line in order.lines], "order line", change.line, pointer="/line")
    lines = tuple(replace(one, node=change.node) if one.id == change.line else one for one in order.lines)
    return replace(question, order=replace(order, lines=lines))


def _expect_same_held(before: Question, after: Question) -> None:
    """The stock that was kept is what the rules had left of it: without them it is not known."""
    nodes = before.network.nodes.values()
    held = (held_back(one.order, one.policy.rules, nodes) for one in (before, after))
    if next(held) != next(held):
        raise InvalidInput(
            "rules that hold units for higher tiers would hold others, and the stock they left is all that "
            "was kept",
            fix="Say how many units more or fewer there would be at a node, with more_stock",
        )


def _expect(known: Collection[str], kind: str, name: str, *, pointer: str = "") -> None:
    if name not in known:
        raise UnknownReference(kind, name, known, pointer=pointer or f"/{kind}")
