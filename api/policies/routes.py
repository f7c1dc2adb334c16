"""Addresses of policies."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.edge.body import StrictRoute
from api.edge.idempotency import KeyedCall
from api.edge.kinds import Id, Instant
from api.edge.pages import Page, PageAsked
from api.edge.resources import OpenDatabase
from api.edge.scopes import Scope, allowed
from api.policies import service
from api.policies.schemas import ActivationIn, Comparison, PolicyIn, PolicyInForce, PolicyOut, StepBackIn

router = APIRouter(prefix="/v1/policies", tags=["policies"], route_class=StrictRoute)
Version = Annotated[Id, Path(examples=["holidays-1"])]


@router.post(
    "",
    status_code=201,
    response_model=PolicyOut,
    responses={200: {"model": PolicyOut, "description": "The version was there, with this content"}},
    dependencies=[allowed(Scope.PLAN)],
)
def create_policy(database: OpenDatabase, call: KeyedCall, body: PolicyIn) -> Response:
    """Keep a version of the policy. It is a draft until it is activated, and it never changes: another
    content takes another version."""
    return service.create(database, call, body).response()


@router.get("", dependencies=[allowed(Scope.READ)])
def list_policies(database: OpenDatabase, page: PageAsked) -> Page[PolicyOut]:
    """Versions of the policy, the newest first, each with its state and activations."""
    return service.list_policies(database, page)


@router.get("/active", dependencies=[allowed(Scope.READ)])
def get_active_policy(
    database: OpenDatabase,
    at: Annotated[Instant | None, Query(description="At which instant; now, if left out")] = None,
) -> PolicyInForce:
    """The policy in force, since when and by whom, what a step back brings back, and what is scheduled."""
    return service.get_active(database, at)


@router.post("/step-back", response_model=PolicyOut, dependencies=[allowed(Scope.PLAN)])
def step_back_policy(database: OpenDatabase, call: KeyedCall, body: StepBackIn) -> Response:
    """Put the version in force that was so before the present one. Twice goes two versions back."""
    return service.step_back(database, call, body).response()


@router.get("/{version}", dependencies=[allowed(Scope.READ)])
def get_policy(database: OpenDatabase, version: Version) -> PolicyOut:
    """One version of the policy, with its state and activations."""
    return service.get_policy(database, version)


@router.get("/{version}/compare/{other}", dependencies=[allowed(Scope.READ)])
def compare_policies(
    database: OpenDatabase, version: Version, other: Annotated[Id, Path(examples=["default"])]
) -> Comparison:
    """What changes from one version of the policy to another, field by field."""
    return service.compare(database, version, other)


@router.post("/{version}/activate", response_model=PolicyOut, dependencies=[allowed(Scope.PLAN)])
def activate_policy(
    database: OpenDatabase, call: KeyedCall, version: Version, body: ActivationIn
) -> Response:
    """Put a version in force, now or from an instant on. Of several for one instant the last counts."""
    return service.activate(database, call, version, body).response()
