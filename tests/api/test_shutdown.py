"""The service is told to stop: it says so, finishes what runs, and what it has granted is in the ledger."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from api.settings import Settings
from fulfillment.ids import OrderId
from storage.database import open_database
from tests.api.conftest import settings_in
from tests.api.support import Server, free_port, key, load, order, running, start_server, tamper
from tests.faults import frozen
from tests.postgres import own_server

Serve = Callable[..., Server]
LONGEST = 2.0 + 6.0  # seconds for readiness, on a machine that may be busy


def not_ready(client: httpx.Client) -> str:
    """Why, as the service says it, in time; health is as ever."""
    began = time.monotonic()
    answer = client.get("/ready")
    assert time.monotonic() - began < LONGEST
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-ready")
    assert client.get("/health").status_code == 200
    return str(answer.json()["detail"])


def wait_until_not_ready(client: httpx.Client) -> None:
    """A busy machine may take a while to hand a signal over; asked in the time that the service drains."""
    began = time.monotonic()
    while client.get("/ready").status_code == 200:
        assert time.monotonic() - began < 30
        time.sleep(0.02)


def test_under_load_everything_granted_before_the_end_is_in_the_ledger(serve: Serve) -> None:
    server = serve(NODEWISE_DRAIN_SECONDS="3", NODEWISE_TIDY_SECONDS="1")
    granted: set[str] = set()
    refused: list[int] = []
    enough = threading.Event()

    def shop(worker: int) -> None:
        with server.client() as client:
            for number in range(10_000):
                name = f"w{worker}-{number}"
                try:
                    answer = client.post("/v1/orders", json=order(name, ("T-03", 1)), headers=key(name))
                except httpx.HTTPError:
                    return
                if answer.status_code == 201:
                    granted.add(name)
                else:
                    refused.append(answer.status_code)
                if len(granted) >= 10:
                    enough.set()

    with server.client() as client:
        load(client)
        with ThreadPoolExecutor(4) as pool:
            workers = [pool.submit(shop, worker) for worker in range(4)]
            assert enough.wait(120)
            server.process.send_signal(signal.SIGTERM)
            wait_until_not_ready(client)
            assert not_ready(client) == "the service is shutting down"
            for worker in workers:
                worker.result()
    assert server.process.wait(timeout=30) == 0
    assert set(refused) <= {409}  # sold out: never a fault

    opened = open_database(server.database_url)
    with opened.reading() as stores:
        held = {name for name in granted if stores.ledger.claims(OrderId(name))}
        assert list(stores.ledger.reconcile()) == []
    opened.close()
    assert held == granted


def test_a_second_signal_ends_the_wait(tmp_path: Path) -> None:
    server = start_server(tmp_path, NODEWISE_DRAIN_SECONDS="300")
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    with server.client() as client:
        wait_until_not_ready(client)  # two signals that are both still to be handled count as one
        assert client.get("/health").status_code == 200  # it still serves
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=30) == 0
    assert time.monotonic() - began < 60


SIGNALED_EARLY = """
import signal, time, weakref
import uvicorn
from api.server import main

run = uvicorn.Server.run

class Thing:
    pass

def now():
    signal.raise_signal(signal.SIGTERM)

def where_nothing_can_be_raised():
    thing = Thing()
    seen = weakref.ref(thing, lambda _: now())
    del thing
    time.sleep(0.5)  # what is still to be done before uvicorn begins

def run_late(server):
    {when}()
    run(server)

uvicorn.Server.run = run_late
raise SystemExit(main())
"""


@pytest.mark.parametrize("when", ["now", "where_nothing_can_be_raised"])
def test_a_signal_that_comes_before_the_service_has_begun_ends_it(tmp_path: Path, when: str) -> None:
    variables = {"NODEWISE_DATABASE_URL": f"sqlite:///{tmp_path / 'n.db'}", "NODEWISE_PORT": str(free_port())}
    done = subprocess.run(
        [sys.executable, "-c", SIGNALED_EARLY.format(when=when)],
        env=os.environ | variables,
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_left_alone_while_it_is_being_imported_the_service_ends_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "api.attended"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (-signal.SIGTERM, b"")


def test_a_schema_of_another_version_is_told(settings: Settings, empty: httpx.Client) -> None:
    tamper(settings, "UPDATE alembic_version SET version_num = 'other'")
    assert not_ready(empty) == "the schema of the database is not that of this version"


def test_a_database_that_does_not_answer_is_told_in_time(tmp_path: Path) -> None:
    with own_server() as url:
        context = running(settings_in(tmp_path).model_copy(update={"database_url": url}))
        client = context.__enter__()
        assert client.get("/ready").status_code == 200
        with frozen(url):
            for _ in range(2):
                assert "does not answer" in not_ready(client)
        assert client.get("/ready").status_code == 200
    assert "does not answer" in not_ready(client)
    context.__exit__(None, None, None)


def test_readiness_is_told_while_every_thread_waits(tmp_path: Path) -> None:
    with own_server() as url:
        settings = settings_in(tmp_path).model_copy(update={"database_url": url, "threads": 2})
        with running(settings) as client:
            load(client)
            body = order("1", ("K-17", 1), mode="quote")
            client.post("/v1/orders", json=body)
            with frozen(url), ThreadPoolExecutor(8) as pool:
                waiting = [pool.submit(client.post, "/v1/orders", json=body) for _ in range(8)]
                time.sleep(0.3)
                assert "does not answer" in not_ready(client)
                assert "nodewise_database_up 0.0" in client.get("/metrics").text
                assert all(answer.result().json()["degraded"] for answer in waiting)
