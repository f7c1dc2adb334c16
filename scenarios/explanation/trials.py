"""The best plans without each node that ships, from one node, and with no line split: each really made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from fulfillment.ids import NodeId
from fulfillment.orders import Order
from fulfillment.plan import Plan
from fulfillment.policy import Policy
from fulfillment.split_rules import MaximumNodesPerLine
from scenarios.explanation.budget import Budget, of_restricted
from scenarios.explanation.contents import Decision, Found, difference
from scenarios.question import Question

_CELLS, _LEAST, _MOST = 1_200, 8, 120
"""Solves x lines that one part of an explanation may take, and the bounds of the solves."""
_PART = 0.5
"""Of the work for an explanation: without these plans its first questions have no answer."""


@dataclass(frozen=True, slots=True)
class Others:
    """Plans beside the chosen one; None where nothing ships, so that there is nothing to compare."""

    without: Mapping[NodeId, Found]
    one_node: Found | None = None
    whole_lines: Found | None = None

    @property
    def plans(self) -> tuple[Plan, ...]:
        """All of them, each of which could have been decided."""
        rest = (one for one in (self.one_node, self.whole_lines) if one is not None)
        return tuple(one.plan for one in (*self.without.values(), *rest))


def solves_allowed(order: Order) -> int:
    """How many solves a part of an explanation may take."""
    return min(_MOST, max(_LEAST, _CELLS // len(order.lines)))


def worth(plan: Plan, policy: Policy) -> tuple[int, int]:
    """What plans are compared by: unfilled units, then the objective; where units may be given up, the
    objective comes first."""
    if policy.may_give_up:
        return plan.objective, plan.unfilled_units
    return plan.unfilled_units, plan.objective


def base_of(question: Question, decision: Decision, budget: Budget) -> Plan:
    """What the order without any change is worth: the plan decided, or, if a rule made it, a solved one."""
    if decision.is_degraded or decision.was_cut:
        (solved,) = budget.surely([question], part=_PART)
        return min((decision.plan, solved.plan), key=lambda plan: worth(plan, question.policy))
    return decision.plan


def others(question: Question, decision: Decision, budget: Budget) -> Others:
    """Solve for each of them, unless the decision is it already."""
    plan = decision.plan
    if not plan.shipments:
        return Others({})
    same = Found(plan, difference(plan, plan))
    asked: dict[NodeId | str, Question] = {
        shipment.node: question.leaving_out(shipment.node) for shipment in plan.shipments
    }
    # A proven plan that keeps to a limit by itself is the best of those that have to.
    if not (decision.is_proven and len(plan.shipments) == 1):
        asked["one node"] = question.at_one_node()
    if not (decision.is_proven and not any(_split_lines(plan))):
        asked["whole lines"] = _no_split_lines(question)
    outcomes = budget.surely(list(asked.values()), part=_PART)
    found = {
        name: Found(outcome.plan, of_restricted(outcome, decision, question.policy))
        for name, outcome in zip(asked, outcomes, strict=True)
    }
    one_node, whole = found.pop("one node", same), found.pop("whole lines", same)
    return Others({shipment.node: found[shipment.node] for shipment in plan.shipments}, one_node, whole)


def _split_lines(plan: Plan) -> Iterator[bool]:
    seen = set()
    for shipment in plan.shipments:
        for part in shipment.units:
            yield part.line in seen
            seen.add(part.line)


def _no_split_lines(question: Question) -> Question:
    names = {one.name for one in question.policy.rules}
    name = next(
        name for name in ("no line split", *(f"no line split {n}" for n in range(99))) if name not in names
    )
    whole = MaximumNodesPerLine(name, 1)
    return replace(question, policy=replace(question.policy, rules=(*question.policy.rules, whole)))
