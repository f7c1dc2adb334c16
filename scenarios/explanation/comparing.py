"""The chosen plan beside the best alternatives: each was really made, and is priced by the same policy."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from fulfillment.ids import NodeId
from fulfillment.plan import Plan
from fulfillment.policy import Policy
from fulfillment.shadow import ChosenUnits
from fulfillment.split_rules import MaximumNodesPerLine
from optimizer.sourcing import RULES, SourcingInstance
from scenarios.alternatives import Alternative
from scenarios.baseline import price, violations
from scenarios.deciding import rule
from scenarios.explanation.contents import Compared, Decision, difference
from scenarios.explanation.trials import Joined, worth
from scenarios.question import Question

OWN_CHOICE = "Your own choice"
NEXT_BEST_NOTE = "The best plan with other nodes: without one of those used, or with one of the others"


@dataclass(frozen=True, slots=True)
class Others:
    """The best plan without each node used, and the best found with each that is not."""

    without: Mapping[NodeId, Plan]
    joined: Mapping[NodeId, Joined]

    def next_best(self, policy: Policy) -> Plan | None:
        """The best of all, whose nodes are others than those chosen.

        A plan with other nodes either leaves out one that is used, and the best of those are all here; or it
        uses all of them and one more, and of those the best that were found are here.
        """
        plans = [*self.without.values(), *(one.plan for one in self.joined.values() if one.plan is not None)]
        return min(plans, key=lambda plan: worth(plan, policy), default=None)


def compared(
    question: Question, decision: Decision, others: Others, *, baseline: Sequence[ChosenUnits] | None = None
) -> tuple[Compared, ...]:
    """The chosen plan first, then the others from best to worst by what the policy looks at.

    Plans that are alike are told once. `baseline` is the choice of the OMS, priced as the others are, though
    it may go against what was seen; the note says so.
    """
    instance, chosen = question.instance, decision.plan
    rules: dict[Plan, list[str]] = {}
    for name in RULES:
        decide = rule(name)
        rules.setdefault(decide.outcome(instance).plan, []).append(decide.title)
    own = _own(question, baseline) if baseline is not None else None
    if own is not None:
        rules.setdefault(own[0], []).append(OWN_CHOICE)
    told: dict[Plan, Compared] = {}
    for id_, title, plan, note in _asked(question, instance, decision, others, own):
        alike = tuple(rules.get(plan, ()))
        told.setdefault(plan, Compared(Alternative(id_, title, plan, alike), difference(plan, chosen), note))
    first, *rest = told.values()
    policy = question.policy
    return first, *sorted(rest, key=lambda one: (*worth(one.alternative.plan, policy), one.alternative.id))


def _asked(
    question: Question,
    instance: SourcingInstance,
    decision: Decision,
    others: Others,
    own: tuple[Plan, str] | None,
) -> Iterator[tuple[str, str, Plan, str]]:
    yield "chosen", "Nodewise", decision.plan, "The plan that was decided"
    if decision.plan.shipments:
        one = question.from_one_node().plan
        yield "one_node", "Best single node", one, "The best plan with one shipment"
        whole = _no_split_lines(question).answer().plan
        yield "whole_lines", "No line split", whole, "The best plan in which every line leaves from one node"
        if (plan := others.next_best(question.policy)) is not None:
            yield "next_best", "Next best nodes", plan, NEXT_BEST_NOTE
        nearest = rule("nearest_first").outcome(instance).plan
        yield "nearest_first", "Nearest first", nearest, "What the nearest node has, then the next nearest"
    if own is not None:
        yield "baseline", OWN_CHOICE, *own


def _own(question: Question, baseline: Sequence[ChosenUnits]) -> tuple[Plan, str]:
    """What the OMS chose, and what is to be said of it."""
    against = "; ".join(one.detail for one in violations(baseline, question))
    note = "The choice that came with the order"
    return price(baseline, question), f"{note}, against what was seen: {against}" if against else note


def _no_split_lines(question: Question) -> Question:
    names = {one.name for one in question.policy.rules}
    name = next(
        name for name in ("no line split", *(f"no line split {n}" for n in range(99))) if name not in names
    )
    whole = MaximumNodesPerLine(name, 1)
    return replace(question, policy=replace(question.policy, rules=(*question.policy.rules, whole)))
