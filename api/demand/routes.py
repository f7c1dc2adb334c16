"""Addresses of demand: what sold, and what is known beside it."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from api.demand import service
from api.demand.schemas import (
    AttributeRow,
    AttributesOut,
    DemandRow,
    DemandSeriesDetail,
    DemandSeriesOut,
    DriverOut,
    DriverRow,
    SalesAnswer,
    SalesKind,
    StockOutsAnswer,
)
from api.demand.selling import PARQUET_TYPE, Days, UploadedSales, take_sales
from api.demand.stock_outs import flag_from_ledger
from api.edge.body import StrictRoute
from api.edge.idempotency import MaybeKeyedCall
from api.edge.imports import ImportAnswer, UploadedFile, body_examples
from api.edge.kinds import Day, Id, TimeZone
from api.edge.pages import Page, PageAsked
from api.edge.resources import OpenDatabase
from api.edge.scopes import Scope, allowed
from forecasting.history import Grain

router = APIRouter(prefix="/v1/demand", tags=["demand"], route_class=StrictRoute)
ByGrain = Annotated[Grain, Query(description="Length of a step")]

_HISTORY: dict[str, Any] = {
    "csv": "sku,place,first,units,stocked_out\nK-17,LON1,2026-11-02,3;0;2,false;true;false\n",
    "rows": [
        {
            "sku": "K-17",
            "place": "LON1",
            "first": "2026-11-02",
            "units": [3, 0, 2],
            "stocked_out": [False, True, False],
        }
    ],
}
_DRIVERS: dict[str, Any] = {
    "csv": "driver,first,values,sku,place\npromotion,2026-11-02,0;0;1;1,K-17,LON1\n"
    "holiday,2026-11-02,0;0;0;1,,\n",
    "rows": [
        {
            "driver": "promotion",
            "first": "2026-11-02",
            "values": [0, 0, 1, 1],
            "sku": "K-17",
            "place": "LON1",
        }
    ],
}
_ATTRIBUTES: dict[str, Any] = {
    "csv": "subject,id,name,value\nsku,K-17,category,kitchen\nsku,K-17,price,24.99\n",
    "rows": [{"subject": "sku", "id": "K-17", "name": "category", "value": "kitchen"}],
}


@router.post(
    "/history",
    response_model=ImportAnswer,
    openapi_extra=body_examples(DemandRow, **_HISTORY),
    dependencies=[allowed(Scope.PLAN)],
)
def import_demand(
    database: OpenDatabase,
    call: MaybeKeyedCall,
    upload: UploadedFile,
    grain: ByGrain = Grain.WEEK,
    replace: Annotated[
        bool, Query(description="Forget the steps that are kept of the series sent, and are not sent again")
    ] = False,
) -> Response:
    """Units sold by sku, place and step, from CSV or JSON, at most 20,000 rows of one or more steps. They are
    laid over the steps that are kept; none may be missing between them."""
    return service.take_history(database, call, upload, grain, replace=replace).response()


@router.post(
    "/sales",
    response_model=SalesAnswer,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": "order,sku,zone,placed_at,quantity\n10482,K-17,UK-SE,2026-11-16T10:00:00,3\n",
                },
                PARQUET_TYPE: {
                    "schema": {"type": "string", "format": "binary"},
                },
            },
        }
    },
    dependencies=[allowed(Scope.PLAN)],
)
def import_sales(
    database: OpenDatabase,
    call: MaybeKeyedCall,
    upload: UploadedSales,
    kind: Annotated[SalesKind, Query(description="Which columns the file has", examples=["order_lines"])],
    end: Annotated[Day, Query(description="The day after the last step: sales from it on are left out")],
    grain: ByGrain = Grain.WEEK,
    since: Annotated[
        Day | None,
        Query(
            description="The file has all sales of its kind from this day on: what is kept of zones (order "
            "lines), nodes (walk-in sales) or both (dated sales) and has no line sold nothing"
        ),
    ] = None,
    time_zone: Annotated[
        TimeZone | None, Query(description="Of destination zones; nodes have their own")
    ] = None,
) -> Response:
    """Order lines, walk-in sales or dated sales, from CSV or Parquet, all of it or nothing: added up to steps
    with zeros where nothing sold, returns set off, and kept as demand."""
    return take_sales(database, call, upload, kind, Days(grain, end, since), time_zone=time_zone).response()


@router.post("/stock-outs", response_model=StockOutsAnswer, dependencies=[allowed(Scope.PLAN)])
def flag_stock_outs(database: OpenDatabase, call: MaybeKeyedCall, grain: ByGrain = Grain.WEEK) -> Response:
    """Flag the steps of kept demand in which, as the ledger has it, the shelf of a node was empty for a
    seventh of the time or more. Flags that are kept stay."""
    return flag_from_ledger(database, call, grain).response()


@router.get("/history", dependencies=[allowed(Scope.READ)])
def list_demand(
    database: OpenDatabase,
    page: PageAsked,
    grain: ByGrain = Grain.WEEK,
    sku: Annotated[Id | None, Query(examples=["K-17"])] = None,
    place: Annotated[Id | None, Query(description="A node or a zone", examples=["LON1"])] = None,
) -> Page[DemandSeriesOut]:
    """Series of demand that are kept, with the days they reach from and to."""
    return service.list_series(database, page, grain, sku=sku, place=place)


@router.get("/history/{sku}/{place}", dependencies=[allowed(Scope.READ)])
def get_demand(
    database: OpenDatabase,
    sku: Annotated[Id, Path(examples=["K-17"])],
    place: Annotated[Id, Path(examples=["LON1"])],
    grain: ByGrain = Grain.WEEK,
) -> DemandSeriesDetail:
    """One series of demand, step by step."""
    return service.get_series(database, grain, sku, place)


@router.post(
    "/drivers",
    response_model=ImportAnswer,
    openapi_extra=body_examples(DriverRow, **_DRIVERS),
    dependencies=[allowed(Scope.PLAN)],
)
def import_drivers(
    database: OpenDatabase, call: MaybeKeyedCall, upload: UploadedFile, grain: ByGrain = Grain.WEEK
) -> Response:
    """What drives demand and is known ahead, such as promotions, prices and holidays: a row for each driver
    and series, or for all series; at most 20,000. Each row replaces what is kept of it."""
    return service.take_drivers(database, call, upload, grain).response()


@router.get("/drivers", dependencies=[allowed(Scope.READ)])
def list_drivers(database: OpenDatabase, page: PageAsked, grain: ByGrain = Grain.WEEK) -> Page[DriverOut]:
    """Drivers that are kept, by name and series."""
    return service.list_drivers(database, page, grain)


@router.post(
    "/attributes",
    response_model=ImportAnswer,
    openapi_extra=body_examples(AttributeRow, **_ATTRIBUTES),
    dependencies=[allowed(Scope.PLAN)],
)
def import_attributes(database: OpenDatabase, call: MaybeKeyedCall, upload: UploadedFile) -> Response:
    """What is known of skus and places whatever the step, such as a category or a price; at most 100,000
    rows. Whoever is named loses what was known of it before."""
    return service.take_attributes(database, call, upload).response()


@router.get("/attributes", dependencies=[allowed(Scope.READ)])
def list_attributes(database: OpenDatabase, page: PageAsked) -> Page[AttributesOut]:
    """What is known of places and skus."""
    return service.list_attributes(database, page)
