"""One order's alternatives: what the rules would do, and real second solves with something forbidden.

Every alternative is priced by the policy of the order, so their costs can be laid side by side; only
what it was allowed to choose from differs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fulfillment.ids import NodeId
from fulfillment.money import MICROS_PER_MINOR, to_minor
from fulfillment.network import NodeKind
from fulfillment.plan import Plan
from optimizer.sourcing import RULES, Outcome, SolveStatus
from scenarios.deciding import Decide, deciders
from scenarios.question import Question
from scenarios.wording import money


@dataclass(frozen=True, slots=True)
class Alternative:
    """A plan with its name: `id` is stable, `title` is for people; `rules` are those that come to it too."""

    id: str
    title: str
    plan: Plan
    rules: tuple[str, ...] = ()


def alternatives(question: Question) -> tuple[Alternative, ...]:
    """The chosen plan first, then the others from fewest unfilled units and lowest objective.

    Plans that are alike are told once, under the first name of: chosen, without its main node, DCs
    only, splits for free, one node, the rules.
    """
    rules: dict[Plan, tuple[Decide, ...]] = {}
    for decide in deciders().values():
        if decide.name in RULES:
            plan = question.answer(decide).plan
            rules[plan] = (*rules.get(plan, ()), decide)
    told: dict[Plan, Alternative] = {}
    for id_, title, plan in _asked(question):
        told.setdefault(plan, Alternative(id_, title, plan, tuple(one.title for one in rules.get(plan, ()))))
    for plan, alike in rules.items():
        names = tuple(one.title for one in alike)
        told.setdefault(plan, Alternative(alike[0].name, "Rule", plan, names))
    chosen, *others = told.values()
    return chosen, *sorted(others, key=lambda a: (a.plan.unfilled_units, a.plan.objective, a.id))


def in_one_sentence(
    question: Question, told: Sequence[Alternative], outcome: Outcome, *, currency: str
) -> str:
    """Where the order ships from, at what cost, against the best rule, and how sure that is."""
    plan = told[0].plan
    cost = money(plan.objective, currency)
    nodes = [question.network.nodes[one.node].name for one in plan.shipments]
    if not nodes:
        return (
            f"Nothing of order {question.order.id} can be shipped: {plan.unfilled_units} units have no stock"
        )
    said = f"Order {question.order.id} ships from {' and '.join(nodes)} for {cost}"
    rules = [one for one in told if one.rules and one.plan.unfilled_units == plan.unfilled_units]
    best = min(rules, key=lambda one: one.plan.objective, default=None)
    if best is not None and best.plan == plan:
        said += f", as by the rule {best.rules[0].lower()}"
    elif best is not None:
        saved = to_minor(best.plan.objective) - to_minor(plan.objective)  # as the two amounts are shown
        said += f", {money(saved * MICROS_PER_MINOR, currency)} less than the best rule"
    if outcome.status is SolveStatus.OPTIMAL:
        return f"{said}; proven cheapest, to the penny"
    return f"{said}; no plan can be more than {money(outcome.gap, currency)} cheaper"


def main_node(plan: Plan) -> NodeId:
    """The node that ships the most units; the first by id among equals.

    Raises
    ------
    ValueError
        The plan ships nothing.
    """
    return max(plan.shipments, key=lambda one: sum(part.quantity for part in one.units)).node


def _asked(question: Question) -> Iterator[tuple[str, str, Plan]]:
    chosen = question.answer().plan
    yield "chosen", "Nodewise", chosen
    if not chosen.shipments:
        return
    main = main_node(chosen)
    yield "without_main_node", f"Without {question.names[main]}", question.without(main).plan
    dcs_only = question.only(lambda node: node.kind is NodeKind.DC)
    yield "dcs_only", "DCs only, no store", dcs_only.plan
    yield "free_splits", "If splits were free", question.if_splits_were_free()
    yield "one_node", "Best single node", question.from_one_node().plan
