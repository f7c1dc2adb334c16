"""One run of one job: calls the kind's function, keeps what it did, stops between two steps if it has to."""

import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from typing import Any

from api.jobs.kinds import JobKind, Step, Work
from api.logs import log
from api.problems import document
from api.settings import Settings
from storage.database import Database
from storage.errors import StorageUnavailable
from storage.jobs import JobItem, JobRun, JobState, StoredJob
from storage.unit_of_work import write_together

KEEP_SECONDS = 0.25  # progress is kept, and a cancel seen, so often
MOST_UNKEPT = 100
MOST_CRASHES = 5  # workers that one job may bring down


def run_job(
    run: JobRun,
    *,
    worker: str,
    database: Database,
    settings: Settings,
    kinds: Mapping[str, JobKind[Any]],
    stopping: threading.Event,
) -> None:
    """Run it to its end, or until it is canceled, or put it back when `stopping` is set.

    Raises
    ------
    StorageUnavailable
        The database is away. Calling it again goes on from what was kept.
    """
    if stopping.is_set():
        write_together(database, lambda stores: stores.jobs.put_back(run, crashed=False))
        return
    with database.reading() as stores:
        sent = stores.jobs.document(run.job)
    job = write_together(database, lambda stores: stores.jobs.start(run, worker=worker))
    if job is None:
        return
    book = _Book(database, run, job)
    try:
        _go_through(job, sent, book, database=database, settings=settings, kinds=kinds, stopping=stopping)
    except _TakenOver:
        log.warning("job_taken_over")
    except StorageUnavailable:
        raise
    except Exception as error:  # whatever it was, the job has an end, and its problem says which
        log.error("job_failed", kind=job.kind, exc_info=error)
        _status, problem = document(error, instance=f"/v1/jobs/{job.id}", request_id=job.id)
        with suppress(_TakenOver):
            book.keep()
            book.finish(JobState.FAILED, problem=problem)


def _go_through(
    job: StoredJob,
    sent: str,
    book: "_Book",
    *,
    database: Database,
    settings: Settings,
    kinds: Mapping[str, JobKind[Any]],
    stopping: threading.Event,
) -> None:
    if job.crashes >= MOST_CRASHES:
        raise RuntimeError(f"given up: {job.crashes} workers died while they worked on it")
    kind = kinds[job.kind]
    work = Work(job.id, kind.name, kind.input.model_validate_json(sent), job.done, database, settings)
    with closing(kind.run(work)) as steps:
        while True:
            if book.job.cancel_requested and book.job.done < job.total:
                return book.finish(JobState.CANCELED)
            try:
                step = next(steps)
            except StopIteration as ended:
                book.keep()
                return book.finish(JobState.DONE, result=ended.value)
            book.enter(step)
            if stopping.is_set():
                return book.put_back()


class _TakenOver(Exception):
    """The run was put back while we worked: another worker has the job."""


class _Book:
    """What a run has done: entered step by step, kept in the database every quarter of a second."""

    def __init__(self, database: Database, run: JobRun, job: StoredJob) -> None:
        self.job = job  # as it was when something was kept last
        self._database = database
        self._run = run
        self._unkept: list[JobItem] = []
        self._last = Step(job.done, job.message)
        self._kept_at = time.monotonic()

    def enter(self, step: Step) -> None:
        self._last = step
        if step.outcome is not None:
            self._unkept.append(JobItem(step.done - 1, step.outcome.status, step.outcome.body))
        is_due = time.monotonic() - self._kept_at >= KEEP_SECONDS
        if is_due or step.done >= self.job.total or len(self._unkept) >= MOST_UNKEPT:
            self.keep()

    def keep(self) -> None:
        step, items = self._last, self._unkept
        job = write_together(
            self._database,
            lambda stores: stores.jobs.advance(self._run, done=step.done, message=step.message, items=items),
        )
        if job is None:
            raise _TakenOver
        self.job = job
        self._unkept = []
        self._kept_at = time.monotonic()

    def put_back(self) -> None:
        """Others go on behind what was done."""
        self.keep()
        write_together(self._database, lambda stores: stores.jobs.put_back(self._run, crashed=False))
        log.info("job_put_back", done=self.job.done)

    def finish(
        self,
        state: JobState,
        *,
        result: Mapping[str, object] | None = None,
        problem: Mapping[str, object] | None = None,
    ) -> None:
        if not write_together(
            self._database,
            lambda stores: stores.jobs.finish(self._run, state, result=result, problem=problem),
        ):
            raise _TakenOver
        log.info("job_ended", kind=self.job.kind, state=state.value, done=self.job.done)
