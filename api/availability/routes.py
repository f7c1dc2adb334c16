"""The address of availability."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.availability import service
from api.availability.schemas import AvailabilityAnswer
from api.edge.body import StrictRoute
from api.edge.kinds import Id
from api.edge.resources import OpenDatabase
from api.edge.scopes import Scope, allowed
from fulfillment.orders import MAX_TIER

MAX_SKUS = 200

router = APIRouter(prefix="/v1/availability", tags=["availability"], route_class=StrictRoute)


@router.get("", dependencies=[allowed(Scope.READ)])
def availability(
    database: OpenDatabase,
    sku: Annotated[list[Id], Query(min_length=1, max_length=MAX_SKUS, examples=[["K-17"]])],
    node: Annotated[list[Id] | None, Query(max_length=MAX_SKUS, examples=[["LON1"]])] = None,
    channel: Annotated[
        str | None,
        Query(
            max_length=64, description="Count only what orders of this channel may draw on, by rules as well"
        ),
    ] = None,
    tier: Annotated[
        int | None,
        Query(ge=0, le=MAX_TIER, description="Leave out what is held for higher tiers", examples=[0]),
    ] = None,
) -> AvailabilityAnswer:
    """On hand, reserved, safety stock, available and inbound, per sku and node. At most 200 of each."""
    return service.availability(database, skus=sku, nodes=node or (), channel=channel, tier=tier)
