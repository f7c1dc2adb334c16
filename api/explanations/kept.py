"""A kept decision as the words of `scenarios.explanation`: the question it was an answer to, and its plan."""

from collections import Counter
from dataclasses import dataclass

from api.errors import NotFound
from api.orders.answers import StoredDecision
from api.orders.translate import planned_shipment
from fulfillment.capacity import as_of
from fulfillment.ids import LineId, NodeId, OrderId, PolicyVersion, ServiceId, SkuId
from fulfillment.money import Micros
from fulfillment.plan import (
    CostKind,
    CostLine,
    Plan,
    Unfilled,
    UnfilledReason,
)
from fulfillment.policy import Policy
from fulfillment.shadow import ChosenUnits
from optimizer.sourcing import DEFAULT_LIMITS, Limits, SolveStatus
from scenarios.explanation.contents import Decision, Missing
from scenarios.question import Question
from storage.instance_documents import Instance
from storage.stores import Stores


@dataclass(frozen=True, slots=True)
class Kept:
    """A decision and what it was made from; None where that was not kept.

    `baseline` is the OMS's own choice, where one came with the order. `digest` names all of it by content.
    """

    decision: Decision
    question: Question | None
    currency: str
    digest: str
    baseline: tuple[ChosenUnits, ...] | None = None


def read_kept(stores: Stores, order: str) -> Kept:
    """The latest decision of an order.

    Raises
    ------
    NotFound
        The order was never decided, or the decision was purged.
    """
    kept = stores.decisions.latest_with_instance(OrderId(order))
    if kept is None:
        raise NotFound(
            f"order {order} was never decided, or the decision was purged",
            fix="Reserve it with POST /v1/orders",
        )
    document = StoredDecision.model_validate(kept.document)
    question = None
    if kept.instance is not None:
        policy = stores.catalog.policies().get(kept.instance.policy)
        assert policy is not None, "versions of the policy are never deleted"
        question = question_of(kept.instance, policy.policy)
    currency, baseline = document.currency, _baseline_of(document)
    return Kept(decision_of(document), question, currency, kept.digest, baseline)


def question_of(instance: Instance, policy: Policy) -> Question:
    """What was asked: gives the same instance again, to the last figure."""
    return Question(
        instance.order,
        as_of(instance.network, instance.now or instance.order.placed_at),
        policy,
        instance.stock,
        instance.capacity,
        _limits(instance) if instance.limits is not None else DEFAULT_LIMITS,
        prices=instance.prices,
        now=instance.now,
    )


def decision_of(document: StoredDecision) -> Decision:
    """The decision as it was kept."""
    missing = [
        Missing(LineId(u.line), SkuId(u.sku), u.quantity, u.reason, u.detail) for u in document.unfilled
    ]
    missing += [
        Missing(LineId(u.line), SkuId(u.sku), u.quantity, "backordered") for u in document.backordered
    ]
    return Decision(
        order=OrderId(document.id),
        revision=document.revision,
        policy=PolicyVersion(document.policy),
        decided_at=document.decided_at,
        plan=plan_of_document(document),
        missing=tuple(missing),
        is_proven=document.status == SolveStatus.OPTIMAL.value,
        gap=Micros(document.gap.micros),
        is_degraded=document.degraded,
        was_cut=document.cut_by_deadline,
        leaves_on=document.leaves_on,
    )


def plan_of_document(document: StoredDecision) -> Plan:
    """The plan that was decided. What was backordered, or had no room, has no stock to the optimizer."""
    return Plan(
        tuple(planned_shipment(shipment) for shipment in document.shipments),
        _unfilled(document),
        tuple(
            CostLine(
                CostKind.known(line.kind),
                Micros(line.micros),
                NodeId(line.node) if line.node is not None else None,
                line.rule or "",
            )
            for line in document.cost_lines
        ),
    )


def _baseline_of(document: StoredDecision) -> tuple[ChosenUnits, ...] | None:
    if document.baseline is None:
        return None
    return tuple(
        ChosenUnits(LineId(part.line), NodeId(shipment.node), part.quantity, ServiceId(shipment.service))
        for shipment in document.baseline.shipments
        for part in shipment.lines
    )


def _unfilled(document: StoredDecision) -> tuple[Unfilled, ...]:
    found = Counter[tuple[str, str, UnfilledReason]]()
    for line in document.unfilled:
        given_up = line.reason == UnfilledReason.GIVEN_UP.value
        reason = UnfilledReason.GIVEN_UP if given_up else UnfilledReason.NO_STOCK
        found[line.line, line.sku, reason] += line.quantity
    for promised in document.backordered:
        found[promised.line, promised.sku, UnfilledReason.NO_STOCK] += promised.quantity
    return tuple(
        Unfilled(LineId(line), SkuId(sku), units, reason) for (line, sku, reason), units in found.items()
    )


def _limits(instance: Instance) -> Limits:
    limits = instance.limits or {}
    return Limits(int(limits["branches"]), float(limits["deterministic_seconds"]))
