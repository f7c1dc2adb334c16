"""The best plan found with each node that does not ship: solved, or with one line moved there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from fulfillment.ids import LineId, NodeId
from fulfillment.orders import Order, OrderLine
from fulfillment.plan import Plan
from fulfillment.policy import Policy
from optimizer.sourcing import SourcingInstance, check
from optimizer.sourcing.costing import Shipped, plan_of
from optimizer.sourcing.engines import units_of
from optimizer.sourcing.instance import Ints
from optimizer.sourcing.ranking import PROOF_TOLERANCE
from scenarios.explanation.budget import Budget
from scenarios.explanation.contents import Decision
from scenarios.explanation.trials import solves_allowed, worth
from scenarios.question import Question

_LINES_OF_A_NODE = 3  # that are tried from a node, the most promising ones
_MOVES = 4_000  # lines that are moved to a node alone, over all nodes
_PART = 0.5  # of the work that is left


@dataclass(frozen=True, slots=True)
class Joined:
    """The best plan found in which a node ships; None if none was.

    `is_solved` says that the order was solved again, and not only one line moved.
    """

    plan: Plan | None
    is_solved: bool


@dataclass(frozen=True, slots=True)
class _Move:
    """The plan in which one line goes to a node as far as it can; `is_whole` if all of it can."""

    node: NodeId
    line: LineId
    plan: Plan
    is_whole: bool


def with_each(
    question: Question,
    instance: SourcingInstance,
    decision: Decision,
    known: Iterable[Plan],
    budget: Budget,
) -> dict[NodeId, Joined]:
    """For each candidate that a plan does not use the best one found in which it ships.

    The order is solved again with a line that the node holds whole pinned to it, for the few lines that cost
    the least to be moved there alone, the most promising nodes first. Where it holds no line whole, or no
    more is solved, one line is moved there as far as it goes, and nothing else changes. `known` are plans of
    the order found before, of which those in which the node ships count as well.
    """
    moves = _moves(instance, decision.plan, question)
    pins = [
        move
        for of_node in moves.values()
        for move in _promising(of_node, instance, question, decision)[:_LINES_OF_A_NODE]
    ]
    rank = {
        (move.node, move.line): number for of_node in moves.values() for number, move in enumerate(of_node)
    }
    pins.sort(key=lambda move: (rank[move.node, move.line], worth(move.plan, question.policy), move.node))
    pins = pins[: solves_allowed(question.order)]
    outcomes = budget.each([_pinned(question, move) for move in pins], part=_PART)
    solved: dict[NodeId, list[Plan]] = {node: [] for node in moves}
    # A pinned line is not picked with others of its sku: the plan is priced as one of the order as it is.
    pinned = (plan_of(instance, units_of(instance, one.plan)) for one in outcomes if one is not None)
    for plan in (*known, *pinned):
        for shipment in plan.shipments:
            if shipment.node in solved:
                solved[shipment.node].append(plan)
    return {node: _best(instance, moves[node], solved[node], question) for node in moves}


def _moves(instance: SourcingInstance, plan: Plan, question: Question) -> dict[NodeId, list[_Move]]:
    """Of every candidate that does not ship, those of its first lines, the cheapest first."""
    units, used = units_of(instance, plan), {shipment.node for shipment in plan.shipments}
    each = max(_LINES_OF_A_NODE, _MOVES // max(1, len(instance.nodes)))
    shipped: Shipped = {}
    return {
        node: sorted(
            islice(_moves_to(instance, units, k, shipped), each),
            key=lambda move: worth(move.plan, question.policy),
        )
        for k, node in enumerate(instance.nodes)
        if node not in used
    }


def _moves_to(instance: SourcingInstance, units: Ints, k: int, shipped: Shipped) -> Iterator[_Move]:
    room = int(instance.capacity[k])
    for j, line in enumerate(instance.order.lines):
        served = int(units[:, j].sum())
        possible = min(int(instance.stock[k, j]), room // int(instance.picks[j]))
        moved = min(possible, served)
        if moved:
            plan = plan_of(instance, _with_moved(units, k, j, moved), shipped=shipped)
            yield _Move(instance.nodes[k], line.id, plan, possible >= line.quantity)


def _with_moved(units: Ints, k: int, j: int, moved: int) -> Ints:
    """So many units of line j from node k, taken first from the nodes that ship the fewest of it."""
    changed = units.copy()
    for other in np.argsort(units[:, j], kind="stable").tolist():
        taken = min(moved - int(changed[k, j]), int(changed[other, j])) if other != k else 0
        changed[other, j] -= taken
        changed[k, j] += taken
    return changed


def _promising(
    moves: list[_Move], instance: SourcingInstance, question: Question, decision: Decision
) -> list[_Move]:
    """Moves of whole lines that may be pinned; none where one is as good as the decision, if that is proven.

    Nothing with the node can be better then.
    """
    best, policy = worth(decision.plan, question.policy), question.policy
    is_as_good = bool(moves) and worth(moves[0].plan, policy) <= best and not check(instance, moves[0].plan)
    if decision.is_proven and is_as_good:
        return []
    return [move for move in moves if move.is_whole and _is_free(question.order, move)]


def _is_free(order: Order, move: _Move) -> bool:
    """Whether neither the line nor those beside it have to ship from another node."""
    return all(one.node in (None, move.node) for one in _beside(order, move.line))


def _beside(order: Order, line: LineId) -> Iterator[OrderLine]:
    """The line, and those that have to ship together with it."""
    group = next((group for group in order.nodes.together if line in group), (line,))
    return (one for one in order.lines if one.id in group)


def _pinned(question: Question, move: _Move) -> Question:
    """The order in which the line ships from the node."""
    order = question.order
    lines = tuple(replace(one, node=move.node) if one.id == move.line else one for one in order.lines)
    return replace(question, order=replace(order, lines=lines))


def _best(instance: SourcingInstance, moves: list[_Move], solved: list[Plan], question: Question) -> Joined:
    policy = question.policy
    best = min(solved, key=lambda plan: worth(plan, policy), default=None)
    for move in moves:
        if best is not None and _is_no_worse(best, move.plan, policy):
            break
        if not check(instance, move.plan):
            return Joined(move.plan, is_solved=False)
    return Joined(best, is_solved=best is not None)


def _is_no_worse(plan: Plan, other: Plan, policy: Policy) -> bool:
    """Whether it is as good, to half a penny: no closer is any plan proven."""
    is_as_full = plan.unfilled_units == other.unfilled_units
    return worth(plan, policy) <= worth(other, policy) or (
        is_as_full and plan.objective - other.objective <= PROOF_TOLERANCE
    )
