"""Runs the service on uvicorn until it is told to stop, and then lets it end in order."""

import gc
import signal
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from api import logs
from api.app import create_app
from api.health.readiness import Readiness
from api.interrupts import hear_every_end
from api.settings import Settings, SettingsError, load_settings

_AFTER_BUDGET = 5  # seconds more than an order may take, for what else is running
_START_FAILED = 3
_GARBAGE = (20_000, 20, 20)  # an order makes thousands of objects, and hardly ever a circle of them


def serve(settings: Settings, create: Callable[[Settings], FastAPI] = create_app) -> None:
    """Serve until told to stop; requests that run are finished first, for a bounded time.

    On SIGTERM `/ready` turns 503 at once, and the service goes on for `drain_seconds`, so that whoever
    spreads requests can send them elsewhere. Ctrl-C, or a second signal, ends this wait.
    """
    logs.configure(settings.log_level)
    app = create(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=settings.budget_milliseconds // 1000 + _AFTER_BUDGET,
    )
    server = _Draining(config, readiness=app.state.readiness, seconds=settings.drain_seconds)
    signal.signal(signal.SIGTERM, server.end_unless_begun)
    server.run()
    if not server.started:
        sys.exit(_START_FAILED)


class _Draining(uvicorn.Server):
    """A server that says it is about to stop, some time before it does."""

    def __init__(self, config: uvicorn.Config, *, readiness: Readiness, seconds: float) -> None:
        super().__init__(config)
        self._readiness = readiness
        self._seconds = seconds
        self._ends_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What is there now stays: the collector need not look through it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_GARBAGE)

    def end_unless_begun(self, _number: int, _frame: FrameType | None) -> None:
        """Answers SIGTERM outside of uvicorn's own handling: before it has begun, the process ends.

        Once uvicorn has ended it raises the signal again: to whoever asked for an end, this was a proper one.
        """
        if not self.started:
            sys.exit()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._readiness.leave()
        if sig == signal.SIGTERM and self._ends_at is None and self.started:
            self._ends_at = time.monotonic() + self._seconds
        else:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        if self._ends_at is not None and time.monotonic() >= self._ends_at:
            self.should_exit = True
        return await super().on_tick(counter)


def main() -> int:
    """Load the settings and serve; 2 if the settings cannot be used."""
    hear_every_end()
    try:
        serve(load_settings())
    except SettingsError as error:
        sys.stderr.write(f"error: {error.detail}\n  fix: {error.fix}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
