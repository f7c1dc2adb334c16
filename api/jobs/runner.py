"""Works jobs off in this process: gives the queue what is asked for, runs what the queue hands out, and puts
back what a dead worker has left. Which run goes to which worker is the queue's business.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from structlog.contextvars import bound_contextvars

from api.jobs.kinds import JobKind
from api.jobs.running import run_job
from api.logs import log
from api.settings import Settings
from storage.database import Database
from storage.deadlines import long_work
from storage.errors import StorageUnavailable
from storage.jobs import JobRun
from storage.stores import Stores
from storage.unit_of_work import write_together

if TYPE_CHECKING:
    from storage.job_queue import JobQueue

LOOKED_AT = 1_000  # waiting jobs whose place in the queue is looked after, the oldest
LOOK_SECONDS = 0.25  # between two looks for what is asked for
PATIENCE_SECONDS = 30  # for what is at work when the process is told to stop
Written = TypeVar("Written")


class JobRunner:
    """A thread that minds the queue, from `start` to `stop`; the queue has threads of its own for jobs.

    The queue is opened when the first job is there: until then nothing of it is loaded, and nothing written.
    """

    def __init__(self, database: Database, settings: Settings, kinds: Mapping[str, JobKind[Any]]) -> None:
        self.id = uuid4().hex
        self._database = database
        self._settings = settings
        self._kinds = kinds
        self._queue: JobQueue | None = None
        self._at_work: set[str] = set()
        self._beaten = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._mind, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the item that is at work and put its job back; other workers go on with it."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _mind(self) -> None:
        told = ""
        while not self._stop.wait(LOOK_SECONDS):
            try:
                self._look()
                told = ""
            except Exception as error:  # whatever it was: jobs wait, and are looked for again
                if str(error) != told:
                    log.warning("jobs_wait", detail=str(error))
                told = str(error)
        self._leave()

    def _look(self) -> None:
        with self._database.reading() as stores:
            runs = stores.jobs.unsubmitted(limit=100)
            is_idle = self._queue is None and not any(stores.jobs.depth().values())
        if is_idle:
            return
        queue = self._queue or self._open()
        for run in runs:
            queue.put(run)
        if runs:
            self._write(lambda stores: stores.jobs.submitted(runs))
        if time.monotonic() - self._beaten > self._settings.lease_seconds / 3:
            self._beat(queue)

    def _open(self) -> "JobQueue":
        from storage.job_queue import JobQueue  # takes half a second, and most processes never need it

        self._write(lambda stores: stores.jobs.stamp(self.id))  # before anything can be handed to us
        self._queue = JobQueue(
            self._settings.database_url,
            worker=self.id,
            at_once=self._settings.worker_jobs,
            work_off=self._work_off,
        )
        return self._queue

    def _beat(self, queue: "JobQueue") -> None:
        """Say that we live; put back what those have left who do not."""

        def beat(stores: Stores) -> tuple[list[str], set[JobRun], Sequence[JobRun]]:
            stores.jobs.stamp(self.id)
            dead = list(stores.jobs.unseen(seconds=self._settings.lease_seconds))
            begun = {
                *stores.jobs.running_at(dead),
                *stores.jobs.running_at([self.id]),
                *stores.jobs.running_at_nobody(),
            }
            return dead, begun, stores.jobs.waiting(limit=LOOKED_AT)

        dead, begun, waiting = self._write(beat)
        left = {run for run in begun if run.job not in self._at_work} | set(queue.held_by(dead))
        left |= set(queue.lost(waiting))  # given back while the database was away, or of another queue
        for run in sorted(left, key=lambda run: run.job):
            if self._write(partial(_put_back, run)):  # not if it has ended since we looked
                log.warning("job_put_back", job=run.job, run=run.run)
        queue.drop(sorted(left, key=lambda run: run.job))
        for worker in dead:
            self._write(partial(_strike_off, worker))
        queue.forget_ended()
        self._beaten = time.monotonic()

    def _work_off(self, run: JobRun) -> None:
        """Called by the queue in a thread of its own. While the database is away the job waits here."""
        self._at_work.add(run.job)
        try:
            with bound_contextvars(job=run.job), long_work():
                while True:
                    try:
                        run_job(
                            run,
                            worker=self.id,
                            database=self._database,
                            settings=self._settings,
                            kinds=self._kinds,
                            stopping=self._stop,
                        )
                        return
                    except StorageUnavailable as error:
                        log.warning("job_waits_for_the_database", detail=error.detail)
                        if self._stop.wait(1):
                            return  # as a worker that died: others put it back
        finally:
            self._at_work.discard(run.job)

    def _leave(self) -> None:
        if self._queue is None:
            return
        began = time.monotonic()
        try:
            while self._at_work and time.monotonic() - began < PATIENCE_SECONDS:
                time.sleep(0.02)
                if time.monotonic() - self._beaten > self._settings.lease_seconds / 3:
                    self._beat(self._queue)
            self._queue.close()
            if not self._at_work:
                self._write(partial(_strike_off_if_idle, self.id))
        except Exception as error:  # others will find out that we are gone
            log.warning("worker_left_in_disorder", detail=str(error))
        self._queue = None

    def _write(self, write: Callable[[Stores], Written]) -> Written:
        return write_together(self._database, write)


def _put_back(run: JobRun, stores: Stores) -> bool:
    return stores.jobs.put_back(run, crashed=True)


def _strike_off_if_idle(worker: str, stores: Stores) -> None:
    """What it could not put back is found by its name: as what a worker that died has left."""
    if not stores.jobs.running_at([worker]):
        stores.jobs.strike_off(worker)


def _strike_off(worker: str, stores: Stores) -> None:
    stores.jobs.strike_off(worker)
