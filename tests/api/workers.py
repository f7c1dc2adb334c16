"""Workers in processes of their own, and what tests of jobs ask and wait for."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from tests.api.support import ROOT, key, order

_workers = count(1)
LEASE = {"NODEWISE_LEASE_SECONDS": "1", "NODEWISE_SOLVE_MILLISECONDS": "200"}


@dataclass
class Worker:
    """`nodewise worker` in a process of its own."""

    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """As `kill -9` does."""
        self.process.kill()
        self.process.wait(timeout=10)

    def stop(self) -> int:
        """As a service manager does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=40)

    def said(self, event: str) -> int:
        return self.log.read_text(encoding="utf-8").count(f'"event": "{event}"')


def start_worker(folder: Path, database_url: str, **environment: str) -> Worker:
    """Start a worker and wait until it is ready."""
    log = folder / f"worker{next(_workers)}.log"
    variables = {
        **os.environ,
        **LEASE,
        "PYTHONPATH": str(ROOT),
        "NODEWISE_DATABASE_URL": database_url,
        "NODEWISE_DURABLE": "false",
        **environment,
    }
    with log.open("ab") as stream:
        process = subprocess.Popen(
            [sys.executable, "-c", "from api.cli import main; main(['worker'])"],
            env=variables,
            cwd=folder,
            stdout=stream,
            stderr=stream,
        )
    worker = Worker(process, log)
    wait_until(lambda: worker.said("worker_ready") > 0 or process.poll() is not None, seconds=180)
    assert process.poll() is None, log.read_text(encoding="utf-8")
    return worker


def wait_until(holds: Callable[[], Any], *, seconds: float = 60) -> None:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "waited too long"
        time.sleep(0.02)


def ask_for_orders(client: httpx.Client, count: int, *, name: str = "o", mode: str = "reserve") -> str:
    """Ask for a job that sources so many orders of one tea towel each; its address."""
    orders = [order(f"{name}{number}", ("T-03", 1), mode=mode) for number in range(count)]
    answer = client.post("/v1/orders/bulk-jobs", json={"orders": orders}, headers=key())
    assert answer.status_code == 202, answer.text
    return str(answer.headers["Location"])


def job_at(client: httpx.Client, address: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(address).json()
    return found


def wait_for_end(client: httpx.Client, address: str, *, seconds: float = 90) -> dict[str, Any]:
    wait_until(lambda: job_at(client, address)["finished_at"], seconds=seconds)
    return job_at(client, address)


def results_of(client: httpx.Client, address: str) -> list[dict[str, Any]]:
    """Every result, by pages of 100."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get(f"{address}/results", params={"limit": "100", **cursor}).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


def units_held(client: httpx.Client, sku: str) -> int:
    rows = client.get("/v1/availability", params={"sku": sku}).json()
    return sum(row["reserved"] for row in rows["items"])
