"""Puts an explanation together: other plans first, then what follows from them, then words."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from fulfillment.ids import LineId, SkuId
from fulfillment.shadow import ChosenUnits
from fulfillment.timing import days_late
from optimizer.sourcing import Limits
from scenarios.explanation.accounts import accounts
from scenarios.explanation.answers import answers, cost_of, sentence_of
from scenarios.explanation.budget import WORK, Budget
from scenarios.explanation.carrying import service_choices, why_none_takes
from scenarios.explanation.comparing import compared
from scenarios.explanation.contents import (
    Answered,
    Binding,
    Decision,
    Explanation,
    Leaving,
    MissingLine,
    Topic,
)
from scenarios.explanation.facts import Facts
from scenarios.explanation.joining import with_each
from scenarios.explanation.pricing import what_binds
from scenarios.explanation.terms import terms_of
from scenarios.explanation.trials import base_of, others
from scenarios.explanation.wording import listed, units_of
from scenarios.question import Question
from scenarios.wording import counted

_UNKNOWN = (
    "That cannot be told: the decision was kept by a version of Nodewise that did not keep what it was made "
    "from."
)
_WAITS = (
    "The order may not be split, and a part of it is still to come. Of the nodes that can have all of it the "
    "one that has it first was taken, and of several on one day the cheapest."
)


def explain(
    question: Question,
    decision: Decision,
    *,
    currency: str,
    baseline: Sequence[ChosenUnits] | None = None,
    work: Limits = WORK,
) -> Explanation:
    """The whole explanation. Equal arguments give an equal one.

    Parameters
    ----------
    question
        What the decision was made from.
    currency
        Symbol put before amounts.
    baseline
        The OMS's own choice for the order, if one came with it.
    work
        What all of its solves may take together; where that was not enough, it says so.
    """
    instance, plan, budget = question.instance, decision.plan, Budget(work)
    base = base_of(question, decision, budget)
    beside = others(question, decision, budget)
    joined = with_each(question, instance, decision, beside.plans, budget)
    bound = what_binds(question, base, budget)
    binding = bound.binding
    nodes = accounts(question, instance, decision, joined, currency=currency)
    alternatives = compared(question, decision, beside, joined, baseline=baseline)
    facts = Facts(
        order=question.order,
        decision=decision,
        skus=question.network.skus,
        nodes=nodes,
        alternatives=alternatives,
        without=beside.without,
        binding=binding,
        services=service_choices(question, plan),
        leaving=leaving_of(question, decision),
        missing=_missing(question, decision, binding),
        terms=terms_of(question, plan, currency),
        currency=currency,
    )
    return Explanation(
        decision=decision,
        sentence=sentence_of(facts),
        answers=answers(facts),
        alternatives=alternatives,
        nodes=nodes,
        binding=binding,
        services=facts.services,
        leaving=facts.leaving,
        missing=facts.missing,
        left_open=bound.left_open,
        place=instance.place,
    )


def explain_without_instance(decision: Decision, *, currency: str) -> Explanation:
    """What the decision's own document tells, where what it was made from was not kept.

    So of an order that waits whole, and of one that was decided before instances were kept.
    """
    plan = decision.plan
    told = {Topic.COST: cost_of(plan, currency, lambda node: node)}
    if decision.leaves_on is None:
        told[Topic.UNFILLED] = Answered(Topic.UNFILLED, _unfilled_alone(decision))
    else:
        told[Topic.DATES] = Answered(Topic.DATES, f"All of it leaves on {_day(decision.leaves_on)}.")
        told[Topic.UNFILLED] = Answered(
            Topic.UNFILLED, "Every unit is held, or promised from what is to come."
        )
    other = _UNKNOWN if decision.leaves_on is None else _WAITS
    return Explanation(
        decision=decision,
        sentence=_alone(decision),
        answers=tuple(told.get(topic, Answered(topic, other)) for topic in Topic),
        is_complete=False,
    )


def _alone(decision: Decision) -> str:
    nodes = listed([shipment.node for shipment in decision.plan.shipments])
    if decision.leaves_on is not None:
        at = f" at {nodes}" if nodes else ""
        return f"Order {decision.order} waits{at} and leaves whole on {_day(decision.leaves_on)}."
    if not nodes:
        return f"Nothing of order {decision.order} ships."
    return f"Order {decision.order} ships from {nodes} in {counted(decision.plan.packages, 'package')}."


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"


def _unfilled_alone(decision: Decision) -> str:
    if not decision.missing:
        return "Every line was fulfilled."
    return (
        f"{units_of(decision.plan.unfilled_units)} could not be shipped. What would have helped: {_UNKNOWN}"
    )


def leaving_of(question: Question, decision: Decision) -> tuple[Leaving, ...]:
    """When each shipment leaves, and when it arrives as far as that is known.

    The one place where dates come from: those of the plan, and the day of each node on which the units count.
    """
    return tuple(
        Leaving(
            shipment.node,
            question.network.nodes[shipment.node].local_day(decision.decided_at),
            shipment.dates,
            days_late(shipment.dates, question.order.wanted_by),
        )
        for shipment in decision.plan.shipments
    )


def _missing(question: Question, decision: Decision, binding: tuple[Binding, ...]) -> tuple[MissingLine, ...]:
    seen: Counter[str] = Counter()
    for (_, sku), units in question.stock.items():
        seen[sku] += units
    missing = {one.line for one in decision.missing}
    return tuple(
        MissingLine(
            line.id,
            line.sku,
            line.quantity,
            tuple(one for one in decision.missing if one.line == line.id),
            seen[line.sku],
            _remedies(binding, line.id),
            _refusal(question, line.sku),
        )
        for line in question.order.lines
        if line.id in missing
    )


def _refusal(question: Question, sku: SkuId) -> str:
    """Why no service takes a sku, where nodes that are on have it and none of their services does."""
    zone, nodes = question.order.destination.zone, question.network.nodes
    having = [
        node
        for node in sorted(nodes)
        if nodes[node].is_on
        and question.stock.get((node, sku), 0) > 0
        and question.network.rates.get((node, zone))
    ]
    said = [why_none_takes(question, node, [question.network.skus[sku]]) for node in having]
    return f"from {nodes[having[0]].name} {said[0]}" if having and all(said) else ""


def _remedies(binding: tuple[Binding, ...], line: LineId) -> tuple[Binding, ...]:
    """What would have filled a line, what fills most of it first."""
    filling = [(units, one) for one in binding for filled, units in one.fills if filled == line]
    return tuple(one for _, one in sorted(filling, key=lambda pair: -pair[0]))
