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
    """The reason in a clause; empty where freight, labor or splits count, or several terms together."""
    kind = decisive_kind(plan, chosen, node)
    if kind is CostKind.LATENESS:
        return _late(plan, node, wanted_by)
    return "" if kind is None else _WORDS.get(kind, "")


def decisive_kind(plan: Plan, chosen: Plan, node: NodeId) -> CostKind | None:
    """The kind of cost of which the plan has most more, if that alone makes it dearer, and at this node.

    It decides if the plan would cost no more without what it has more of it, of which the node alone has as
    much: what another node of the plan is charged says nothing of this one.
    """
    more = plan.objective - chosen.objective
    differing = {kind: _of(plan, kind) - _of(chosen, kind) for kind in CostKind}
    kind = max(differing, key=lambda one: differing[one])
    there = _of(plan, kind, node) - _of(chosen, kind, node)
    return kind if min(differing[kind], there) >= more > 0 else None


def _late(plan: Plan, node: NodeId, wanted_by: datetime | None) -> str:
    late = next(days_late(one.dates, wanted_by) for one in plan.shipments if one.node == node)
    return f"it may arrive {days(late)} late"


def _of(plan: Plan, kind: CostKind, node: NodeId | None = None) -> int:
    """What the plan is charged of a kind: in all, or at a node."""
    return total(line for line in plan.cost_lines if line.kind is kind and node in (None, line.node))
