"""Forecast runs on real workers: killed half way they are finished by another, canceled they end at once."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from api.settings import Settings
from tests.api.support import database_of, key, running
from tests.api.workers import Worker, start_worker, wait_until
from tests.storage.demand_series import put, sold

SERIES, CHUNK = 1_200, 30
Start = Callable[[], Worker]


@pytest.fixture
def client(settings: Settings) -> Iterator[httpx.Client]:
    """A service that runs no job itself, with 1,200 series, forecast in forty chunks."""
    with database_of(settings.database_url) as database:
        put(database, sold(SERIES, weeks=104))
    update = {"embedded_worker": "off", "forecast_chunk_series": CHUNK}
    with running(settings.model_copy(update=update)) as client:
        yield client


@pytest.fixture
def work(settings: Settings, tmp_path: Path) -> Iterator[Start]:
    """Start workers with two processes to forecast in; those left running are killed."""
    started: list[Worker] = []

    def start() -> Worker:
        two = {"NODEWISE_FORECAST_PROCESSES": "2"}
        started.append(start_worker(tmp_path, settings.database_url, **two))
        return started[-1]

    yield start
    for worker in started:
        worker.process.kill()
        worker.process.wait(timeout=20)


def ask(client: httpx.Client, **sent: Any) -> str:
    answer = client.post("/v1/forecasts/runs", json={"horizon": 8, **sent}, headers=key())
    assert answer.status_code == 202, answer.text
    return str(answer.headers["Location"])


def ended(client: httpx.Client, address: str) -> dict[str, Any]:
    wait_until(lambda: client.get(address).json()["state"] not in ("queued", "running"), seconds=200)
    found: dict[str, Any] = client.get(address).json()
    return found


def chunks_of(settings: Settings, address: str) -> int:
    with database_of(settings.database_url) as database, database.reading() as stores:
        return len(stores.forecasts.chunk_numbers(int(address.rpartition("/")[2])))


def processes_of(worker: Worker) -> list[psutil.Process]:
    """Those that forecast for it; what keeps account of semaphores does not."""
    children = psutil.Process(worker.process.pid).children(recursive=True)
    return [one for one in children if "resource_tracker" not in " ".join(one.cmdline())]


def all_gone(processes: list[psutil.Process]) -> bool:
    return not [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def test_a_run_whose_worker_is_killed_is_finished_by_another_to_the_same_bytes(
    client: httpx.Client, work: Start, settings: Settings
) -> None:
    first = work()
    address = ask(client)
    wait_until(lambda: chunks_of(settings, address) >= 3, seconds=200)
    processes = processes_of(first)
    assert len(processes) == 2
    first.kill()
    kept = chunks_of(settings, address)
    assert 3 <= kept < SERIES / CHUNK
    wait_until(lambda: all_gone(processes), seconds=10)
    second = work()
    run = ended(client, address)
    assert (run["state"], run["done"], run["left_out"]) == ("done", SERIES, 0)
    assert second.said("forecast_learned") == 0  # the first one had
    assert first.said("forecast_learned") == 1
    (made,) = [line for line in second.log.read_text().splitlines() if '"forecast_made"' in line]
    assert f'"series": {SERIES - kept * CHUNK}' in made
    unbroken = ended(client, ask(client))
    assert (unbroken["training"], unbroken["digest"]) == (run["training"], run["digest"])


def test_a_run_that_is_canceled_ends_within_a_second_or_two_and_its_worker_goes_on(
    client: httpx.Client, work: Start, settings: Settings
) -> None:
    worker = work()
    address = ask(client)
    wait_until(lambda: chunks_of(settings, address) >= 2, seconds=200)
    processes = processes_of(worker)
    began = time.monotonic()
    assert client.post(f"{address}/cancel", headers=key()).status_code == 200
    run = ended(client, address)
    assert time.monotonic() - began < 5
    assert run["state"] == "canceled"
    assert run["done"] < SERIES
    wait_until(lambda: all_gone(processes), seconds=10)
    whole = ended(client, ask(client, train=run["training"]))
    assert (whole["state"], whole["training"]) == ("done", run["training"])


def test_a_worker_that_is_told_to_stop_puts_the_run_back(
    client: httpx.Client, work: Start, settings: Settings
) -> None:
    first = work()
    address = ask(client)
    wait_until(lambda: chunks_of(settings, address) >= 2, seconds=200)
    assert first.stop() == 0
    left = client.get(address).json()
    assert left["state"] == "queued"
    assert 0 < left["done"] < SERIES
    work()
    assert ended(client, address)["state"] == "done"
