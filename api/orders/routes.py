"""Addresses of orders."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.edge.body import StrictRoute
from api.edge.idempotency import KeyedCall, MaybeKeyedCall, require_key
from api.edge.pages import Asked, Page, asked
from api.edge.resources import CurrentSettings, OpenDatabase
from api.orders import lifecycle, reading, sourcing
from api.orders.answers import Decision, OrderOut, OrderSummary, StoredDecision
from api.orders.schemas import NodeSelectionIn, OrderIn, RevisionIn, SelectionIn

MAX_ORDERS = 200  # each is read with its claims

router = APIRouter(prefix="/v1/orders", tags=["orders"], route_class=StrictRoute)
OrderName = Annotated[str, Path(max_length=64, examples=["10482"])]


@router.post("", response_model=Decision, responses={201: {"model": Decision}})
def source_order(
    database: OpenDatabase, settings: CurrentSettings, call: MaybeKeyedCall, body: OrderIn
) -> Response:
    """Decide where an order ships from. `quote` writes nothing (200); `reserve` and `commit` hold the
    units (201) and need an Idempotency-Key. An order that can be served in part is, with the unfilled
    lines named, unless `accept_partial` is false."""
    if body.mode == "quote":
        return sourcing.quote(database, settings, body).response()
    return sourcing.reserve(database, settings, require_key(call), body).response()


@router.get("")
def list_orders(
    database: OpenDatabase, page: Annotated[Asked, asked(most=MAX_ORDERS, usual=50)]
) -> Page[OrderSummary]:
    """Orders by id, with their state."""
    return reading.list_orders(database, page)


@router.get("/{order}")
def get_order(database: OpenDatabase, order: OrderName) -> OrderOut:
    """An order with its lines and claims as they stand."""
    return reading.get_order(database, order)


@router.get("/{order}/decision")
def get_decision(database: OpenDatabase, order: OrderName) -> StoredDecision:
    """What was decided, with cost lines, bound, and the figures it was decided on."""
    return reading.get_decision(database, order)


@router.post("/{order}/confirm", response_model=OrderOut)
def confirm_order(
    database: OpenDatabase, call: KeyedCall, order: OrderName, body: RevisionIn | None = None
) -> Response:
    """Make a reservation firm, before it expires."""
    return lifecycle.confirm(database, call, order, body).response()


@router.post("/{order}/cancel", response_model=OrderOut)
def cancel_order(
    database: OpenDatabase, call: KeyedCall, order: OrderName, body: SelectionIn | None = None
) -> Response:
    """Cancel the order, its claims at one node, or some units of some lines."""
    return lifecycle.cancel(database, call, order, body).response()


@router.post("/{order}/send-to-node", response_model=OrderOut)
def send_to_node(
    database: OpenDatabase, call: KeyedCall, order: OrderName, body: NodeSelectionIn | None = None
) -> Response:
    """Tell the nodes, or one of them, to pick. From here on nothing is moved elsewhere."""
    return lifecycle.send_to_node(database, call, order, body).response()


@router.post("/{order}/ship", response_model=OrderOut)
def ship_order(
    database: OpenDatabase, call: KeyedCall, order: OrderName, body: SelectionIn | None = None
) -> Response:
    """Say that units have left: all, those of one node, or some units of some lines."""
    return lifecycle.ship(database, call, order, body).response()
