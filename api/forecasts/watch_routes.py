"""Addresses of what is held against forecasts: explanations, the watch, value added, overrides."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.edge.body import StrictRoute
from api.edge.idempotency import KeyedCall
from api.edge.kinds import Id
from api.edge.pages import Page, PageAsked
from api.edge.resources import OpenDatabase
from api.edge.scopes import Scope, allowed
from api.forecasts import explaining, overriding, watched
from api.forecasts.explanation_schemas import ForecastExplanation
from api.forecasts.override_schemas import OverrideIn, OverrideOut, WithdrawIn
from api.forecasts.schemas import LARGEST_RUN, RunNumber
from api.forecasts.watch_schemas import ValueAddedOut, WatchReportOut

router = APIRouter(prefix="/v1/forecasts", tags=["forecasts"], route_class=StrictRoute)
Number = Annotated[RunNumber, Path()]
OverrideNumber = Annotated[int, Path(ge=1, le=LARGEST_RUN, examples=[41])]


@router.get("/runs/{run}/explanation", dependencies=[allowed(Scope.READ)])
def explain_forecast(
    database: OpenDatabase,
    run: Number,
    sku: Annotated[Id, Query(examples=["K-17"])],
    place: Annotated[Id, Query(description="A node or a zone", examples=["LON1"])],
) -> ForecastExplanation:
    """Why a run says of a sku at a place what it says, in figures that add up to it and in two sentences."""
    return explaining.explain_series(database, run, sku=sku, place=place)


@router.get("/runs/{run}/watch", dependencies=[allowed(Scope.READ)])
def get_forecast_watch(database: OpenDatabase, run: Number) -> WatchReportOut:
    """What came of the runs before this one, how far it is from the last of them, and what to look at."""
    return watched.get_watch(database, run)


@router.get("/runs/{run}/value-added", dependencies=[allowed(Scope.READ)])
def get_forecast_value_added(database: OpenDatabase, run: Number) -> ValueAddedOut:
    """What the runs before this one have added to a naive forecast, and planners' overrides to them."""
    return watched.get_value_added(database, run)


@router.post(
    "/overrides",
    response_model=OverrideOut,
    status_code=201,
    responses={201: {"model": OverrideOut}},
    dependencies=[allowed(Scope.PLAN)],
)
def add_override(database: OpenDatabase, call: KeyedCall, body: OverrideIn) -> Response:
    """Say otherwise than the forecast, for some steps of a sku at a place. The forecast itself stays."""
    return overriding.add(database, call, body).response()


@router.get("/overrides", dependencies=[allowed(Scope.READ)])
def list_overrides(
    database: OpenDatabase,
    page: PageAsked,
    sku: Annotated[Id | None, Query(examples=["K-17"])] = None,
    place: Annotated[Id | None, Query(description="A node or a zone", examples=["LON1"])] = None,
    holding: Annotated[bool, Query(description="Only those that have not ended")] = False,
) -> Page[OverrideOut]:
    """Overrides, the newest first."""
    return overriding.list_overrides(database, page, sku=sku, place=place, holding=holding)


@router.get("/overrides/{override}", dependencies=[allowed(Scope.READ)])
def get_override(database: OpenDatabase, override: OverrideNumber) -> OverrideOut:
    """One override, and whether it holds."""
    return overriding.get_override(database, override)


@router.post("/overrides/{override}/withdraw", response_model=OverrideOut, dependencies=[allowed(Scope.PLAN)])
def withdraw_override(
    database: OpenDatabase, call: KeyedCall, override: OverrideNumber, body: WithdrawIn
) -> Response:
    """Take an override back, with a reason. What it did until now is still measured."""
    return overriding.withdraw(database, call, override, body).response()
