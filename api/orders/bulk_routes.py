"""Addresses that take many orders at once."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.edge.body import StrictRoute
from api.edge.idempotency import KeyedCall
from api.edge.resources import CurrentSettings, OpenDatabase
from api.edge.scopes import Scope, allowed
from api.jobs.schemas import JobOut
from api.jobs.service import ask_for
from api.orders import bulk
from api.orders.bulk_schemas import BulkMovesIn, BulkOrdersIn, BulkResults, JobOrdersIn
from api.orders.jobs import SOURCE_ORDERS

router = APIRouter(prefix="/v1/orders", tags=["orders"], route_class=StrictRoute)


def _request_id(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))


RequestId = Annotated[str, Depends(_request_id)]


@router.post("/bulk", response_model=BulkResults, dependencies=[allowed(Scope.ALLOCATE)])
def source_orders(
    database: OpenDatabase,
    settings: CurrentSettings,
    call: KeyedCall,
    request_id: RequestId,
    body: BulkOrdersIn,
) -> Response:
    """Source up to 100 orders, each in its own mode. Each is a transaction of its own, with the status and
    the body that `POST /v1/orders` would have answered; one that is refused stops no other."""
    return bulk.source_all(database, settings, call, body, request_id=request_id).response()


@router.post("/bulk-moves", response_model=BulkResults, dependencies=[allowed(Scope.ALLOCATE)])
def move_orders(
    database: OpenDatabase,
    settings: CurrentSettings,
    call: KeyedCall,
    request_id: RequestId,
    body: BulkMovesIn,
) -> Response:
    """Confirm, cancel, send to node or ship up to 500 times, in the order sent. Each move is a transaction
    of its own, with the status and the body that its own address would have answered."""
    return bulk.move_all(database, settings, call, body, request_id=request_id).response()


@router.post(
    "/bulk-jobs",
    response_model=JobOut,
    status_code=202,
    responses={202: {"model": JobOut}},
    dependencies=[allowed(Scope.ALLOCATE)],
)
def source_orders_in_a_job(database: OpenDatabase, call: KeyedCall, body: JobOrdersIn) -> Response:
    """Ask for a job that sources up to 5,000 orders, each as by `POST /v1/orders`. Answers with the job
    (202); its results say what came of each order."""
    return ask_for(database, call, SOURCE_ORDERS, body).response()
