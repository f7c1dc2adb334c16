"""Delivers in the background, until stopped. An endpoint that is slow keeps no other waiting."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from api.events.service import PUBLISHED_AT_ONCE, publish
from api.logs import log
from api.webhooks.delivering import BATCH, deliver_to, endpoints_due, expire_old
from storage.database import Database

SENDERS = 4
"""Endpoints served at once by one process; each takes a connection to the database for moments only."""

EXPIRE_EVERY_SECONDS = 600.0


class Courier:
    """A thread that looks for something to deliver every `seconds`, and a few that send it.

    With 0 seconds it does nothing: another process delivers.
    """

    def __init__(self, database: Database, *, seconds: float, private: bool) -> None:
        self._database = database
        self._seconds = seconds
        self._private = private
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="courier")
        self._busy: dict[str, Future[int]] = {}
        self._expired_at = 0.0

    def start(self) -> None:
        if self._seconds:
            self._thread.start()

    def stop(self) -> None:
        """Take nothing more; what is on the wire is waited for."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self._senders.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        wait = self._seconds
        while not self._stop.wait(wait):
            try:
                wait = 0.0 if self._pass() else self._seconds
            except Exception as error:  # whatever it was: the next pass tries again
                log.warning("delivering_failed", detail=str(error))
                wait = self._seconds

    def _pass(self) -> bool:
        """Publish, and set a sender to each endpoint that has something due; whether more is new already."""
        more = publish(self._database) == PUBLISHED_AT_ONCE
        if time.monotonic() - self._expired_at > EXPIRE_EVERY_SECONDS:
            self._expired_at = time.monotonic()
            expire_old(self._database)
        self._busy = {name: sending for name, sending in self._busy.items() if not sending.done()}
        for endpoint in endpoints_due(self._database):
            if endpoint not in self._busy and not self._stop.is_set():
                self._busy[endpoint] = self._senders.submit(self._deliver, endpoint)
        return more

    def _deliver(self, endpoint: str) -> int:
        """Batch after batch, as long as all of a full one arrives."""
        total = 0
        try:
            while not self._stop.is_set():
                sent = deliver_to(self._database, endpoint, private=self._private, ended=self._stop.is_set)
                total += sent
                if sent < BATCH:
                    break
        except Exception as error:  # what was taken is due again when its lease ends
            log.warning("delivering_failed", webhook=endpoint, detail=str(error))
        return total
