"""Forecast runs on real workers: killed half way they are finished by another, canceled they end at once."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from api.forecasts.chunks import digest_of
from api.settings import Settings
from tests.api.support import database_of, key, running
from tests.api.workers import Worker, start_worker, wait_until
from tests.forecast_runs.pools import Serial, made
from tests.storage.demand_series import new_run, put, sold

SERIES, CHUNK = 800, 10
Start = Callable[[], Worker]


@pytest.fixture(scope="session")
def learned(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> str:
    """What is learned from a few series, as text: once, for it takes seconds."""
    copied = shutil.copy(empty_file, tmp_path_factory.mktemp("learned") / "few.db")
    with database_of(f"sqlite:///{copied}") as database:
        put(database, sold(15, weeks=104))
        run = made(database, Serial(), new_run(database, horizon=8))
        with database.reading() as stores:
            return stores.forecasts.document(str(run.training))


@pytest.fixture
def client(settings: Settings, learned: str) -> Iterator[httpx.Client]:
    """A service that runs no job itself, with 800 series to be forecast in 80 chunks."""
    with database_of(settings.database_url) as database:
        put(database, sold(SERIES, weeks=104))
        number = new_run(database, horizon=8)
        with database.writing() as stores:
            run = stores.forecasts.get(number)
            assert run is not None
            stores.forecasts.keep_training(run, learned, digest=digest_of(learned), series=15)
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
    body = {"horizon": 8, "train": "latest", **sent}
    answer = client.post("/v1/forecasts/runs", json=body, headers=key())
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
    (line,) = [line for line in second.log.read_text().splitlines() if '"forecast_made"' in line]
    assert f'"series": {SERIES - kept * CHUNK}' in line
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
    assert (whole["state"], whole["done"]) == ("done", SERIES)


def test_a_cancel_while_it_learns_ends_it_too(client: httpx.Client, work: Start) -> None:
    worker = work()
    address = ask(client, train="new")
    job = client.get(address).json()["job"]
    wait_until(lambda: client.get(job).json()["message"].startswith("learning from"), seconds=200)
    processes = processes_of(worker)
    began = time.monotonic()
    assert client.post(f"{address}/cancel", headers=key()).status_code == 200
    run = ended(client, address)
    assert time.monotonic() - began < 5
    assert (run["state"], run["training"]) == ("canceled", None)
    wait_until(lambda: all_gone(processes), seconds=10)


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
