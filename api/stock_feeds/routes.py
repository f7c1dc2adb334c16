"""Addresses of stock feeds. The sequence of a message is its key, so an Idempotency-Key may be left out."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.edge.acts import AuditedAct
from api.edge.body import StrictRoute
from api.edge.idempotency import MaybeKeyedCall
from api.edge.kinds import Id
from api.edge.pages import Page, PageAsked
from api.edge.resources import OpenDatabase
from api.edge.scopes import Scope, allowed
from api.stock_feeds import service
from api.stock_feeds.schemas import Acknowledged, DeltasIn, FeedIn, FeedOut, SnapshotIn

router = APIRouter(prefix="/v1/stock-feeds", tags=["supply"], route_class=StrictRoute)
FeedName = Annotated[Id, Path(examples=["pos-lon1"])]


@router.put("/{feed}", dependencies=[allowed(Scope.ADMIN)])
def declare_stock_feed(database: OpenDatabase, act: AuditedAct, feed: FeedName, body: FeedIn) -> FeedOut:
    """Declare a feed: a till system or a marketplace, and whose stock it tells. Said again, its nodes
    become these."""
    return service.declare(database, act, feed, body)


@router.get("", dependencies=[allowed(Scope.READ)])
def list_stock_feeds(database: OpenDatabase, page: PageAsked) -> Page[FeedOut]:
    """Stock feeds by id."""
    return service.list_feeds(database, page)


@router.get("/{feed}", dependencies=[allowed(Scope.READ)])
def get_stock_feed(database: OpenDatabase, feed: FeedName) -> FeedOut:
    """How far a feed has come: its highest sequence, and what is missing below it."""
    return service.get_feed(database, feed)


@router.post("/{feed}/snapshots", response_model=Acknowledged, dependencies=[allowed(Scope.ALLOCATE)])
def receive_snapshot(
    database: OpenDatabase, call: MaybeKeyedCall, feed: FeedName, body: SnapshotIn
) -> Response:
    """Say what was counted: of the skus named, or with `full` of all. Late, repeated or out of order is
    fine. At most 50,000 rows."""
    return service.receive(database, call, feed, body).response()


@router.post("/{feed}/deltas", response_model=Acknowledged, dependencies=[allowed(Scope.ALLOCATE)])
def receive_deltas(database: OpenDatabase, call: MaybeKeyedCall, feed: FeedName, body: DeltasIn) -> Response:
    """Say what came and went, in units by row. Late, repeated or out of order is fine. At most 10,000
    rows."""
    return service.receive(database, call, feed, body).response()
