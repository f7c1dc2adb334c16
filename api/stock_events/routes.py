"""The address of stock events."""

from fastapi import APIRouter, Response

from api.edge.body import StrictRoute
from api.edge.idempotency import KeyedCall
from api.edge.resources import OpenDatabase
from api.edge.scopes import Scope, allowed
from api.stock_events import service
from api.stock_events.schemas import StockEvents, StockEventsAnswer

router = APIRouter(prefix="/v1/stock-events", tags=["supply"], route_class=StrictRoute)


@router.post("", response_model=StockEventsAnswer, dependencies=[allowed(Scope.ALLOCATE)])
def record_stock_events(database: OpenDatabase, call: KeyedCall, body: StockEvents) -> Response:
    """Record up to 10,000 facts in their order: all, or none. A fact is accepted even where it leaves
    less than is reserved; the orders left short are named."""
    return service.record_events(database, call, body.events).response()
