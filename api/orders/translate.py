"""Orders between the wire and the words of `fulfillment`. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from api.edge.money import add, money, money_together
from api.errors import FieldError, UnknownNames, Unprocessable
from api.orders.answers import (
    ClaimOut,
    CostLine,
    Decision,
    DestinationOut,
    Gap,
    LineOut,
    OrderOut,
    PlannedLine,
    PlannedShipment,
    Seen,
    UnfilledLine,
)
from api.orders.schemas import OrderIn
from api.orders.states import ENDED, order_state, state_of
from fulfillment.errors import UnknownReference
from fulfillment.ids import LineId, NodeId, OrderId, SkuId, ZoneId
from fulfillment.ledger.claims import Claim
from fulfillment.network import Network, Place
from fulfillment.orders import Destination, Order, OrderLine
from fulfillment.plan import CostKind, Plan
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
        lines=tuple(OrderLine(LineId(line.id), SkuId(line.sku), line.quantity) for line in sent.lines),
        destination=Destination(ZoneId(where.zone), place),
        placed_at=sent.placed_at or now,
        channel=sent.channel,
        accept_partial=sent.accept_partial,
    )


def refuse_unknown(order: Order, network: Network) -> None:
    """Raise UnknownNames with every sku and the zone that the network does not have."""
    errors = [
        FieldError(
            f"/lines/{index}/sku",
            UnknownReference("sku", line.sku, network.skus).detail,
            value=line.sku,
        )
        for index, line in enumerate(order.lines)
        if line.sku not in network.skus
    ]
    zone = order.destination.zone
    if zone not in network.zones:
        detail = UnknownReference("zone", zone, network.zones).detail
        errors.append(FieldError("/destination/zone", detail, value=zone))
    if errors:
        more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        raise UnknownNames(
            f"{errors[0].pointer}: {errors[0].detail}{more}",
            errors,
            fix="Import it first, or correct its id",
        )


def decision(
    order: Order,
    outcome: Outcome,
    *,
    unfilled: list[UnfilledLine],
    currency: str,
    seconds: float,
    policy: str,
    now: datetime,
) -> Decision:
    """A quote: the decision as answered. Reserving fills in revision, state and expiry."""
    plan = outcome.plan
    costs = _cost_lines(plan)
    lost = [line for line in costs if line.kind == CostKind.LOST_MARGIN.value]
    steering = [line for line in costs if line.is_steering]
    cash = [line for line in costs if line.is_cash]
    gap = money(outcome.gap)
    return Decision(
        id=order.id,
        revision=0,
        state="quoted",
        reservable=bool(plan.shipments) and (order.accept_partial or not plan.unfilled),
        shipments=_shipments(plan),
        unfilled=unfilled,
        currency=currency,
        cost_lines=costs,
        total=add(costs),
        cash=add(cash),
        lost_margin=add(lost),
        steering=add(steering),
        bound=money(outcome.bound),
        gap=Gap(micros=gap.micros, minor=gap.minor, relative=outcome.relative_gap),
        unfilled_units=plan.unfilled_units,
        unfilled_bound=outcome.unfilled_bound,
        status=outcome.status.value,
        engine=outcome.engine.value,
        degraded=outcome.degraded,
        cut_by_deadline=outcome.cut_by_deadline,
        seconds=seconds,
        policy=policy,
        decided_at=now,
        expires_at=None,
    )


def seen(instance: SourcingInstance, stock: Mapping[tuple[NodeId, SkuId], int]) -> Seen:
    """The figures an instance was made from, for its candidate nodes."""
    skus = sorted({line.sku for line in instance.order.lines})
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
        destination=DestinationOut(
            zone=order.destination.zone,
            latitude=place.latitude if place else None,
            longitude=place.longitude if place else None,
        ),
        placed_at=order.placed_at,
        created_at=stored.created_at,
        expires_at=min(soft) if soft else None,
        lines=[
            LineOut(
                id=line.id,
                sku=line.sku,
                quantity=line.quantity,
                held=sum(claim.quantity for claim in live if claim.line == line.id),
            )
            for line in order.lines
        ],
        claims=[_claim_out(claim, now=now) for claim in claims],
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
    )


def _shipments(plan: Plan) -> list[PlannedShipment]:
    return [
        PlannedShipment(
            node=shipment.node,
            service=shipment.service,
            packages=shipment.packages,
            weight_grams=shipment.weight_grams,
            lines=[
                PlannedLine(line=part.line, sku=part.sku, quantity=part.quantity) for part in shipment.units
            ],
        )
        for shipment in plan.shipments
    ]


def _cost_lines(plan: Plan) -> list[CostLine]:
    rounded = money_together([line.amount for line in plan.cost_lines])
    return [
        CostLine(
            kind=line.kind.value,
            node=line.node,
            is_cash=line.kind.is_cash,
            is_steering=line.kind.is_steering,
            micros=amount.micros,
            minor=amount.minor,
        )
        for line, amount in zip(plan.cost_lines, rounded, strict=True)
    ]
