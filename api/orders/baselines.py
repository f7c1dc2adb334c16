"""The OMS's own choice, sent as `baseline`: checked, priced beside the decision, and kept for the report."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from api.edge.money import Money, add, less
from api.errors import FieldError, UnknownNames, Unprocessable
from api.orders.answers import Decision
from api.orders.backorders import backorder
from api.orders.baseline_schemas import BaselineOut, BothCosts, Term, ViolationOut
from api.orders.deciding import Decided
from api.orders.plan_schemas import CostLine
from api.orders.schemas import BaselineIn, OrderIn
from api.orders.translate import cost_lines_out, shipments_out
from api.orders.unfilled import unfilled_lines
from api.orders.unservable import is_servable
from fulfillment.errors import UnknownReference
from fulfillment.ids import LineId, NodeId, ServiceId
from fulfillment.network import Network
from fulfillment.orders import Order
from fulfillment.plan import CostKind, Plan
from fulfillment.shadow import ChoiceCost, ChosenUnits, OrderComparison, Violation
from scenarios.baseline import price, violations
from scenarios.question import Question
from storage.stores import Stores


def refuse_odd(sent: OrderIn, order: Order, network: Network) -> None:
    """Pass a baseline that can be priced. That it goes against stock or rules is no error: it is told.

    Raises
    ------
    UnknownNames
        A line that the order does not have, or a node that was never imported.
    Unprocessable
        More units of a line than were ordered, a node without a rate to the zone or without the service
        named, or two services named for one node.
    """
    if not sent.baseline:
        return
    if unknown := list(_unknown(sent.baseline, order, network)):
        raise UnknownNames(
            f"{unknown[0].pointer}: {unknown[0].detail}",
            unknown,
            fix="Name a line of the order, and a node that was imported",
        )
    unfit = [
        *_too_many(sent.baseline, order),
        *_unrated(sent.baseline, order, network),
        *_by_two_services(sent.baseline),
    ]
    if unfit:
        raise Unprocessable(
            f"{unfit[0].pointer}: {unfit[0].detail}",
            unfit,
            fix="Import the rate, or leave these units out of the baseline: the others can be priced",
        )


def compare(given: Decision, decided: Decided, sent: OrderIn) -> tuple[Decision, OrderComparison | None]:
    """The decision with the OMS's choice beside it, and the row to be kept; as it was if none was sent.

    A decision that would be refused when it comes to holding it (nothing of it can be served, or not all of
    an order that is to be filled whole) is compared as one that ships nothing. Decided by a price book, the
    order was decided without it, too, and the row has both.
    """
    if sent.baseline is None:
        return given, None
    snapshot = decided.snapshot
    chosen = [
        ChosenUnits(
            LineId(one.line), NodeId(one.node), one.quantity, ServiceId(one.service) if one.service else None
        )
        for one in sent.baseline
    ]
    asked = _asked(decided)
    plan, broken = price(chosen, asked), violations(chosen, asked)
    nodewise = decided.outcome.plan if given.reservable else price([], asked)
    unpriced = None if decided.unpriced is None else _plan_without_prices(decided.unpriced, sent)
    row = OrderComparison(
        order=snapshot.order.id,
        decided_at=snapshot.now,
        channel=snapshot.order.channel,
        zone=snapshot.order.destination.zone,
        policy=snapshot.policy.version,
        units=snapshot.order.units,
        baseline=ChoiceCost.of(plan),
        nodewise=ChoiceCost.of(nodewise if unpriced is None else unpriced),
        violations=broken,
        priced=None if unpriced is None else ChoiceCost.of(nodewise),
    )
    return given.model_copy(update={"baseline": _out(plan, nodewise, broken)}), row


def keep(stores: Stores, row: OrderComparison | None) -> None:
    """Keep the comparison, in place of an earlier one of the order."""
    if row is not None:
        stores.comparisons.put(row)


def _asked(decided: Decided) -> Question:
    snapshot = decided.snapshot
    return Question(
        snapshot.order,
        snapshot.network,
        snapshot.policy,
        decided.stock,
        snapshot.capacity,
        prices=snapshot.prices,
        now=snapshot.now,
    )


def _plan_without_prices(decided: Decided, sent: OrderIn) -> Plan:
    backordering = backorder(decided, unfilled_lines(decided), allowed=sent.allow_backorder)
    return decided.outcome.plan if is_servable(decided, backordering) else price([], _asked(decided))


def _out(plan: Plan, nodewise: Plan, broken: Sequence[Violation]) -> BaselineOut:
    theirs, ours = cost_lines_out(plan), cost_lines_out(nodewise)
    terms = [
        Term(
            kind=kind.value, is_cash=kind.is_cash, is_steering=kind.is_steering, **_both(theirs, ours, {kind})
        )
        for kind in CostKind
        if any(line.kind == kind.value for line in (*theirs, *ours))
    ]
    return BaselineOut(
        shipments=shipments_out(plan),
        cost_lines=theirs,
        terms=terms,
        cash=BothCosts(**_both(theirs, ours, {kind for kind in CostKind if kind.is_cash})),
        lost_margin=BothCosts(**_both(theirs, ours, {CostKind.LOST_MARGIN})),
        steering=BothCosts(**_both(theirs, ours, {kind for kind in CostKind if kind.is_steering})),
        total=BothCosts(**_both(theirs, ours, set(CostKind))),
        unfilled_units=plan.unfilled_units,
        nodewise_unfilled_units=nodewise.unfilled_units,
        packages=plan.packages,
        nodewise_packages=nodewise.packages,
        counts=nodewise.unfilled_units <= plan.unfilled_units,
        violations=[
            ViolationOut.model_validate(
                {
                    "against": one.against.value,
                    "detail": one.detail,
                    "node": one.node,
                    "rule": one.rule or None,
                }
            )
            for one in broken
        ],
    )


def _both(theirs: Sequence[CostLine], ours: Sequence[CostLine], kinds: set[CostKind]) -> dict[str, Money]:
    """The lines of some kinds by both choices. Minor units are those of the lines, so that they add up."""
    was, now = (add([line for line in lines if line.kind in kinds]) for lines in (theirs, ours))
    return {"baseline": was, "nodewise": now, "difference": less(now, was)}


def _unknown(baseline: Sequence[BaselineIn], order: Order, network: Network) -> Iterator[FieldError]:
    lines = [line.id for line in order.lines]
    for index, one in enumerate(baseline):
        for kind, name, known in (("line", one.line, lines), ("node", one.node, network.nodes)):
            if name not in known:
                detail = UnknownReference(kind, name, known).detail
                yield FieldError(f"/baseline/{index}/{kind}", detail, value=name)


def _too_many(baseline: Sequence[BaselineIn], order: Order) -> Iterator[FieldError]:
    ordered = {str(line.id): line.quantity for line in order.lines}
    shipped: Counter[str] = Counter()
    for index, one in enumerate(baseline):
        before = shipped[one.line] <= ordered[one.line]
        shipped[one.line] += one.quantity
        if before and shipped[one.line] > ordered[one.line]:
            detail = f"{shipped[one.line]} units of line {one.line}, of which {ordered[one.line]} are ordered"
            yield FieldError(f"/baseline/{index}/quantity", detail, value=str(one.quantity))


def _unrated(baseline: Sequence[BaselineIn], order: Order, network: Network) -> Iterator[FieldError]:
    zone = order.destination.zone
    for index, one in enumerate(baseline):
        services = [rate.service for rate in network.rates.get((NodeId(one.node), zone), ())]
        if not services:
            detail = f"{one.node} has no rate to zone {zone}, so what it ships there cannot be priced"
            yield FieldError(f"/baseline/{index}/node", detail, value=one.node)
        elif one.service not in (None, *services):
            detail = f"{one.node} has no rate to zone {zone} by {one.service}"
            yield FieldError(
                f"/baseline/{index}/service", detail, allowed=", ".join(services), value=str(one.service)
            )


def _by_two_services(baseline: Sequence[BaselineIn]) -> Iterator[FieldError]:
    named: defaultdict[str, set[str]] = defaultdict(set)
    for index, one in enumerate(baseline):
        others = {*named[one.node]} - {one.service}
        if one.service is not None:
            if others:
                detail = f"{one.node} ships by {one.service} and by {min(others)}: one shipment, one service"
                yield FieldError(f"/baseline/{index}/service", detail, value=one.service)
            named[one.node].add(one.service)
