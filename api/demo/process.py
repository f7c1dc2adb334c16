"""The demo's server: the real one, in a process of its own that never outlives this one."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from api.settings import CONFIG_VARIABLE, PREFIX
from fulfillment.errors import NodewiseError

READY_SECONDS = 600  # compiling the engines, once, takes about a minute on a busy machine
STOP_SECONDS = 15


class ServerFailed(NodewiseError):
    """The server ended, or did not become ready."""


class DemoServer:
    """Started by the constructor; `stop` it, or end this process, and it is gone."""

    def __init__(self, *, database_url: str, folder: Path, host: str, port: int) -> None:
        self.url = f"http://{host}:{port}"
        self.log = folder / "server.log"
        self.settings_file = folder / "nodewise.toml"
        self.settings_file.write_text(_settings(database_url, host, port), encoding="utf-8")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "api.attended"],
                env=environment | {CONFIG_VARIABLE: str(self.settings_file)},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us; we stop the server ourselves
            )

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait_until_ready(self, while_waiting: Callable[[float], None] = lambda _seconds: None) -> None:
        """Return when it answers; `while_waiting` is called with the seconds so far.

        Raises
        ------
        ServerFailed
            It ended, or took too long.
        """
        began = time.monotonic()
        with httpx.Client(base_url=self.url, timeout=5) as client:
            while (waited := time.monotonic() - began) < READY_SECONDS:
                if not self.is_running:
                    raise ServerFailed(
                        f"the server ended before it was ready: {self._last_words()}", fix=f"See {self.log}"
                    )
                try:
                    if client.get("/ready").is_success:
                        return
                except httpx.TransportError:
                    pass
                while_waiting(waited)
                time.sleep(0.05)
        raise ServerFailed(f"the server was not ready within {READY_SECONDS} s", fix=f"See {self.log}")

    def wait(self) -> None:
        """Return when the server has ended."""
        self._process.wait()

    def stop(self, *, at_once: bool = False) -> None:
        """Let it finish what it is at, then it ends; `at_once` it is ended in the midst of that."""
        if at_once:
            self._process.kill()
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return lines[-1][:300] if lines else "it said nothing"


def _settings(database_url: str, host: str, port: int) -> str:
    values = {
        "database_url": database_url,
        "host": host,
        "port": port,
        "demo_mode": True,
        "authentication": "off",  # on this machine only
        "requests_per_minute": 0,  # two weeks in a minute
        "durable": False,
        # Decisions are limited by work alone, so that they are equal on a slow machine and a fast one.
        "solve_milliseconds": 600_000,
        "budget_milliseconds": 1_200_000,
        "drain_seconds": 0,
        "log_level": "warning",
    }
    head = (
        "# Written by `nodewise demo`. Serve its database again: NODEWISE_CONFIG=<this file> nodewise serve\n"
    )
    # A JSON string, number or boolean is TOML as well.
    return head + "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
