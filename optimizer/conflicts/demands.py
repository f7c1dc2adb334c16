"""What can keep an order from being filled although there is stock, one by one, and the order without it.

Hard rules of the policy, wishes of the order itself, and the state of nodes: off, or full for today. Only
what can matter is named: a rule that objects to no node with stock is no part of any conflict.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial

from fulfillment.holding import held_back
from fulfillment.ids import NodeId
from fulfillment.kits import kits_of
from fulfillment.orders import Order, OrderLine
from fulfillment.policy_rules import OnNodes, PolicyRule, rules_for
from fulfillment.tier_rules import HeldForTiers
from optimizer.conflicts.case import Case
from optimizer.sourcing.pegging import stock_for

ONE_BY_ONE = 8
"""Nodes or lines that are told apart; where there are more of a sort, they are one demand together."""


class DemandKind(StrEnum):
    """What sort of a demand it is. The last two are no rules: they change by themselves."""

    POLICY_RULE = "policy_rule"
    ALLOWED_NODES = "allowed_nodes"
    FORBIDDEN_NODES = "forbidden_nodes"
    AT_MOST = "at_most"
    TOGETHER = "together"
    LINE_NODE = "line_node"
    FILLED_WHOLE = "filled_whole"
    NODE_OFF = "node_off"
    DAY_FULL = "day_full"

    @property
    def is_state(self) -> bool:
        return self in (DemandKind.NODE_OFF, DemandKind.DAY_FULL)


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing that is demanded; `name` is a rule's, a node's id, or a JSON pointer into the order."""

    kind: DemandKind
    name: str
    words: str
    drop: Callable[[Case], Case] = field(compare=False, repr=False)


def demands_of(case: Case) -> tuple[Demand, ...]:
    """Every demand that can matter: filling whole first, then states of nodes, rules, and the order's wishes.

    Where several sets of demands are at fault, the first named are the first to be left out of the account:
    what a caller can change by another request is told rather than what only time or a planner changes.
    """
    return (*_filled_whole(case), *_states(case), *_rules(case), *_wishes(case.order))


def without(case: Case, demands: Sequence[Demand]) -> Case:
    """The case with none of these demands."""
    for demand in demands:
        case = demand.drop(case)
    return case


def _filled_whole(case: Case) -> Iterator[Demand]:
    if not case.order.accept_partial:
        yield Demand(
            DemandKind.FILLED_WHOLE,
            "/accept_partial",
            "the order is filled whole",
            _in_parts_too,
        )


def _states(case: Case) -> Iterator[Demand]:
    zone = case.order.destination.zone
    held = {node for node, units in _units_at(case).items() if units and (node, zone) in case.network.rates}
    off = [node for node in sorted(held) if not case.network.nodes[node].is_on]
    wanted = _units_at(case)
    # Of a node that is off as well: to turn it on does not help where its day is full.
    picks = {node: case.capacity.get(node, case.network.nodes[node].units_per_day) for node in held}
    full = [node for node in sorted(picks) if picks[node] < wanted[node]]
    for nodes in _in_parts(off):
        said = f"{_names(nodes)} {'is' if len(nodes) == 1 else 'are'} off"
        yield Demand(DemandKind.NODE_OFF, ",".join(nodes), said, partial(_on, nodes=nodes))
    for nodes in _in_parts(full):
        room = sum(max(0, picks[node]) for node in nodes)
        left = f"room for {room} more unit{'s' * (room != 1)}" if room else "no room left"
        said = f"{_names(nodes)} {'has' if len(nodes) == 1 else 'have'} {left} today"
        yield Demand(DemandKind.DAY_FULL, ",".join(nodes), said, partial(_open, nodes=nodes))


def _rules(case: Case) -> Iterator[Demand]:
    place = case.order.destination.place or case.network.zones[case.order.destination.zone].center
    there = [case.network.nodes[node] for node, units in _units_at(case).items() if units]
    # A rule may yield to what the order chooses: it counts for the order that chooses nothing.
    free = without(case, list(_wishes(case.order))).order
    for rule in rules_for(case.order, case.policy.rules):
        if isinstance(rule, HeldForTiers):
            matters = bool(held_back(case.order, [rule], there))
        elif rule.penalty is not None:
            matters = False
        elif isinstance(rule, OnNodes):
            matters = any(rule.objection(node, free, place) for node in there)
        else:
            matters = True
        if matters:
            yield Demand(
                DemandKind.POLICY_RULE,
                rule.name,
                f'the rule "{rule.name}"',
                partial(_without_rule, rule=rule),
            )


def _wishes(order: Order) -> Iterator[Demand]:
    choice = order.nodes
    if choice.allowed:
        said = f"the order ships from {_names(choice.allowed)} only"
        yield _wish(DemandKind.ALLOWED_NODES, "/nodes/allowed", said, allowed=())
    if choice.forbidden:
        said = f"the order does not ship from {_names(choice.forbidden)}"
        yield _wish(DemandKind.FORBIDDEN_NODES, "/nodes/forbidden", said, forbidden=())
    if choice.at_most is not None:
        said = f"the order ships from at most {choice.at_most} node{'s' * (choice.at_most > 1)}"
        yield _wish(DemandKind.AT_MOST, "/nodes/at_most", said, at_most=None)
    for number, group in enumerate(choice.together):
        yield Demand(
            DemandKind.TOGETHER,
            f"/nodes/together/{number}",
            f"lines {_names(group)} ship together",
            partial(_apart, group=group),
        )
    yield from _pinned(order)


def _pinned(order: Order) -> Iterator[Demand]:
    pinned = [(index, line) for index, line in enumerate(order.lines) if line.node is not None]
    one_by_one = len(pinned) <= ONE_BY_ONE
    groups: dict[object, list[tuple[int, OrderLine]]] = {}
    for index, line in pinned:
        groups.setdefault(index if one_by_one else line.node, []).append((index, line))
    for lines in groups.values():
        ids = frozenset(line.id for _, line in lines)
        names = _names([line.id for _, line in lines])
        yield Demand(
            DemandKind.LINE_NODE,
            f"/lines/{lines[0][0]}/node",
            f"line{'s' * (len(lines) > 1)} {names} ship{'s' * (len(lines) == 1)} from {lines[0][1].node}",
            partial(_unpinned, ids=ids),
        )


def _units_at(case: Case) -> dict[NodeId, int]:
    """Units that each node would pick if it shipped all that it has of what is wanted; held ones count."""
    skus = case.network.skus
    stock = stock_for(case.rows, channel=case.order.channel, kits=kits_of(case.order, case.network))
    wanted: dict[str, int] = {}
    for line in case.order.lines:
        wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
    units: dict[NodeId, int] = {}
    for (node, sku), held in stock.items():
        if sku in wanted and node in case.network.nodes:
            units[node] = units.get(node, 0) + min(held, wanted[sku]) * skus[sku].picks
    return units


def _in_parts(nodes: list[NodeId]) -> list[tuple[NodeId, ...]]:
    if len(nodes) <= ONE_BY_ONE:
        return [(node,) for node in nodes]
    return [tuple(nodes)]


def _wish(kind: DemandKind, pointer: str, words: str, **free: object) -> Demand:
    def drop(case: Case) -> Case:
        return _with_order(case, replace(case.order, nodes=replace(case.order.nodes, **free)))  # type: ignore[arg-type]

    return Demand(kind, pointer, words, drop)


def _in_parts_too(case: Case) -> Case:
    return _with_order(case, replace(case.order, accept_partial=True))


def _with_order(case: Case, order: Order) -> Case:
    return replace(case, order=order)


def _on(case: Case, nodes: Sequence[NodeId]) -> Case:
    on = {node: replace(case.network.nodes[node], is_on=True) for node in nodes}
    return replace(case, network=replace(case.network, nodes={**case.network.nodes, **on}))


def _open(case: Case, nodes: Sequence[NodeId]) -> Case:
    units = _units_at(case)
    return replace(case, capacity={**case.capacity, **{node: units[node] for node in nodes}})


def _without_rule(case: Case, rule: PolicyRule) -> Case:
    rules = tuple(one for one in case.policy.rules if one.name != rule.name)
    return replace(case, policy=replace(case.policy, rules=rules))


def _apart(case: Case, group: tuple[object, ...]) -> Case:
    groups = tuple(one for one in case.order.nodes.together if one != group)
    return _with_order(case, replace(case.order, nodes=replace(case.order.nodes, together=groups)))


def _unpinned(case: Case, ids: frozenset[object]) -> Case:
    lines = tuple(replace(line, node=None) if line.id in ids else line for line in case.order.lines)
    return _with_order(case, replace(case.order, lines=lines))


def _names(names: Sequence[str]) -> str:
    shown = list(names[:3])
    if len(names) > 3:
        return ", ".join(shown) + f" and {len(names) - 3} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
