"""Work that comes back: a list of what, how often, and the thread that does it. Nothing waits for it.

Every process has the thread; the database says who does what is due, so of many processes one does it, once
in its interval.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.logs import log
from api.settings import Settings
from storage.database import Database
from storage.deadlines import long_work
from storage.dialects import Access
from storage.purging import Limits, Outcome, purge_forecasts, purge_others
from storage.purging import purge as purge_before

LONGEST_NAP = 30.0
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Periodic:
    """Something done every so many seconds; 0 is never."""

    name: str
    seconds: Callable[[Settings], float]
    run: Callable[[Database, Settings], object]


def tidy(database: Database) -> tuple[int, int]:
    """Mark what has expired and forget old keys; returns how many of each."""
    with database.writing() as stores:
        expired = stores.ledger.sweep(now=stores.now)
        forgotten = stores.keys.purge()
        stores.leases.purge()
    if expired or forgotten:
        log.info("tidied", expired=expired, keys=forgotten)
    return expired, forgotten


def purge(database: Database, settings: Settings) -> Outcome:
    """Purge the orders, decisions, events and acts that the settings keep no longer."""
    with database.reading() as stores:
        limits = Limits.by_age(
            stores.now,
            orders_days=settings.keep_orders_days,
            decisions_days=settings.keep_decisions_days,
        )
    outcome = purge_before(database, limits)
    others = purge_others(
        database, events_days=settings.keep_events_days, audit_days=settings.keep_audit_days
    )
    others |= purge_forecasts(
        database, keep_runs=settings.keep_forecast_runs, demand_days=settings.keep_demand_days
    )
    gone = outcome.purged
    told = {"orders": gone.orders, "decisions": gone.decisions, "comparisons": gone.comparisons, **others}
    if any(told.values()):
        log.info("purged", **told)
    return outcome


PERIODIC: Sequence[Periodic] = (
    Periodic("tidy", lambda settings: settings.tidy_seconds, lambda database, _settings: tidy(database)),
    Periodic("purge", lambda settings: DAY_SECONDS if settings.tidy_seconds else 0, purge),
)
"""All periodic work."""


class Housekeeping:
    """A thread that does what is due, from `start` to `stop`."""

    def __init__(
        self, database: Database, settings: Settings, periodic: Sequence[Periodic] = PERIODIC
    ) -> None:
        self._database = database
        self._settings = settings
        self._periodic = [one for one in periodic if one.seconds(settings)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        if self._periodic:
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        shortest = min(one.seconds(self._settings) for one in self._periodic)
        while not self._stop.wait(min(LONGEST_NAP, shortest / 2)):
            for one in self._periodic:
                try:
                    self._do_if_due(one)
                except Exception as error:  # whatever it was: nothing waits for it, and it goes on
                    log.warning("housekeeping_failed", work=one.name, detail=str(error))

    def _do_if_due(self, one: Periodic) -> None:
        every = one.seconds(self._settings)
        with self._database.reading() as stores:
            if not stores.periodic.is_due(one.name, every=every):
                return
        with self._database.writing(Access.TOGETHER) as stores:
            if not stores.periodic.claim(one.name, every=every):
                return
        with long_work():
            one.run(self._database, self._settings)
