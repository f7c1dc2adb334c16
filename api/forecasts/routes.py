"""Addresses of forecast runs."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import StreamingResponse

from api.edge.body import StrictRoute
from api.edge.idempotency import KeyedCall
from api.edge.kinds import Id
from api.edge.pages import Page, PageAsked
from api.edge.resources import CurrentSettings, OpenDatabase
from api.edge.scopes import Scope, allowed
from api.forecasts import asking, service
from api.forecasts.schemas import (
    ForecastOut,
    ForecastRunDetail,
    ForecastRunIn,
    ForecastRunOut,
    Format,
    RunNumber,
    TrainingOut,
)
from forecasting.history import Grain

router = APIRouter(prefix="/v1/forecasts", tags=["forecasts"], route_class=StrictRoute)
Number = Annotated[RunNumber, Path()]
Planned = Annotated[bool, Query(description="With the overrides that hold now")]


@router.post(
    "/runs",
    response_model=ForecastRunOut,
    status_code=202,
    responses={202: {"model": ForecastRunOut}},
    dependencies=[allowed(Scope.PLAN)],
)
def ask_for_forecast(
    database: OpenDatabase, settings: CurrentSettings, call: KeyedCall, body: ForecastRunIn
) -> Response:
    """Ask for a forecast of the demand as it is now. Answers with the run (202), which a job makes."""
    return asking.ask_for(database, settings, call, body).response()


@router.get("/runs", dependencies=[allowed(Scope.READ)])
def list_forecast_runs(database: OpenDatabase, page: PageAsked) -> Page[ForecastRunOut]:
    """Forecast runs, the newest first."""
    return service.list_runs(database, page)


@router.get("/runs/latest", dependencies=[allowed(Scope.READ)])
def get_latest_forecast_run(database: OpenDatabase, grain: Grain = Grain.WEEK) -> ForecastRunDetail:
    """The newest forecast run that is done."""
    return service.get_latest(database, grain)


@router.get("/runs/{run}", dependencies=[allowed(Scope.READ)])
def get_forecast_run(database: OpenDatabase, run: Number) -> ForecastRunDetail:
    """One forecast run, with its progress."""
    return service.get_run(database, run)


@router.get("/runs/{run}/series", dependencies=[allowed(Scope.READ)])
def list_forecasts(
    database: OpenDatabase,
    run: Number,
    page: PageAsked,
    sku: Annotated[Id | None, Query(examples=["K-17"])] = None,
    place: Annotated[Id | None, Query(description="A node or a zone", examples=["LON1"])] = None,
    planned: Planned = False,
) -> Page[ForecastOut]:
    """What a run that is done says of each sku at each place: mean and quantiles, step by step."""
    return service.list_forecasts(database, run, page, sku=sku, place=place, planned=planned)


@router.get(
    "/runs/{run}/export",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/vnd.apache.parquet": {}, "text/csv": {}}}},
    dependencies=[allowed(Scope.READ)],
)
def export_forecasts(
    database: OpenDatabase,
    run: Number,
    form: Annotated[Format, Query(alias="format", description="Of the file")] = "parquet",
    planned: Planned = False,
) -> Response:
    """All that a run says as a file: a row for each series and step, a column for each level."""
    return service.export(database, run, form, planned=planned)


@router.post("/runs/{run}/cancel", response_model=ForecastRunOut, dependencies=[allowed(Scope.PLAN)])
def cancel_forecast_run(database: OpenDatabase, call: KeyedCall, run: Number) -> Response:
    """Stop a run before its next chunk. What it has forecast is not shown."""
    return service.cancel(database, call, run).response()


@router.get("/trainings", dependencies=[allowed(Scope.READ)])
def list_trainings(database: OpenDatabase, page: PageAsked) -> Page[TrainingOut]:
    """What forecast runs have learned, the newest first."""
    return service.list_trainings(database, page)
