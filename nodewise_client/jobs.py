"""Calls about jobs: ask for one, wait for it, read what came of it."""

import time
from collections.abc import Callable, Sequence

from nodewise_client.caller import Caller, path
from nodewise_client.errors import JobNotDone, WaitedTooLong
from nodewise_client.models import JobOut, JobResult, OrderIn
from nodewise_client.pages import Pages

FIRST_WAIT, LONGEST_WAIT = 0.05, 2.0
ENDED = ("done", "failed", "canceled")


class Jobs(Caller):
    """Work that outlives a request."""

    def start_bulk(self, orders: Sequence[OrderIn], *, key: str | None = None) -> JobOut:
        """Ask for a job that sources up to 5,000 orders."""
        return self._write(JobOut, "/v1/orders/bulk-jobs", {"orders": orders}, key=key)

    def start_reconcile(self, *, key: str | None = None) -> JobOut:
        """Ask for a proof that the books balance."""
        return self._write(JobOut, "/v1/ledger/reconcile-jobs", key=key)

    def job(self, job: str) -> JobOut:
        """A job with its progress."""
        return self._get(JobOut, path("jobs", job))

    def jobs(
        self, *, state: str | None = None, kind: str | None = None, page_size: int | None = None
    ) -> Pages[JobOut]:
        """Jobs, the newest first."""
        return self._pages(JobOut, "/v1/jobs", page_size=page_size, query={"state": state, "kind": kind})

    def wait(
        self,
        job: str,
        *,
        timeout: float | None = None,
        progress: Callable[[JobOut], None] = lambda _job: None,
    ) -> JobOut:
        """Return the job when it is done; `progress` is told of it each time it is asked for.

        Raises
        ------
        JobNotDone
            It failed, or was canceled.
        WaitedTooLong
            It is not done after `timeout` seconds; it goes on.
        """
        began, pause = time.monotonic(), FIRST_WAIT
        while True:
            seen = self.job(job)
            progress(seen)
            if seen["state"] == "done":
                return seen
            if seen["state"] in ENDED:
                raise JobNotDone(seen)
            if timeout is not None and time.monotonic() + pause > began + timeout:
                raise WaitedTooLong(seen, timeout)
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_WAIT)

    def cancel_job(self, job: str, *, key: str | None = None) -> JobOut:
        """Stop a job before its next item."""
        return self._write(JobOut, path("jobs", job, "cancel"), key=key)

    def results(self, job: str, *, page_size: int | None = None) -> Pages[JobResult]:
        """What came of each item, in their order."""
        return self._pages(JobResult, path("jobs", job, "results"), page_size=page_size)
