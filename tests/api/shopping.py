"""Several client processes that buy while something else is done to the database."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from storage.database import open_database
from tests.api.support import FILES, NODES, ROOT, load

PLENTY = "sku,node,quantity,safety_stock,pool,source,earliest\nK-17,DC1,100000,0,,,\nT-03,DC1,100000,0,,,\n"


class Shoppers:
    """Running client processes; `told` grows as they are answered."""

    def __init__(self, urls: list[str]) -> None:
        self.told: list[dict[str, Any]] = []
        self._processes = [
            subprocess.Popen(
                [sys.executable, str(ROOT / "tests/api/shopper.py"), url, f"s{number}"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number, url in enumerate(urls)
        ]
        self._listeners = [threading.Thread(target=self._listen, args=[one]) for one in self._processes]
        for listener in self._listeners:
            listener.start()

    def wait_for(self, more: int) -> None:
        """Until so many more orders were answered."""
        goal, began = len(self.told) + more, time.monotonic()
        while len(self.told) < goal:
            assert time.monotonic() - began < 120, f"{len(self.told)} of {goal}"
            time.sleep(0.01)

    def stop(self) -> None:
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.close()
        for listener, process in zip(self._listeners, self._processes, strict=True):
            listener.join(timeout=120)
            assert process.wait(timeout=60) == 0
            assert process.stdout is not None
            process.stdout.close()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.told.append(json.loads(line))


@contextmanager
def shopping(url: str, *, shoppers: int = 4) -> Iterator[Shoppers]:
    """Clients that buy of plenty at the service, until the context ends."""
    with httpx.Client(base_url=url, timeout=60) as client:
        load(client, {**FILES, "nodes": NODES.replace(",5000,", ",500000,"), "supply": PLENTY})
    running = Shoppers([url] * shoppers)
    try:
        yield running
    finally:
        running.stop()


def complaints(database_url: str) -> list[str]:
    """What the ledger's own reconcile finds."""
    opened = open_database(database_url)
    try:
        with opened.reading() as stores:
            return list(stores.ledger.reconcile())
    finally:
        opened.close()
