"""Other plans for the same order: each really made, by the engines of the service.

How much is tried follows from the size of the order, so that an explanation of a large one ends, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from fulfillment.ids import LineId, NodeId
from fulfillment.orders import Order, OrderLine
from fulfillment.plan import Plan
from fulfillment.policy import Policy
from optimizer.sourcing import SourcingInstance, check
from optimizer.sourcing.costing import plan_of
from optimizer.sourcing.engines import units_of
from optimizer.sourcing.instance import Ints
from scenarios.explanation.contents import Decision
from scenarios.question import Question

_LINES_OF_A_NODE = 3  # that are tried from a node, the most promising ones
_MOVES = 4_000  # lines that are moved to a node alone, over all nodes
_CELLS, _LEAST, _MOST = 1_200, 8, 120
"""Solves x lines that one part of an explanation may take, and the bounds of the solves."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The best plan found in which a node ships; None if none was.

    `is_solved` says that the order was solved again, and not only one line moved.
    """

    plan: Plan | None
    is_solved: bool


def solves_allowed(order: Order) -> int:
    """How many solves a part of an explanation may take."""
    return min(_MOST, max(_LEAST, _CELLS // len(order.lines)))


def worth(plan: Plan, policy: Policy) -> tuple[int, int]:
    """What plans are compared by: unfilled units, then the objective; where units may be given up, the
    objective comes first."""
    if policy.may_give_up:
        return plan.objective, plan.unfilled_units
    return plan.unfilled_units, plan.objective


def base_of(question: Question, decision: Decision) -> Plan:
    """What the order without any change is worth: the plan decided, or, if a rule made it, a solved one."""
    if decision.is_degraded or decision.was_cut:
        plans = (decision.plan, question.answer().plan)
        return min(plans, key=lambda plan: worth(plan, question.policy))
    return decision.plan


def without_each(question: Question, plan: Plan) -> dict[NodeId, Plan]:
    """For each node of a plan the best one without it."""
    return {shipment.node: question.without(shipment.node).plan for shipment in plan.shipments}


def with_each(question: Question, instance: SourcingInstance, plan: Plan) -> dict[NodeId, Joined]:
    """For each candidate that a plan does not use the best one found in which it ships.

    The order is solved again with a line that the node holds whole pinned to it, for the few lines that cost
    the least to be moved there alone. Where it holds no line whole, or no work is left, one line is moved
    there as far as it goes, and nothing else changes.
    """
    units, policy = units_of(instance, plan), question.policy
    used = {shipment.node for shipment in plan.shipments}
    left = solves_allowed(question.order)
    each = max(_LINES_OF_A_NODE, _MOVES // max(1, len(instance.nodes)))
    found: dict[NodeId, Joined] = {}
    for k, node in enumerate(instance.nodes):
        if node in used:
            continue
        moves = sorted(islice(_moves(instance, units, k), each), key=lambda move: worth(move.plan, policy))
        pinned = [move.line for move in moves if move.is_whole][: min(_LINES_OF_A_NODE, left)]
        left -= len(pinned)
        solved = [one for line in pinned if (one := _pinned(question, node, line)) is not None]
        if solved:
            found[node] = Joined(min(solved, key=lambda plan: worth(plan, policy)), is_solved=True)
        else:
            valid = (move.plan for move in moves if not check(instance, move.plan))
            found[node] = Joined(next(valid, None), is_solved=False)
    return found


@dataclass(frozen=True, slots=True)
class _Move:
    """The plan in which one line goes to a node as far as it can; `is_whole` if all of it can."""

    line: LineId
    plan: Plan
    is_whole: bool


def _moves(instance: SourcingInstance, units: Ints, k: int) -> Iterator[_Move]:
    room = int(instance.capacity[k])
    for j, line in enumerate(instance.order.lines):
        served = int(units[:, j].sum())
        possible = min(int(instance.stock[k, j]), room // int(instance.picks[j]))
        moved = min(possible, served)
        if moved:
            yield _Move(
                line.id, plan_of(instance, _with_moved(units, k, j, moved)), possible >= line.quantity
            )


def _with_moved(units: Ints, k: int, j: int, moved: int) -> Ints:
    """So many units of line j from node k, taken first from the nodes that ship the fewest of it."""
    changed = units.copy()
    for other in np.argsort(units[:, j], kind="stable").tolist():
        taken = min(moved - int(changed[k, j]), int(changed[other, j])) if other != k else 0
        changed[other, j] -= taken
        changed[k, j] += taken
    return changed


def _pinned(question: Question, node: NodeId, line: LineId) -> Plan | None:
    """The best plan in which the line ships from the node; None if it cannot."""
    order = question.order
    apart = any(one.node not in (None, node) for one in _beside(order, line))
    if apart:
        return None
    lines = tuple(replace(one, node=node) if one.id == line else one for one in order.lines)
    plan = replace(question, order=replace(order, lines=lines)).answer().plan
    return plan if any(shipment.node == node for shipment in plan.shipments) else None


def _beside(order: Order, line: LineId) -> Iterator[OrderLine]:
    """The line, and those that have to ship together with it."""
    group = next((group for group in order.nodes.together if line in group), (line,))
    return (one for one in order.lines if one.id in group)
