"""What would have been decided if something were otherwise: solved again, and held against the decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fulfillment.money import Micros
from fulfillment.plan import CostKind, Plan, total
from optimizer.sourcing import Outcome, SolveStatus
from scenarios.explanation.changes import Change, apply
from scenarios.explanation.contents import Decision, Difference, difference
from scenarios.explanation.wording import listed, more
from scenarios.question import Question
from scenarios.wording import counted


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """The outcome with the changes. `by_kind` are micros more than decided of each kind that differs.

    `policy` is that of the changed question: its weights make the steering part of the costs.
    """

    outcome: Outcome
    question: Question
    difference: Difference
    by_kind: Mapping[CostKind, Micros]
    sentence: str


def counterfactual(
    question: Question, decision: Decision, changes: Sequence[Change], *, currency: str
) -> Counterfactual:
    """Solve again with the changes. Equal arguments give an equal answer.

    Raises
    ------
    UnknownReference, InvalidInput
        A change cannot be made; `pointer` says which.
    """
    changed = apply(question, changes)
    outcome = changed.answer()
    found = difference(outcome.plan, decision.plan)
    return Counterfactual(
        outcome,
        changed,
        found,
        _by_kind(outcome.plan, decision.plan),
        _sentence(changed, outcome, decision, found, currency),
    )


def _by_kind(plan: Plan, chosen: Plan) -> dict[CostKind, Micros]:
    differences = {
        kind: Micros(
            total(line for line in plan.cost_lines if line.kind is kind)
            - total(line for line in chosen.cost_lines if line.kind is kind)
        )
        for kind in CostKind
    }
    return {kind: micros for kind, micros in differences.items() if micros}


def _sentence(
    changed: Question, outcome: Outcome, decision: Decision, found: Difference, currency: str
) -> str:
    than = "as" if found.minor == 0 else "than"
    against = f"it {more(found, currency)} {than} was decided"
    plan = outcome.plan
    nodes = listed([changed.names[shipment.node] for shipment in plan.shipments])
    if not nodes:
        return f"Then nothing of order {decision.order} would ship; {against}."
    same = _who_ships(plan) == _who_ships(decision.plan)
    where = "the same units would ship from the same nodes" if same else f"it would ship from {nodes}"
    packages = counted(plan.packages, "package")
    proof = "" if outcome.status is SolveStatus.OPTIMAL else " (not proven)"
    return f"Then {where}, in {packages}; {against}{proof}."


def _who_ships(plan: Plan) -> list[tuple[str, object]]:
    return [(shipment.node, shipment.units) for shipment in plan.shipments]
