"""Tidies in the background: marks expired reservations, forgets old keys. Nothing waits for it."""

import threading

from api.logs import log
from api.settings import Settings
from storage.database import Database


class Housekeeping:
    """A thread that tidies every `tidy_seconds`, until stopped."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        if self._settings.tidy_seconds:
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stop.wait(self._settings.tidy_seconds):
            try:
                tidy(self._database)
            except Exception as error:  # whatever it was: nothing waits for tidying, and it goes on
                log.warning("tidying_failed", detail=str(error))


def tidy(database: Database) -> tuple[int, int]:
    """Mark what has expired and forget old keys; returns how many of each."""
    with database.writing() as stores:
        expired = stores.ledger.sweep(now=stores.now)
        forgotten = stores.keys.purge()
    if expired or forgotten:
        log.info("tidied", expired=expired, keys=forgotten)
    return expired, forgotten
