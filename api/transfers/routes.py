"""Addresses of transfers."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.edge.body import StrictRoute
from api.edge.idempotency import KeyedCall
from api.edge.pages import Page, PageAsked
from api.edge.resources import OpenDatabase
from api.edge.scopes import Scope, allowed
from api.transfers import service
from api.transfers.schemas import ReceiptIn, TransferIn, TransferOut

router = APIRouter(prefix="/v1/transfers", tags=["supply"], route_class=StrictRoute)
TransferName = Annotated[str, Path(max_length=64, examples=["TR-7"])]


@router.post("", status_code=201, response_model=TransferOut, dependencies=[allowed(Scope.ALLOCATE)])
def send_transfer(database: OpenDatabase, call: KeyedCall, body: TransferIn) -> Response:
    """Send free units from one node to another: they are inbound there until they arrive."""
    return service.send(database, call, body).response()


@router.get("", dependencies=[allowed(Scope.READ)])
def list_transfers(database: OpenDatabase, page: PageAsked) -> Page[TransferOut]:
    """Transfers by id, with what has arrived of each."""
    return service.list_transfers(database, page)


@router.get("/{transfer}", dependencies=[allowed(Scope.READ)])
def get_transfer(database: OpenDatabase, transfer: TransferName) -> TransferOut:
    """A transfer as it stands."""
    return service.get_transfer(database, transfer)


@router.post("/{transfer}/receive", response_model=TransferOut, dependencies=[allowed(Scope.ALLOCATE)])
def receive_transfer(
    database: OpenDatabase, call: KeyedCall, transfer: TransferName, body: ReceiptIn | None = None
) -> Response:
    """Say that units have arrived: all, or so many. Backorders on them become allocations."""
    return service.receive(database, call, transfer, body).response()
