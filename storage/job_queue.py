"""The queue of jobs: DBOS, on the service's own database. The one module that imports it.

It hands each run of a job to one worker, no more at once than the worker takes, in any number of processes.
What a job is, how far it is and whether it is canceled stands in `storage.jobs`; here is only its name. The
library lives once in a process, so one queue can be open at a time.
"""

import logging
from collections.abc import Callable, Collection, Sequence

from dbos import DBOS, SetWorkflowID
from sqlalchemy.exc import SQLAlchemyError

from storage.errors import StorageUnavailable
from storage.jobs import JobRun

SCHEMA = "nodewise_jobs"  # of its tables in PostgreSQL; in SQLite they stand beside ours
_NAME, _QUEUE = "nodewise", "jobs"
_FORM = "1"  # of what a queued run means; a version that means something else by it takes another
_POLL_SECONDS = 0.25
_CONNECTIONS = 5

_work_off: Callable[[JobRun], None] | None = None


class JobQueue:
    """Open from its making until `close`: runs are handed out to `work_off`, in threads of the library."""

    def __init__(self, url: str, *, worker: str, at_once: int, work_off: Callable[[JobRun], None]) -> None:
        """
        Parameters
        ----------
        at_once
            Runs that each worker takes at once; of workers that differ the last one opened is right.

        Raises
        ------
        RuntimeError
            Another is open in this process.
        """
        global _work_off
        if _work_off is not None:
            raise RuntimeError("a queue of jobs is open in this process already")
        _work_off = work_off
        logger = logging.getLogger("dbos")
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())  # or it would write lines of its own; ours are JSON
        DBOS(
            config={
                "name": _NAME,
                "system_database_url": url,
                "dbos_system_schema": SCHEMA,
                "sys_db_pool_size": _CONNECTIONS,
                "application_version": _FORM,
                "executor_id": worker,
                "use_listen_notify": False,
                "log_level": "ERROR",
            }
        )
        try:
            DBOS.launch()
            self._queue = DBOS.register_queue(
                _QUEUE,
                worker_concurrency=at_once,
                polling_interval_sec=_POLL_SECONDS,
                on_conflict="always_update",
            )
        except Exception as error:
            self.close()
            if isinstance(error, SQLAlchemyError):
                raise StorageUnavailable(f"the queue of jobs cannot be opened: {error}") from error
            raise

    def put(self, run: JobRun) -> None:
        """Queue a run; nothing happens if it is there already."""
        with SetWorkflowID(_workflow(run)):
            self._queue.enqueue(_run_of_a_job, run.job, run.run)

    def held_by(self, workers: Collection[str]) -> Sequence[JobRun]:
        """Runs that were handed to these workers and have not ended."""
        if not workers:
            return []
        found = DBOS.list_workflows(
            status="PENDING", executor_id=list(workers), load_input=False, load_output=False
        )
        return [_run(one.workflow_id) for one in found]

    def lost(self, runs: Collection[JobRun]) -> Sequence[JobRun]:
        """Of these runs, those that it will hand to nobody any more: never given to it, or ended."""
        if not runs:
            return []
        alive = DBOS.list_workflows(
            workflow_ids=[_workflow(run) for run in runs],
            status=["ENQUEUED", "DELAYED", "PENDING"],
            load_input=False,
            load_output=False,
        )
        names = {one.workflow_id for one in alive}
        return [run for run in runs if _workflow(run) not in names]

    def drop(self, runs: Sequence[JobRun]) -> None:
        """Forget runs that nobody is to work on any more."""
        if runs:
            DBOS.cancel_workflows([_workflow(run) for run in runs])

    def forget_ended(self) -> None:
        """Forget runs that have ended: what came of them stands with the job."""
        ended = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED"], limit=1_000, load_input=False, load_output=False
        )
        if ended:
            DBOS.delete_workflows([one.workflow_id for one in ended])

    def close(self) -> None:
        """Hand out nothing more. What is at work is not waited for."""
        global _work_off
        DBOS.destroy()
        _work_off = None


@DBOS.workflow(name="run_of_a_job", max_recovery_attempts=None)
def _run_of_a_job(job: str, run: int) -> None:
    if _work_off is not None:
        _work_off(JobRun(job, run))


def _workflow(run: JobRun) -> str:
    return f"{run.job}:{run.run}"


def _run(workflow: str) -> JobRun:
    job, _, run = workflow.rpartition(":")
    return JobRun(job, int(run))
