"""What a process does beside answering requests: loops that are started and stopped together.

A loop is an object with `start`, which returns at once, and `stop`, which returns when nothing of it is at
work any more. `nodewise serve` and `nodewise worker` have the same ones, but for jobs.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Protocol

from api.housekeeping import Housekeeping
from api.job_kinds import KINDS
from api.jobs.runner import JobRunner
from api.settings import Settings
from api.webhooks.courier import Courier
from storage.database import Database, open_database
from storage.observing import Observer

_LOOPS = 2  # housekeeping and courier


class Loop(Protocol):
    def start(self) -> None: ...

    def stop(self) -> None: ...


def loops(database: Database, settings: Settings, *, works_jobs: bool) -> Sequence[Loop]:
    """Every loop of a process; a new one is a line here."""
    courier = Courier(database, seconds=settings.webhook_seconds, private=settings.webhooks_may_be_private)
    found: list[Loop] = [Housekeeping(database, settings), courier]
    if works_jobs:
        found.append(JobRunner(database, settings, KINDS))
    return found


@contextmanager
def at_work(loops: Sequence[Loop]) -> Iterator[None]:
    """Start them all; stop them in the end, the last one first, whatever happens to the others."""
    with ExitStack() as started:
        for loop in loops:
            loop.start()
            started.callback(loop.stop)
        yield


def open_for_work(
    settings: Settings, *, requests: int, works_jobs: bool, observer: Observer | None = None
) -> Database:
    """The database of the settings, with connections for so many requests at once and for the loops."""
    if settings.database_file is not None:  # no preparation needed
        settings.database_file.parent.mkdir(parents=True, exist_ok=True)
    return open_database(
        settings.database_url,
        durable=settings.durable,
        key_hours=settings.key_hours,
        connections=requests + _LOOPS + (1 + settings.worker_jobs if works_jobs else 0),
        observer=observer or Observer(),
        transaction_seconds=settings.transaction_seconds,
        demo_clock=settings.demo_mode,
    )
