"""Explanations and what-ifs between `scenarios.explanation` and the wire. Pure."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime

from api.edge.money import Money, money
from api.explanations import change_schemas as sent
from api.explanations.schemas import (
    AlternativeOut,
    AnswerOut,
    BindingOut,
    ExplanationOut,
    KindCost,
    LeavingOut,
    MissingLineOut,
    MissingReason,
    NodeAccountOut,
    ServiceChoiceOut,
    ServiceOut,
    WhatIfOut,
)
from api.orders.answers import Gap
from api.orders.translate import cost_lines_out, shipments_out
from fulfillment.cost_words import symbol
from fulfillment.ids import LineId, NodeId, PolicyVersion, SkuId
from fulfillment.money import Micros, Minor
from fulfillment.plan import CostKind, Plan, total
from fulfillment.policy import Policy
from fulfillment.timing import Dates
from scenarios.explanation.answers import binding_in_words
from scenarios.explanation.changes import (
    Capacity,
    Change,
    ForcedNode,
    FreeSplits,
    MoreStock,
    NodeOff,
    NodeOn,
    UnderPolicy,
    WithoutRule,
)
from scenarios.explanation.contents import (
    Binding,
    Compared,
    Decision,
    Difference,
    Explanation,
    MissingLine,
    NodeAccount,
    ServiceCost,
)
from scenarios.explanation.costs import Costs
from scenarios.explanation.counterfactual import Counterfactual


def change_of(change: sent.ChangeKindIn, policies: Mapping[PolicyVersion, Policy]) -> Change:
    """A change as it was sent; `policies` are those that any change names."""
    match change:
        case sent.MoreStockIn():
            return MoreStock(NodeId(change.node), SkuId(change.sku), change.units)
        case sent.NodeOffIn():
            return NodeOff(NodeId(change.node))
        case sent.NodeOnIn():
            return NodeOn(NodeId(change.node))
        case sent.FreeSplitsIn():
            return FreeSplits()
        case sent.WithoutRuleIn():
            return WithoutRule(change.rule)
        case sent.ForcedNodeIn():
            return ForcedNode(NodeId(change.node), LineId(change.line) if change.line is not None else None)
        case sent.CapacityIn():
            return Capacity(NodeId(change.node), change.units)
        case sent.OtherPolicyIn():
            return UnderPolicy(policies[PolicyVersion(change.version)])


def explanation_out(explanation: Explanation, *, currency: str) -> ExplanationOut:
    """An explanation as answered."""
    decision = explanation.decision
    return ExplanationOut(
        order=decision.order,
        revision=decision.revision,
        policy=decision.policy,
        decided_at=decision.decided_at,
        currency=currency,
        sentence=explanation.sentence,
        is_complete=explanation.is_complete,
        answers=[
            AnswerOut(
                topic=one.topic.value,
                question=one.topic.question,
                answer=one.short,
                points=list(one.points),
            )
            for one in explanation.answers
        ],
        alternatives=[_alternative(one) for one in explanation.alternatives],
        nodes=[_account(one) for one in explanation.nodes],
        binding=[_binding(one, currency) for one in explanation.binding],
        services=[
            ServiceChoiceOut(
                node=one.node,
                weight_grams=one.weight_grams,
                chosen=one.chosen,
                asked=one.asked,
                against_asked=one.against_asked.value,
                offered=[_service(each) for each in one.offered],
            )
            for one in explanation.services
        ],
        leaving=[
            LeavingOut(node=one.node, day=one.day, days_late=one.days_late, **_instants(one.dates))
            for one in explanation.leaving
        ],
        missing=[_missing(one, currency) for one in explanation.missing],
        left_open=list(explanation.left_open),
    )


def what_if_out(found: Counterfactual, decision: Decision, *, currency: str) -> WhatIfOut:
    """A counterfactual as answered."""
    plan, outcome = found.outcome.plan, found.outcome
    lines = cost_lines_out(plan)
    gap = money(outcome.gap)
    return WhatIfOut(
        order=decision.order,
        revision=decision.revision,
        policy=found.question.policy.version,
        sentence=found.sentence,
        currency=currency,
        shipments=shipments_out(plan),
        unfilled_units=plan.unfilled_units,
        unfilled_bound=outcome.unfilled_bound,
        cost_lines=lines,
        total=Money(micros=plan.objective, minor=Minor(sum(line.minor for line in lines))),
        bound=money(outcome.bound),
        gap=Gap(micros=gap.micros, minor=gap.minor, relative=outcome.relative_gap),
        status=outcome.status.value,
        engine=outcome.engine.value,
        more_unfilled=found.difference.unfilled,
        more_cost=_more(found.difference),
        by_kind=[_kind_cost(kind, money(micros)) for kind, micros in found.by_kind.items()],
    )


def _alternative(one: Compared) -> AlternativeOut:
    plan, least = one.alternative.plan, one.difference.least
    costs = Costs(plan)
    return AlternativeOut(
        id=one.alternative.id,
        title=one.alternative.title,
        note=one.note,
        rules=list(one.alternative.rules),
        shipments=shipments_out(plan),
        packages=plan.packages,
        unfilled_units=plan.unfilled_units,
        costs=[
            _kind_cost(kind, Money(micros=_micros(plan, kind), minor=minor))
            for kind, minor in costs.by_kind.items()
        ],
        total=Money(micros=plan.objective, minor=costs.total),
        more_unfilled=one.difference.unfilled,
        more_cost=_more(one.difference),
        is_exact=one.difference.is_exact,
        least_more_cost=None if least is None else Money(micros=least.cost, minor=least.minor),
    )


def _account(one: NodeAccount) -> NodeAccountOut:
    found = one.difference
    return NodeAccountOut(
        node=one.node,
        name=one.name,
        state=one.state.value,
        words=one.words,
        rule=one.rule,
        distance_km=one.distance_km,
        stock={str(sku): units for sku, units in one.stock.items()},
        room=one.room,
        units_per_day=one.units_per_day,
        more_unfilled=found.unfilled if found is not None else None,
        more_cost=_more(found) if found is not None else None,
        is_solved=one.is_solved,
    )


def _service(one: ServiceCost) -> ServiceOut:
    return ServiceOut(
        service=one.service,
        packages=one.packages,
        cost=money(one.cost),
        steering=money(one.steering),
        billed_grams=one.billed_grams,
        co2e_grams=one.co2e_grams,
        days_late=one.days_late,
        why_not=one.why_not,
        **_instants(one.dates),
    )


def _instants(dates: Dates | None) -> dict[str, datetime]:
    """By the names that a shipment's dates have everywhere."""
    return {} if dates is None else {field.name: getattr(dates, field.name) for field in fields(dates)}


def _binding(one: Binding, currency: str) -> BindingOut:
    return BindingOut(
        kind=one.kind.value,
        name=one.name,
        words=binding_in_words(one, symbol(currency)),
        node=one.node,
        sku=one.sku,
        units=one.units,
        fewer_unfilled=-one.difference.unfilled,
        saved=Money(micros=-one.difference.cost, minor=-one.difference.minor),
        is_exact=one.difference.is_exact,
        fills={str(line): units for line, units in one.fills},
    )


def _missing(one: MissingLine, currency: str) -> MissingLineOut:
    return MissingLineOut(
        line=one.line,
        sku=one.sku,
        wanted=one.wanted,
        seen=one.seen,
        refusal=one.refusal,
        reasons=[MissingReason(reason=each.reason, quantity=each.quantity) for each in one.reasons],
        remedies=[binding_in_words(each, symbol(currency)) for each in one.remedies],
    )


def _more(found: Difference) -> Money:
    return Money(micros=found.cost, minor=found.minor)


def _kind_cost(kind: CostKind, amount: Money) -> KindCost:
    return KindCost(
        kind=kind.value,
        is_cash=kind.is_cash,
        is_steering=kind.is_steering,
        micros=amount.micros,
        minor=amount.minor,
    )


def _micros(plan: Plan, kind: CostKind) -> Micros:
    return total(line for line in plan.cost_lines if line.kind is kind)
