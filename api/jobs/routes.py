"""Addresses of jobs. Those that ask for a job of one kind stand with what the kind is about."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.edge.body import StrictRoute
from api.edge.idempotency import KeyedCall
from api.edge.pages import Page, PageAsked
from api.edge.resources import OpenDatabase
from api.edge.scopes import Scope, allowed
from api.jobs import service
from api.jobs.kinds import KindName
from api.jobs.reconciling import RECONCILE_LEDGER, ReconcileIn
from api.jobs.schemas import JobOut, JobResult, State

router = APIRouter(tags=["jobs"], route_class=StrictRoute)
JobName = Annotated[str, Path(max_length=64, examples=["019aa5d8b1c04f1e2d3c4b5a"])]


@router.get("/v1/jobs", dependencies=[allowed(Scope.READ)])
def list_jobs(
    database: OpenDatabase,
    page: PageAsked,
    state: Annotated[State | None, Query(description="Only those in this state")] = None,
    kind: Annotated[KindName | None, Query(description="Only those of this kind")] = None,
) -> Page[JobOut]:
    """Jobs, the newest first."""
    return service.list_jobs(database, page, state=state, kind=kind)


@router.get("/v1/jobs/{job}", dependencies=[allowed(Scope.READ)])
def get_job(database: OpenDatabase, job: JobName) -> JobOut:
    """A job with its progress."""
    return service.get_job(database, job)


@router.get("/v1/jobs/{job}/results", dependencies=[allowed(Scope.READ)])
def list_results(database: OpenDatabase, job: JobName, page: PageAsked) -> Page[JobResult]:
    """What came of each item of a job, done so far, in their order."""
    return service.list_results(database, page, job)


@router.post("/v1/jobs/{job}/cancel", response_model=JobOut, dependencies=[allowed(Scope.ALLOCATE)])
def cancel_job(database: OpenDatabase, call: KeyedCall, job: JobName) -> Response:
    """Stop a job before its next item. What was done stays done, and is listed in its results."""
    return service.cancel(database, call, job).response()


@router.post(
    "/v1/ledger/reconcile-jobs",
    response_model=JobOut,
    status_code=202,
    responses={202: {"model": JobOut}},
    dependencies=[allowed(Scope.ADMIN)],
)
def reconcile_ledger(database: OpenDatabase, call: KeyedCall) -> Response:
    """Ask for a proof that every figure of the ledger follows from its entries and claims. Answers with
    the job that looks (202); nothing is repaired."""
    return service.ask_for(database, call, RECONCILE_LEDGER, ReconcileIn()).response()
