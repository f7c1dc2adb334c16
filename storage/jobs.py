"""Jobs as kept: what is asked for, how far it is, what came of each item. Runs nothing.

A job is of one run at a time. Whoever works on it names the run with everything that is written, and a job
that was put back is of the next one: what a worker writes that was thought dead changes nothing.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from storage.dialects import upsert
from storage.schema import jobs as tables

_J = tables.job.c


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"


OPEN = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run of a job: what the queue is given, and what a worker names."""

    job: str
    run: int


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A job as it stands; `done` items of `total`."""

    id: str
    kind: str
    state: JobState
    run: int
    worker: str | None
    crashes: int
    cancel_requested: bool
    done: int
    total: int
    message: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    result: Mapping[str, Any] | None
    problem: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class JobItem:
    """What came of one item: its place in the job, and the status and body of its answer."""

    position: int
    status: int
    body: str


class Jobs:
    """`now` is the database's own clock: a jump of the demo's clock neither ages nor ends a job."""

    def __init__(self, connection: Connection, *, now: datetime) -> None:
        self._connection = connection
        self._now = now

    # What is asked for

    def create(self, kind: str, document: str, *, total: int) -> StoredJob:
        """Ask for a job; with the transaction's commit it will be run. Ids go up with time."""
        name = f"{int(self._now.timestamp() * 1_000_000):014x}{secrets.token_hex(5)}"
        self._connection.execute(
            insert(tables.job),
            {
                "id": name,
                "kind": kind,
                "state": JobState.QUEUED.value,
                "run": 1,
                "is_submitted": False,
                "crashes": 0,
                "cancel_requested": False,
                "done": 0,
                "total": total,
                "message": "",
                "created_at": self._now,
            },
        )
        self._connection.execute(insert(tables.job_input), {"job_id": name, "document": document})
        created = self.get(name)
        assert created is not None
        return created

    def cancel(self, job: str) -> None:
        """End a job that waits; tell one that runs to stop before its next item."""
        self._change(
            (_J.id == job) & (_J.state == JobState.QUEUED.value),
            state=JobState.CANCELED.value,
            cancel_requested=True,
            finished_at=self._now,
        )
        self._change((_J.id == job) & (_J.state == JobState.RUNNING.value), cancel_requested=True)

    # What is kept

    def get(self, job: str) -> StoredJob | None:
        row = self._connection.execute(_stored().where(_J.id == job)).one_or_none()
        return None if row is None else _job_of(row)

    def list(
        self, *, before: str | None, limit: int, state: str | None = None, kind: str | None = None
    ) -> Sequence[StoredJob]:
        """At most `limit` jobs, the newest first, beginning behind the one named."""
        query = _stored().order_by(_J.id.desc()).limit(limit)
        if before is not None:
            query = query.where(_J.id < before)
        if state is not None:
            query = query.where(_J.state == state)
        if kind is not None:
            query = query.where(_J.kind == kind)
        return [_job_of(row) for row in self._connection.execute(query)]

    def document(self, job: str) -> str:
        """What was asked for, as it was given to `create`."""
        query = select(tables.job_input.c.document).where(tables.job_input.c.job_id == job)
        return str(self._connection.execute(query).scalar_one())

    def items(self, job: str, *, after: int, limit: int) -> Sequence[JobItem]:
        """At most `limit` items in their order, beginning behind a position (-1 is from the start)."""
        t = tables.job_item.c
        query = (
            select(t.position, t.status, t.body)
            .where(t.job_id == job, t.position > after)
            .order_by(t.position)
            .limit(limit)
        )
        return [JobItem(*row) for row in self._connection.execute(query)]

    def item_count(self, job: str) -> int:
        """How many items have an answer; they are the first ones."""
        query = select(func.count()).where(tables.job_item.c.job_id == job)
        return int(self._connection.execute(query).scalar_one())

    def items_by_status(self, job: str) -> dict[int, int]:
        t = tables.job_item.c
        query = select(t.status, func.count()).where(t.job_id == job).group_by(t.status).order_by(t.status)
        return {int(row.status): int(row[1]) for row in self._connection.execute(query)}

    def depth(self) -> dict[JobState, int]:
        """How many jobs wait, and how many run."""
        query = select(_J.state, func.count()).where(_is_open()).group_by(_J.state)
        found = {JobState(state): number for state, number in self._connection.execute(query)}
        return {state: found.get(state, 0) for state in OPEN}

    def purge(self, before: datetime) -> int:
        """Remove jobs that ended before an instant, with what they were given and gave; how many."""
        ended = select(_J.id).where(_J.finished_at < before)
        for part in (tables.job_item, tables.job_input):
            self._connection.execute(delete(part).where(part.c.job_id.in_(ended)))
        return self._connection.execute(delete(tables.job).where(_J.finished_at < before)).rowcount

    # What a worker does

    def unsubmitted(self, *, limit: int) -> Sequence[JobRun]:
        """Runs that the queue has not been given yet, the oldest first."""
        query = select(_J.id, _J.run).where(_J.state == JobState.QUEUED.value, ~_J.is_submitted)
        return [JobRun(*row) for row in self._connection.execute(query.order_by(_J.id).limit(limit))]

    def submitted(self, runs: Sequence[JobRun]) -> None:
        """The queue has them."""
        for run in runs:
            self._change(_is(run), is_submitted=True)

    def start(self, run: JobRun, *, worker: str) -> StoredJob | None:
        """Begin a run, or go on with it; None if it is not to be: canceled, or put back meanwhile."""
        waits = _is(run) & ((_J.state == JobState.QUEUED.value) | (_J.worker == worker))
        values = {"state": JobState.RUNNING.value, "worker": worker}
        if not self._change(waits, **values, started_at=func.coalesce(_J.started_at, self._now)):
            return None
        return self.get(run.job)

    def advance(self, run: JobRun, *, done: int, message: str, items: Sequence[JobItem]) -> StoredJob | None:
        """Keep how far the run is and what came of its items; None if the run is no longer ours."""
        if not self._change(_is_running(run), done=done, message=message):
            return None
        if items:
            rows = [
                {"job_id": run.job, "position": item.position, "status": item.status, "body": item.body}
                for item in items
            ]
            self._connection.execute(insert(tables.job_item), rows)
        return self.get(run.job)

    def finish(
        self,
        run: JobRun,
        state: JobState,
        *,
        result: Mapping[str, object] | None = None,
        problem: Mapping[str, object] | None = None,
    ) -> bool:
        """End a run for good; False if it is no longer ours."""
        return self._change(
            _is_running(run),
            state=state.value,
            worker=None,
            finished_at=self._now,
            result=None if result is None else dict(result),
            problem=None if problem is None else dict(problem),
        )

    def put_back(self, run: JobRun, *, crashed: bool) -> bool:
        """The job waits again, as another run; False if this one has ended or was put back already."""
        return self._change(
            _is(run) & _is_open(),
            state=JobState.QUEUED.value,
            run=run.run + 1,
            is_submitted=False,
            worker=None,
            crashes=_J.crashes + int(crashed),
        )

    def put_all_back(self) -> int:
        """Every open job waits again, as another run, and no worker is known; how many.

        For a database that has been moved or brought back: what a queue or a worker knew is of another one.
        """
        changed = (
            update(tables.job)
            .where(_is_open())
            .values(state=JobState.QUEUED.value, run=_J.run + 1, is_submitted=False, worker=None)
        )
        self._connection.execute(delete(tables.job_worker))
        return self._connection.execute(changed).rowcount

    # Who works

    def stamp(self, worker: str) -> None:
        """The worker lives."""
        upsert(self._connection, tables.job_worker, [{"id": worker, "seen_at": self._now}])

    def unseen(self, *, seconds: float) -> Sequence[str]:
        """Workers that have not been seen for so long."""
        t = tables.job_worker.c
        query = select(t.id).where(t.seen_at <= self._now - timedelta(seconds=seconds)).order_by(t.id)
        return list(self._connection.execute(query).scalars())

    def strike_off(self, worker: str) -> None:
        """The worker has left, or is thought dead and works on nothing any more."""
        self._connection.execute(delete(tables.job_worker).where(tables.job_worker.c.id == worker))

    def waiting(self, *, limit: int) -> Sequence[JobRun]:
        """Runs that the queue was given and nobody has begun, the oldest first."""
        query = select(_J.id, _J.run).where(_J.state == JobState.QUEUED.value, _J.is_submitted)
        return [JobRun(*row) for row in self._connection.execute(query.order_by(_J.id).limit(limit))]

    def running_at_nobody(self) -> Sequence[JobRun]:
        """Runs that have begun and not ended, by workers that are struck off."""
        listed = select(tables.job_worker.c.id)
        query = select(_J.id, _J.run).where(_J.state == JobState.RUNNING.value, _J.worker.not_in(listed))
        return [JobRun(*row) for row in self._connection.execute(query.order_by(_J.id))]

    def running_at(self, workers: Collection[str]) -> Sequence[JobRun]:
        """Runs that these workers have begun and not ended."""
        query = select(_J.id, _J.run).where(_J.state == JobState.RUNNING.value, _J.worker.in_(workers))
        return [JobRun(*row) for row in self._connection.execute(query.order_by(_J.id))]

    def _change(self, which: ColumnElement[bool], **values: Any) -> bool:
        return self._connection.execute(update(tables.job).where(which).values(**values)).rowcount > 0


def _stored() -> Any:
    return select(*(tables.job.c[name] for name in StoredJob.__dataclass_fields__))


def _job_of(row: Row[*tuple[Any, ...]]) -> StoredJob:
    values = dict(row._mapping)
    return StoredJob(**{**values, "state": JobState(values["state"])})


def _is(run: JobRun) -> ColumnElement[bool]:
    return (_J.id == run.job) & (_J.run == run.run)


def _is_running(run: JobRun) -> ColumnElement[bool]:
    return _is(run) & (_J.state == JobState.RUNNING.value)


def _is_open() -> ColumnElement[bool]:
    return _J.state.in_([state.value for state in OPEN])
