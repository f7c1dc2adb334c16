"""The chosen plan beside the best alternatives: each was really made, and is priced by the same policy."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from fulfillment.ids import NodeId
from fulfillment.plan import Plan
from fulfillment.policy import Policy
from fulfillment.shadow import ChosenUnits
from optimizer.sourcing import RULES, SourcingInstance
from scenarios.alternatives import Alternative
from scenarios.baseline import price, violations
from scenarios.deciding import rule
from scenarios.explanation.contents import Compared, Decision, Found, difference
from scenarios.explanation.joining import Joined
from scenarios.explanation.trials import Others, worth
from scenarios.question import Question

OWN_CHOICE = "Your own choice"
NEXT_BEST_NOTE = "The best plan with other nodes: without one of those used, or with one of the others"


def next_best(
    others: Others, joined: Mapping[NodeId, Joined], decision: Decision, policy: Policy
) -> Found | None:
    """The best of all that were found, whose nodes are others than those chosen.

    A plan with other nodes either leaves out one that is used, and the best of those are all here; or it uses
    all of them and one more, and of those the best that were found are here.
    """
    plans = [one.plan for one in others.without.values()]
    plans += [one.plan for one in joined.values() if one.plan is not None]
    best = min(plans, key=lambda plan: worth(plan, policy), default=None)
    if best is None:
        return None
    found = difference(best, decision.plan)
    is_exact = all(one.difference.is_exact for one in others.without.values())
    return Found(best, found if is_exact else replace(found, is_exact=False))


def compared(
    question: Question,
    decision: Decision,
    others: Others,
    joined: Mapping[NodeId, Joined],
    *,
    baseline: Sequence[ChosenUnits] | None = None,
) -> tuple[Compared, ...]:
    """The chosen plan first, then the others from best to worst by what the policy looks at.

    Plans that are alike are told once. `baseline` is the choice of the OMS, priced as the others are, though
    it may go against what was seen; the note says so.
    """
    instance = question.instance
    rules: dict[Plan, list[str]] = {}
    for name in RULES:
        decide = rule(name)
        rules.setdefault(decide.outcome(instance).plan, []).append(decide.title)
    own = _own(question, baseline) if baseline is not None else None
    if own is not None:
        rules.setdefault(own[0], []).append(OWN_CHOICE)
    told: dict[Plan, Compared] = {}
    beside = next_best(others, joined, decision, question.policy)
    for id_, title, found, note in _asked(instance, decision, others, beside, own):
        alike = tuple(rules.get(found.plan, ()))
        one = Compared(Alternative(id_, title, found.plan, alike), found.difference, note)
        told.setdefault(found.plan, one)
    first, *rest = told.values()
    policy = question.policy
    return first, *sorted(rest, key=lambda one: (*worth(one.alternative.plan, policy), one.alternative.id))


def _asked(
    instance: SourcingInstance,
    decision: Decision,
    others: Others,
    beside: Found | None,
    own: tuple[Plan, str] | None,
) -> Iterator[tuple[str, str, Found, str]]:
    chosen = decision.plan
    yield "chosen", "Nodewise", Found(chosen, difference(chosen, chosen)), "The plan that was decided"
    if (one := others.one_node) is not None:
        yield "one_node", "Best single node", one, "The best plan with one shipment"
    if (whole := others.whole_lines) is not None:
        note = "The best plan in which every line leaves from one node"
        yield "whole_lines", "No line split", whole, note
    if chosen.shipments:
        if beside is not None:
            yield "next_best", "Next best nodes", beside, NEXT_BEST_NOTE
        nearest = rule("nearest_first").outcome(instance).plan
        note = "What the nearest node has, then the next nearest"
        yield "nearest_first", "Nearest first", Found(nearest, difference(nearest, chosen)), note
    if own is not None:
        yield "baseline", OWN_CHOICE, Found(own[0], difference(own[0], chosen)), own[1]


def _own(question: Question, baseline: Sequence[ChosenUnits]) -> tuple[Plan, str]:
    """What the OMS chose, and what is to be said of it."""
    against = "; ".join(one.detail for one in violations(baseline, question))
    note = "The choice that came with the order"
    return price(baseline, question), f"{note}, against what was seen: {against}" if against else note
