"""Addresses of reassigning: of one order, and of several in one step."""

from fastapi import APIRouter, Response

from api.edge.body import StrictRoute
from api.edge.idempotency import KeyedCall
from api.edge.resources import CurrentSettings, OpenDatabase
from api.edge.scopes import Scope, allowed
from api.orders import reassigning
from api.orders.answers import Reassigned
from api.orders.routes import OrderName
from api.orders.schemas import ReassignIn, ReassignmentsIn

router = APIRouter(prefix="/v1", tags=["orders"], route_class=StrictRoute)


@router.post("/orders/{order}/reassign", response_model=Reassigned, dependencies=[allowed(Scope.ALLOCATE)])
def reassign_order(
    database: OpenDatabase,
    settings: CurrentSettings,
    call: KeyedCall,
    order: OrderName,
    body: ReassignIn | None = None,
) -> Response:
    """Source what can still move of an order again: as wanted, or as is decided anew. What no other node
    can serve stays where it is."""
    return reassigning.reassign_order(database, settings, call, order, body).response()


@router.post("/reassignments", response_model=Reassigned, dependencies=[allowed(Scope.ALLOCATE)])
def reassign_orders(
    database: OpenDatabase, settings: CurrentSettings, call: KeyedCall, body: ReassignmentsIn
) -> Response:
    """Source up to 50 orders again in one step: all of it, or nothing. Only the net change must be
    available, so two orders can swap their last units."""
    return reassigning.reassign_orders(database, settings, call, body).response()
