"""Which one term makes a plan with a node dearer than the plan that was decided, if one alone does."""

from collections.abc import Mapping
from datetime import datetime

from fulfillment.ids import NodeId
from fulfillment.plan import CostKind, Plan, total
from fulfillment.timing import days_late
from scenarios.wording import days

_WORDS: Mapping[CostKind, str] = {
    CostKind.SURCHARGE: "its carrier charges for what is oversized",
    CostKind.STOCK: "its last units are dear",
    CostKind.LOAD: "its day is filling up",
    CostKind.REPICK: "units are not always found there",
    CostKind.CO2E: "its carriage emits more",
}


def decisive_term(plan: Plan, chosen: Plan, node: NodeId, *, wanted_by: datetime | None) -> str:
    """The reason in a clause; empty where freight, labor or splits count, or several terms together.

    A term decides if the plan would cost no more without what it has more of it.
    """
    more = plan.objective - chosen.objective
    found = [
        (charged, kind)
        for kind in (*_WORDS, CostKind.LATENESS)
        if (charged := _at(plan, kind, node)) and _of(plan, kind) - _of(chosen, kind) >= more > 0
    ]
    if not found:
        return ""
    kind = max(found)[1]
    return _WORDS.get(kind) or _late(plan, node, wanted_by)


def _late(plan: Plan, node: NodeId, wanted_by: datetime | None) -> str:
    late = next(days_late(one.dates, wanted_by) for one in plan.shipments if one.node == node)
    return f"it may arrive {days(late)} late"


def _of(plan: Plan, kind: CostKind) -> int:
    return total(line for line in plan.cost_lines if line.kind is kind)


def _at(plan: Plan, kind: CostKind, node: NodeId) -> int:
    return total(line for line in plan.cost_lines if line.kind is kind and line.node == node)
