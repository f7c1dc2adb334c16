"""Small orders with demands: rules of the policy, hard and soft, and what the order itself says of its nodes.

The oracle knows nothing of instances with rules: it tries every plan of the order without them, leaves out
those that a hard rule or the order forbids, and adds the penalties of the soft ones itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from fulfillment.ids import LineId, NodeId, ZoneId
from fulfillment.money import Micros
from fulfillment.node_rules import NeverShipsTo, NodeSet, ShipsOnlyTo
from fulfillment.orders import NodeChoice, OrderLine, Placed
from fulfillment.policy import Policy
from fulfillment.policy_rules import PolicyRule
from fulfillment.split_rules import MaximumNodes, MaximumNodesPerLine
from optimizer.sourcing.costing import plan_of
from scenarios.instances import ZONE, OrderCase, random_order_case
from tests.sourcing.brute_force import every_assignment
from tests.sourcing.orders import MAY_GIVE_UP, NO_PENALTIES, SERVE_ALL, instance_of


@dataclass(frozen=True)
class Demand:
    """A small order, and the same with what is demanded of its nodes."""

    free: OrderCase
    bound: OrderCase
    policy: Policy


@st.composite
def split_rules(
    draw: st.DrawFn, case: OrderCase, amounts: st.SearchStrategy[Micros | None]
) -> list[PolicyRule]:
    """At most two, of orders below a value or lines of some skus, or of all."""
    worth = sum(case.network.skus[line.sku].price * line.quantity for line in case.order.lines)
    skus = sorted({line.sku for line in case.order.lines})
    found: list[PolicyRule] = []
    if draw(st.booleans()):
        below = draw(st.sampled_from((None, Micros(worth), Micros(worth + 1))))
        found.append(MaximumNodes("order", draw(st.integers(1, 2)), below, penalty=draw(amounts)))
    if draw(st.booleans()):
        of = tuple(draw(st.lists(st.sampled_from(skus), unique=True, max_size=2)))
        found.append(MaximumNodesPerLine("line", draw(st.integers(1, 2)), of, penalty=draw(amounts)))
    return found


@st.composite
def demands(draw: st.DrawFn, *, splits: bool) -> Demand:
    nodes, lines, most = draw(st.sampled_from(((2, 3, 3), (3, 2, 4), (3, 3, 2), (2, 4, 2), (3, 1, 6))))
    case = random_order_case(
        draw(st.integers(0, 2**20)),
        nodes=nodes,
        lines=lines,
        max_quantity=most,
        repeat_share=draw(st.sampled_from((0.0, 0.5, 1.0))),
        held_share=draw(st.sampled_from((1.0, 0.8))),
        depth=draw(st.sampled_from((1.0, 3.0, 0.7))),
        heavy_share=draw(st.sampled_from((0.0, 0.5))),
        full_share=draw(st.sampled_from((0.0, 0.5))),
        ties=draw(st.booleans()),
    )
    names = sorted(case.network.nodes)
    some = st.lists(st.sampled_from(names), unique=True, max_size=nodes - 1)
    forbidden = tuple(draw(some)) if draw(st.booleans()) else ()
    allowed = tuple(name for name in draw(some) if name not in forbidden)
    may = [name for name in names if name not in forbidden and (not allowed or name in allowed)]
    pinned = [draw(st.sampled_from([None, None, *may])) for _ in case.order.lines]
    amounts = st.sampled_from((None, Micros(0), Micros(100_000), Micros(1_000_000), Micros(20_000_000)))
    rules: list[PolicyRule] = []
    for number in range(draw(st.integers(0, 2))):
        of = NodeSet(tuple(draw(some)) or (names[0],))
        penalty, zone = draw(amounts), draw(st.sampled_from((ZONE, ZoneId("away"))))
        kind = draw(st.sampled_from((NeverShipsTo, ShipsOnlyTo)))
        rules.append(kind(str(number), of, (zone,), penalty=penalty))
    rules += draw(split_rules(case, amounts)) if splits else []
    policy = replace(draw(st.sampled_from((SERVE_ALL, MAY_GIVE_UP, NO_PENALTIES))), rules=tuple(rules))
    choice, placed = NodeChoice(allowed, forbidden), None
    if splits:
        ids = draw(st.permutations([line.id for line in case.order.lines]))
        at_most = draw(st.sampled_from((None, None, 1, 2)))
        is_grouped = len(ids) > 1 and draw(st.booleans())
        pinned = [None] * len(ids) if is_grouped else pinned
        begun = tuple(draw(some)) if draw(st.integers(0, 3)) == 0 else ()
        shipped = tuple((draw(st.sampled_from((*ids, LineId("gone")))), node) for node in begun)
        together = (tuple(ids[: draw(st.integers(2, len(ids)))]),) if is_grouped else ()
        choice = replace(choice, at_most=at_most, together=together)
        placed = Placed((*case.order.lines, OrderLine(LineId("gone"), case.order.lines[0].sku, 1)), shipped)
    order = replace(
        case.order,
        nodes=choice,
        placed=placed,
        lines=tuple(replace(line, node=node) for line, node in zip(case.order.lines, pinned, strict=True)),
    )
    return Demand(case, replace(case, order=order), policy)


def admissible(demand: Demand) -> Iterator[tuple[int, int]]:
    """Of every plan that keeps to all hard demands: unfilled units that count, and what it costs."""
    free = instance_of(demand.free, replace(demand.policy, rules=()))
    charged = dict(charged_nodes(demand, free.nodes))
    # Lines of one sku that have to ship from different nodes are no pick line.
    wants = [(line.sku, line.node) for line in demand.bound.order.lines]
    as_picked = replace(free, sku_index=np.array([wants.index(want) for want in wants]))
    for units in every_assignment(free):
        used = [free.nodes[k] for k in np.flatnonzero(units.any(axis=1))]
        extra = split_charges(demand, units)
        if (
            extra is not None
            and all(node in charged for node in used)
            and ships_as_pinned(demand, free.nodes, units)
        ):
            plan = plan_of(as_picked, units)
            unfilled = 0 if demand.policy.may_give_up else plan.unfilled_units
            yield unfilled, plan.objective + sum(charged[node] for node in used) + extra


def charged_nodes(demand: Demand, nodes: tuple[NodeId, ...]) -> Iterator[tuple[NodeId, int]]:
    """The nodes that may ship, and what each is charged."""
    choice = demand.bound.order.nodes
    for node in nodes:
        penalties: list[Micros | None] = [None] if node in choice.forbidden else []
        if choice.allowed and node not in choice.allowed:
            penalties.append(None)
        for rule in demand.policy.rules:
            if not isinstance(rule, NeverShipsTo | ShipsOnlyTo) or node not in rule.nodes.ids:
                continue
            if (ZONE in rule.zones) == isinstance(rule, NeverShipsTo):
                penalties.append(rule.penalty)
        if None not in penalties:
            yield node, sum(penalty or 0 for penalty in penalties)


def ships_as_pinned(demand: Demand, nodes: tuple[NodeId, ...], units: np.ndarray) -> bool:
    """Whether every line ships from where it has to."""
    lines = demand.bound.order.lines
    return all(lines[line].node in (None, nodes[k]) for k, line in zip(*np.nonzero(units), strict=True))


def split_charges(demand: Demand, units: np.ndarray) -> int | None:
    """What the plan is charged for its split; None if it is split too far."""
    order, skus = demand.bound.order, demand.bound.network.skus
    names = instance_of(demand.free, replace(demand.policy, rules=())).nodes
    begun = order.placed.begun if order.placed else ()
    everywhere = {node for _, node in begun}
    number = {line.id: index for index, line in enumerate(order.lines)}

    def beyond(at_most: int, lines: list[int], there: set[NodeId]) -> int:
        ships = {names[k] for k in np.flatnonzero(units[:, lines].any(axis=1))}
        return max(0, len(ships | there) - max(at_most, len(there)))

    everything = list(number.values())
    if order.nodes.at_most is not None and beyond(order.nodes.at_most, everything, everywhere):
        return None
    for group in order.nodes.together:
        if beyond(1, [number[line] for line in group], {node for line, node in begun if line in group}):
            return None
    placed = order.placed.lines if order.placed else order.lines
    worth = sum(skus[line.sku].price * line.quantity for line in placed)
    extra = 0
    for rule in demand.policy.rules:
        many = 0
        if isinstance(rule, MaximumNodes) and (rule.below is None or worth < rule.below):
            many = beyond(rule.at_most, everything, everywhere)
        elif isinstance(rule, MaximumNodesPerLine):
            for index, line in enumerate(order.lines):
                if not rule.skus or line.sku in rule.skus:
                    many += beyond(rule.at_most, [index], {node for of, node in begun if of == line.id})
        if many and rule.penalty is None:
            return None
        extra += many * (rule.penalty or 0)
    return extra
