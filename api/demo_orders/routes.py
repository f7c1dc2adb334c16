"""The address of the demo's orders."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.demo_orders import service
from api.demo_orders.schemas import DemoOrder
from api.edge.body import StrictRoute
from api.edge.resources import CurrentSettings
from api.edge.scopes import Scope, allowed

router = APIRouter(prefix="/v1/demo/orders", tags=["demo"], route_class=StrictRoute)


@router.get("/{number}", dependencies=[allowed(Scope.READ)])
def get_demo_order(
    settings: CurrentSettings,
    number: Annotated[int, Path(ge=1, le=1_000_000, description="1 is the first order of the two weeks")],
) -> DemoOrder:
    """A real order of the demo as `POST /v1/orders` takes it: a quote of an id of its own. Demo mode only."""
    return service.get_demo_order(settings, number)
