"""Addresses of supply rows."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.edge.body import StrictRoute
from api.edge.idempotency import MaybeKeyedCall
from api.edge.imports import ImportAnswer, UploadedFile, body_examples, import_file
from api.edge.pages import Page, PageAsked
from api.edge.resources import OpenDatabase
from api.edge.scopes import Scope, allowed
from api.supply import service
from api.supply.schemas import SupplyItem, SupplyRowIn

router = APIRouter(prefix="/v1/supply", tags=["supply"], route_class=StrictRoute)

_EXAMPLE: dict[str, Any] = {
    "csv": "sku,node,quantity,safety_stock,pool,source,earliest\nK-17,LON1,12,1,,,\n"
    "K-17,DC1,48,0,common,PO-881,2026-11-27\n",
    "rows": [{"sku": "K-17", "node": "LON1", "quantity": 12, "safety_stock": 1}],
}


@router.post(
    "/import",
    response_model=ImportAnswer,
    openapi_extra=body_examples(SupplyRowIn, **_EXAMPLE),
    dependencies=[allowed(Scope.ALLOCATE)],
)
def import_supply(database: OpenDatabase, call: MaybeKeyedCall, upload: UploadedFile) -> Response:
    """Declare quantity and safety stock of rows, from CSV or JSON; at most 200,000 rows."""
    return import_file(database, call, upload, service.SUPPLY).response()


@router.get("", dependencies=[allowed(Scope.READ)])
def list_supply(
    database: OpenDatabase,
    page: PageAsked,
    sku: Annotated[str | None, Query(max_length=64)] = None,
    node: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[SupplyItem]:
    """Supply rows by sku and node, with what is reserved from each."""
    return service.list_supply(database, page, sku=sku, node=node)
