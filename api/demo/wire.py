"""Orders and facts as the service takes them over HTTP, and its decisions back as plans. Pure."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from api.orders.plan_schemas import PlannedShipment
from api.orders.translate import planned_shipment
from fulfillment.ids import LineId, NodeId, SkuId
from fulfillment.money import Micros
from fulfillment.orders import Order
from fulfillment.plan import CostKind, CostLine, Plan, Unfilled, UnfilledReason
from scenarios.baseline import chosen_by
from scenarios.world import Receipt, WalkInSale

WALK_IN = "walk_in_sale"
Fact = Receipt | WalkInSale


def order_body(order: Order) -> dict[str, Any]:
    """The order as `POST /v1/orders` takes it, to be reserved."""
    place = order.destination.place
    where: dict[str, Any] = {"zone": order.destination.zone}
    if place is not None:
        where |= {"latitude": place.latitude, "longitude": place.longitude}
    return {
        "mode": "reserve",
        "id": order.id,
        "lines": [{"id": line.id, "sku": line.sku, "quantity": line.quantity} for line in order.lines],
        "destination": where,
        "channel": order.channel,
        "placed_at": order.placed_at.isoformat(),
        "accept_partial": order.accept_partial,
    }


def baseline_body(plan: Plan) -> list[dict[str, Any]]:
    """A plan as the `baseline` of an order: what the OMS has chosen."""
    return [
        {"line": one.line, "node": one.node, "quantity": one.quantity, "service": one.service}
        for one in chosen_by(plan)
    ]


def fact_bodies(event: Fact) -> Iterator[dict[str, Any]]:
    """A receipt or an hour's till sales as `POST /v1/stock-events` takes them."""
    match event:
        case Receipt():
            key = event.inbound
            yield {
                "kind": "receipt",
                "sku": key.sku,
                "node": key.node,
                "pool": key.pool,
                "source": key.source,
                "earliest": key.earliest.isoformat(),
                "quantity": event.quantity,
            }
        case WalkInSale():
            for sku, units in event.units:
                yield {"kind": WALK_IN, "sku": sku, "node": event.node, "quantity": units}


def plan_from(decision: dict[str, Any]) -> Plan:
    """The plan of a decision as answered.

    A plan knows no `no_capacity` and no `ruled_out`: to it what a node cannot ship today is no stock.
    """
    unfilled: Counter[tuple[LineId, SkuId, UnfilledReason]] = Counter()
    for one in decision["unfilled"]:
        reason = UnfilledReason.GIVEN_UP if one["reason"] == "given_up" else UnfilledReason.NO_STOCK
        unfilled[LineId(one["line"]), SkuId(one["sku"]), reason] += one["quantity"]
    return Plan(
        shipments=tuple(
            planned_shipment(PlannedShipment.model_validate(shipment)) for shipment in decision["shipments"]
        ),
        unfilled=tuple(
            Unfilled(line, sku, quantity, reason) for (line, sku, reason), quantity in unfilled.items()
        ),
        cost_lines=tuple(
            CostLine(
                CostKind(line["kind"]),
                Micros(line["micros"]),
                NodeId(line["node"]) if line["node"] is not None else None,
                line.get("rule", ""),
            )
            for line in decision["cost_lines"]
        ),
    )
