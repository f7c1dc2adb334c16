"""Addresses of the network. The four kinds are alike; each stands here so that each is documented."""

from fastapi import APIRouter, Response

from api.edge.acts import AuditedAct
from api.edge.body import StrictRoute
from api.edge.idempotency import MaybeKeyedCall
from api.edge.imports import ImportAnswer, UploadedFile, body_examples, import_file
from api.edge.pages import Page, PageAsked
from api.edge.resources import OpenDatabase
from api.edge.scopes import Scope, allowed
from api.network import examples, service
from api.network.schemas import NodeRow, NodeSwitch, RateRow, SkuItem, SkuRow, ZoneRow

router = APIRouter(prefix="/v1", tags=["network"], route_class=StrictRoute)


@router.post(
    "/nodes/import",
    response_model=ImportAnswer,
    openapi_extra=body_examples(NodeRow, **examples.NODES),
    dependencies=[allowed(Scope.PLAN)],
)
def import_nodes(database: OpenDatabase, call: MaybeKeyedCall, upload: UploadedFile) -> Response:
    """Insert or replace nodes by id, from CSV or JSON; at most 10,000 rows."""
    return import_file(database, call, upload, service.NODES).response()


@router.post(
    "/zones/import",
    response_model=ImportAnswer,
    openapi_extra=body_examples(ZoneRow, **examples.ZONES),
    dependencies=[allowed(Scope.PLAN)],
)
def import_zones(database: OpenDatabase, call: MaybeKeyedCall, upload: UploadedFile) -> Response:
    """Insert or replace destination zones by id, from CSV or JSON; at most 10,000 rows."""
    return import_file(database, call, upload, service.ZONES).response()


@router.post(
    "/skus/import",
    response_model=ImportAnswer,
    openapi_extra=body_examples(SkuRow, **examples.SKUS),
    dependencies=[allowed(Scope.PLAN)],
)
def import_skus(database: OpenDatabase, call: MaybeKeyedCall, upload: UploadedFile) -> Response:
    """Insert or replace skus by id, kits among them, from CSV or JSON; at most 200,000 rows."""
    return import_file(database, call, upload, service.SKUS).response()


@router.post(
    "/rates/import",
    response_model=ImportAnswer,
    openapi_extra=body_examples(RateRow, **examples.RATES),
    dependencies=[allowed(Scope.PLAN)],
)
def import_rates(database: OpenDatabase, call: MaybeKeyedCall, upload: UploadedFile) -> Response:
    """Insert or replace rates by service, origin and zone, from CSV or JSON; at most 200,000 rows."""
    return import_file(database, call, upload, service.RATES).response()


@router.get("/nodes", dependencies=[allowed(Scope.READ)])
def list_nodes(database: OpenDatabase, page: PageAsked) -> Page[NodeRow]:
    """Nodes by id."""
    return service.list_things(database, service.NODE_LIST, page)


@router.get("/zones", dependencies=[allowed(Scope.READ)])
def list_zones(database: OpenDatabase, page: PageAsked) -> Page[ZoneRow]:
    """Destination zones by id."""
    return service.list_things(database, service.ZONE_LIST, page)


@router.get("/skus", dependencies=[allowed(Scope.READ)])
def list_skus(database: OpenDatabase, page: PageAsked) -> Page[SkuItem]:
    """Skus by id; kits with their components."""
    return service.list_things(database, service.SKU_LIST, page)


@router.get("/rates", dependencies=[allowed(Scope.READ)])
def list_rates(database: OpenDatabase, page: PageAsked) -> Page[RateRow]:
    """Rates by origin, zone and service."""
    return service.list_things(database, service.RATE_LIST, page)


@router.patch("/nodes/{node}", dependencies=[allowed(Scope.PLAN)])
def switch_node(database: OpenDatabase, act: AuditedAct, node: str, switch: NodeSwitch) -> NodeRow:
    """Turn a node on or off. A node that is off keeps its stock and sources nothing."""
    return service.switch_node(database, act, node, switch)
