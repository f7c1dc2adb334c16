"""Runs jobs and housekeeping, without answering requests, until it is told to stop."""

import os
import signal
import threading

from api import background, logs
from api.clock.ignored import tell_of_ignored_clock
from api.logs import log
from api.orders.warming import warm_up
from api.settings import Settings


def work(settings: Settings) -> None:
    """Work until interrupted; the item at work is finished first, and its job put back for others."""
    logs.configure(settings.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    database = background.open_for_work(settings, requests=0, works_jobs=True)
    try:
        database.upgrade()
        tell_of_ignored_clock(database, settings)
        warm_up()
        with background.at_work(background.loops(database, settings, works_jobs=True)):
            log.info("worker_ready", pid=os.getpid())
            stop.wait()
            log.info("worker_stops")
    finally:
        database.close()
    log.info("worker_stopped")
