"""Asks for jobs, shows them, cancels them. It runs none: see `api.jobs.runner`."""

import json
from decimal import Decimal

from pydantic import BaseModel

from api.edge.answers import Answer, answer
from api.edge.idempotency import Call, record, write_once
from api.edge.pages import Asked, Page, number_in, page_of
from api.errors import JobEnded, NotFound
from api.jobs.kinds import Input, JobKind, KindName
from api.jobs.schemas import JobOut, JobResult, State
from storage.database import Database
from storage.jobs import OPEN, JobState, StoredJob
from storage.stores import Stores


def ask_for(database: Database, call: Call, kind: JobKind[Input], sent: Input) -> Answer:
    """Ask for a job (202). Once it is committed it will be run, whatever happens to this process."""

    def write(stores: Stores) -> Answer:
        job = create(stores, kind, sent)
        headers = {"Location": address(job.id)}
        return record(stores, call, answer(_out(job), status=202, headers=headers), subject=job.id)

    return write_once(database, call, write, alone=False)


def create(stores: Stores, kind: JobKind[Input], sent: Input) -> StoredJob:
    """A job in the transaction of what it belongs to; it will be run once that is committed."""
    return stores.jobs.create(kind.name, _document(sent), total=kind.total(sent))


def address(job: str) -> str:
    """Where a job is."""
    return f"/v1/jobs/{job}"


def stop(stores: Stores, job: str) -> StoredJob:
    """Cancel a job in the caller's transaction.

    Raises
    ------
    JobEnded
        It is done, or has failed.
    """
    found = _stored(stores, job)
    if found.state not in (*OPEN, JobState.CANCELED):
        raise JobEnded(job, found.state.value)
    stores.jobs.cancel(job)
    return _stored(stores, job)


def get_job(database: Database, job: str) -> JobOut:
    with database.reading() as stores:
        return _out(_stored(stores, job))


def list_jobs(
    database: Database, asked: Asked, *, state: State | None, kind: KindName | None
) -> Page[JobOut]:
    """Jobs, the newest first."""
    with database.reading() as stores:
        return page_of(
            asked,
            lambda key: stores.jobs.list(
                before=key[0] if key else None, limit=asked.limit + 1, state=state, kind=kind
            ),
            key=lambda job: (job.id,),
            parts=1,
            show=_out,
        )


def list_results(database: Database, asked: Asked, job: str) -> Page[JobResult]:
    """What came of the items done so far, in their order."""
    with database.reading() as stores:
        _stored(stores, job)
        return page_of(
            asked,
            lambda key: stores.jobs.items(
                job, after=number_in(key, digits=9) if key else -1, limit=asked.limit + 1
            ),
            key=lambda item: (str(item.position),),
            parts=1,
            show=lambda item: JobResult(index=item.position, status=item.status, body=json.loads(item.body)),
        )


def cancel(database: Database, call: Call, job: str) -> Answer:
    """A job that waits ends; one that runs stops before its next item. What was done stays done.

    Raises
    ------
    JobEnded
        It is done, or has failed.
    """

    def write(stores: Stores) -> Answer:
        return record(stores, call, answer(_out(stop(stores, job))))

    return write_once(database, call, write, alone=False)


def _stored(stores: Stores, job: str) -> StoredJob:
    found = stores.jobs.get(job)
    if found is None:
        raise NotFound(f"job {job} was never seen", fix="See GET /v1/jobs for those there are")
    return found


def _out(job: StoredJob) -> JobOut:
    return JobOut.model_validate(
        {
            **{name: getattr(job, name) for name in JobOut.model_fields if name != "results"},
            "state": job.state.value,
            "results": f"{address(job.id)}/results",
        }
    )


def _document(sent: BaseModel) -> str:
    return json.dumps(sent.model_dump(), default=_plain, separators=(",", ":"))


def _plain(value: object) -> float:
    """Fractions were read exactly, for money; as JSON they are numbers again."""
    assert isinstance(value, Decimal)
    return float(value)
