"""Orders between the wire and the words of `fulfillment`. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime

import fulfillment.plan as planned
from api.edge.money import add, money, money_together
from api.errors import FieldError, UnknownNames, Unprocessable
from api.orders.answers import (
    ClaimOut,
    Decision,
    DestinationOut,
    Gap,
    LineOut,
    NodesOut,
    OrderOut,
    Seen,
)
from api.orders.backorders import Backordering
from api.orders.plan_schemas import CostLine, PlannedLine, PlannedShipment
from api.orders.price_book_schemas import PriceBookUsed
from api.orders.schemas import OrderIn
from fulfillment.errors import UnknownReference
from fulfillment.ids import LineId, NodeId, OrderId, ServiceId, SkuId, ZoneId
from fulfillment.ledger.claims import Claim
from fulfillment.ledger.order_state import ENDED, order_state, state_of
from fulfillment.ledger.whole_kits import recipe_of, units_in
from fulfillment.network import Network, Place
from fulfillment.orders import ANY_NODE, Destination, NodeChoice, Order, OrderLine
from fulfillment.plan import CostKind, Plan
from fulfillment.timing import Dates
from optimizer.sourcing import Outcome, SourcingInstance
from storage.orders import StoredOrder


def order_from(sent: OrderIn, *, now: datetime) -> Order:
    """The order that was sent.

    Raises
    ------
    Unprocessable
        Two lines with one id; names every repeated one.
    """
    seen: dict[str, int] = {}
    errors = [
        FieldError(f"/lines/{index}/id", f"the same id as line {seen[line.id]}", "an id of its own", line.id)
        for index, line in enumerate(sent.lines)
        if seen.setdefault(line.id, index) != index
    ]
    if errors:
        raise Unprocessable(
            f"{errors[0].pointer}: {errors[0].detail}",
            errors,
            fix="Give every line an id of its own; two lines may name one sku",
        )
    where = sent.destination
    place = (
        Place(where.latitude, where.longitude)
        if where.latitude is not None and where.longitude is not None
        else None
    )
    return Order(
        id=OrderId(sent.id),
        lines=tuple(
            OrderLine(LineId(line.id), SkuId(line.sku), line.quantity, _node(line.node))
            for line in sent.lines
        ),
        destination=Destination(ZoneId(where.zone), place),
        placed_at=sent.placed_at or now,
        channel=sent.channel,
        accept_partial=sent.accept_partial,
        tier=sent.tier,
        wanted_by=sent.wanted_by,
        service=None if sent.service is None else ServiceId(sent.service),
        nodes=NodeChoice(
            allowed=_names(sent.nodes.allowed),
            forbidden=_names(sent.nodes.forbidden),
            at_most=sent.nodes.at_most,
            together=tuple(tuple(LineId(line) for line in group) for group in sent.nodes.together),
        ),
    )


def refuse_unknown(order: Order, network: Network) -> None:
    """Raise UnknownNames with every sku, node, zone and service that the network does not have."""
    errors = [
        FieldError(
            f"/lines/{index}/sku",
            UnknownReference("sku", line.sku, network.skus).detail,
            value=line.sku,
        )
        for index, line in enumerate(order.lines)
        if line.sku not in network.skus
    ]
    errors += [
        FieldError(pointer, UnknownReference("node", node, network.nodes).detail, value=node)
        for pointer, node in _nodes_named(order)
        if node not in network.nodes
    ]
    zone = order.destination.zone
    if zone not in network.zones:
        detail = UnknownReference("zone", zone, network.zones).detail
        errors.append(FieldError("/destination/zone", detail, value=zone))
    if order.service is not None and not offers(network, order.service):
        known = {rate.service for rates in network.rates.values() for rate in rates}
        detail = UnknownReference("service", order.service, known).detail
        errors.append(FieldError("/service", detail, value=order.service))
    if errors:
        more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        raise UnknownNames(
            f"{errors[0].pointer}: {errors[0].detail}{more}",
            errors,
            fix="Import it first, or correct its id",
        )


def offers(network: Network, service: ServiceId) -> bool:
    """Whether any rate is of the service."""
    return any(rate.service == service for rates in network.rates.values() for rate in rates)


def _node(name: str | None) -> NodeId | None:
    return None if name is None else NodeId(name)


def _names(nodes: Sequence[str]) -> tuple[NodeId, ...]:
    return tuple(NodeId(node) for node in dict.fromkeys(nodes))


def _nodes_named(order: Order) -> Iterator[tuple[str, NodeId]]:
    """Every node that the order names, with the place where it does."""
    for index, line in enumerate(order.lines):
        if line.node is not None:
            yield f"/lines/{index}/node", line.node
    for name, nodes in (("allowed", order.nodes.allowed), ("forbidden", order.nodes.forbidden)):
        for index, node in enumerate(nodes):
            yield f"/nodes/{name}/{index}", node


def decision(
    order: Order,
    outcome: Outcome,
    *,
    backordering: Backordering,
    currency: str,
    seconds: float,
    policy: str,
    now: datetime,
    degraded_because: str | None = None,
    as_of: datetime | None = None,
    leaves_on: date | None = None,
    price_book: PriceBookUsed | None = None,
) -> Decision:
    """A quote: the decision as answered. Reserving fills in revision, state and expiry."""
    plan = outcome.plan
    costs = cost_lines_out(plan)
    lost = [line for line in costs if line.kind == CostKind.LOST_MARGIN.value]
    steering = [line for line in costs if line.is_steering]
    cash = [line for line in costs if line.is_cash]
    gap = money(outcome.gap)
    return Decision(
        id=order.id,
        revision=0,
        state="quoted",
        reservable=bool(plan.shipments or backordering.units)
        and (order.accept_partial or not backordering.unfilled),
        shipments=shipments_out(plan, is_dated=leaves_on is None),
        unfilled=list(backordering.unfilled),
        currency=currency,
        cost_lines=costs,
        total=add(costs),
        cash=add(cash),
        lost_margin=add(lost),
        steering=add(steering),
        bound=money(outcome.bound),
        gap=Gap(micros=gap.micros, minor=gap.minor, relative=outcome.relative_gap),
        unfilled_units=plan.unfilled_units - backordering.units,
        unfilled_bound=max(0, outcome.unfilled_bound - backordering.units),
        backordered=list(backordering.lines),
        backordered_units=backordering.units,
        leaves_on=leaves_on,
        status=outcome.status.value,
        engine=outcome.engine.value,
        degraded=outcome.degraded,
        degraded_because=degraded_because,
        as_of=as_of,
        cut_by_deadline=outcome.cut_by_deadline,
        seconds=seconds,
        policy=policy,
        price_book=price_book,
        decided_at=now,
        expires_at=None,
    )


def seen(instance: SourcingInstance, stock: Mapping[tuple[NodeId, SkuId], int]) -> Seen:
    """The figures an instance was made from, for its candidate nodes; of a kit also its components'."""
    skus = sorted(
        {line.sku for line in instance.order.lines}
        | {part.sku for sku in instance.skus for part in sku.components}
    )
    return Seen(
        nodes=list(instance.nodes),
        stock={sku: [stock.get((node, sku), 0) for node in instance.nodes] for sku in skus},
        capacity=[int(units) for units in instance.capacity],
    )


def order_out(stored: StoredOrder, claims: Sequence[Claim], *, revision: int, now: datetime) -> OrderOut:
    """An order with its claims as they stand."""
    order = stored.order
    place = order.destination.place
    live = [claim for claim in claims if state_of(claim, now=now) not in ENDED]
    soft = [claim.expires_at for claim in live if claim.expires_at is not None]
    return OrderOut(
        id=order.id,
        revision=revision,
        state=state_word(claims, now=now),
        channel=order.channel,
        tier=order.tier,
        wanted_by=order.wanted_by,
        service=order.service,
        destination=DestinationOut(
            zone=order.destination.zone,
            latitude=place.latitude if place else None,
            longitude=place.longitude if place else None,
        ),
        nodes=None if order.nodes == ANY_NODE else NodesOut.model_validate(asdict(order.nodes)),
        placed_at=order.placed_at,
        created_at=stored.created_at,
        expires_at=min(soft) if soft else None,
        lines=[_line_out(line, [claim for claim in live if claim.line == line.id]) for line in order.lines],
        claims=[_claim_out(claim, now=now) for claim in claims],
    )


def _line_out(line: OrderLine, live: Sequence[Claim]) -> LineOut:
    recipe = recipe_of(live)
    return LineOut(
        id=line.id,
        sku=line.sku,
        node=line.node,
        quantity=line.quantity,
        held=units_in(live),
        components={sku: recipe[sku] for sku in sorted(recipe) if line.sku not in recipe},
    )


def state_word(claims: Sequence[Claim], *, now: datetime) -> str:
    state = order_state(claims, now=now)
    return state.value if state is not None else "unfilled"


def _claim_out(claim: Claim, *, now: datetime) -> ClaimOut:
    return ClaimOut(
        id=claim.id,
        line=claim.line,
        sku=claim.peg.sku,
        node=claim.peg.node,
        pool=claim.peg.pool,
        source=claim.peg.source,
        service=claim.service,
        quantity=claim.quantity,
        state=state_of(claim, now=now).value,
        expires_at=claim.expires_at,
        expected=None if claim.peg.is_on_hand else claim.peg.earliest,
        promised_by=claim.promised_by,
    )


def shipments_out(plan: Plan, *, is_dated: bool = True) -> list[PlannedShipment]:
    """What leaves each node; not `is_dated` where it waits, so that it does not leave when the plan says."""
    return [_shipment_out(shipment, shipment.dates if is_dated else None) for shipment in plan.shipments]


def _shipment_out(shipment: planned.PlannedShipment, dates: Dates | None) -> PlannedShipment:
    is_billed_otherwise = shipment.billed_grams not in (0, shipment.weight_grams)
    return PlannedShipment(
        node=shipment.node,
        service=shipment.service,
        packages=shipment.packages,
        weight_grams=shipment.weight_grams,
        billed_grams=shipment.billed_grams if is_billed_otherwise else None,
        co2e_grams=shipment.co2e_grams or None,
        leaves_at=dates.leaves_at if dates is not None else None,
        arrives_p50=dates.arrives_p50 if dates is not None else None,
        arrives_p90=dates.arrives_p90 if dates is not None else None,
        lines=[PlannedLine(line=part.line, sku=part.sku, quantity=part.quantity) for part in shipment.units],
    )


def planned_shipment(kept: PlannedShipment) -> planned.PlannedShipment:
    """A shipment as it was planned, from how it was answered: the same again."""
    dates = None
    if kept.leaves_at is not None and kept.arrives_p50 is not None and kept.arrives_p90 is not None:
        dates = Dates(kept.leaves_at, kept.arrives_p50, kept.arrives_p90)
    return planned.PlannedShipment(
        node=NodeId(kept.node),
        service=ServiceId(kept.service),
        packages=kept.packages,
        weight_grams=kept.weight_grams,
        units=tuple(
            planned.PlannedUnits(LineId(part.line), SkuId(part.sku), part.quantity) for part in kept.lines
        ),
        billed_grams=kept.weight_grams if kept.billed_grams is None else kept.billed_grams,
        co2e_grams=kept.co2e_grams or 0,
        dates=dates,
    )


def cost_lines_out(plan: Plan) -> list[CostLine]:
    """Cost lines, rounded together."""
    rounded = money_together([line.amount for line in plan.cost_lines])
    return [
        CostLine(
            kind=line.kind.value,
            node=line.node,
            is_cash=line.kind.is_cash,
            is_steering=line.kind.is_steering,
            rule=line.rule or None,
            micros=amount.micros,
            minor=amount.minor,
        )
        for line, amount in zip(plan.cost_lines, rounded, strict=True)
    ]
