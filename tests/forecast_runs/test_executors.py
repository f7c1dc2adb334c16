"""Processes and a Dask cluster: the same bytes as in one process, and nothing left behind by a kill."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

from api.errors import ClusterAway
from api.forecasts import executors
from api.forecasts.executors import Cluster, Pool, Processes, open_pool
from api.settings import Settings, SettingsError
from storage.database import Database
from tests.forecast_runs.pools import Serial, made
from tests.storage.demand_series import new_run, put, sold

ROOT = Path(__file__).parents[2]


def wait_until(holds: Callable[[], bool], *, seconds: float = 20) -> None:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "waited too long"
        time.sleep(0.02)


def is_there(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def at_work(parent: psutil.Process) -> list[psutil.Process]:
    """Its processes that work; what keeps account of semaphores for them does not."""
    found = []
    for child in parent.children():
        with suppress(psutil.NoSuchProcess):
            if "resource_tracker" not in " ".join(child.cmdline()):
                found.append(child)
    return found


@pytest.fixture
def pool() -> Iterator[Processes]:
    opened = Processes(2)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a Dask cluster with two workers, each a process."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=False
    ) as opened:
        yield str(opened.scheduler_address)


def test_processes_and_a_cluster_come_to_the_bytes_of_one_process(database: Database, cluster: str) -> None:
    put(database, sold(64))
    pools: list[Callable[[], Pool]] = [Serial, lambda: Processes(2), lambda: Cluster(cluster)]
    runs = []
    for opened in pools:
        with closing(opened()) as pool:
            runs.append(made(database, pool, new_run(database, chunk_series=8)))
    assert len({run.training for run in runs}) == 1
    assert len({run.history_digest for run in runs}) == 1
    assert len({run.digest for run in runs}) == 1
    assert [run.left_out for run in runs] == [0, 0, 0]


def test_a_cluster_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "_CLUSTER_SECONDS", 1)
    with pytest.raises(ClusterAway, match=r"tcp://127\.0\.0\.1:9"):
        open_pool(Settings(forecast_cluster="tcp://127.0.0.1:9"))


def test_a_cluster_without_its_packages_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SettingsError) as caught:
        open_pool(Settings(forecast_cluster="tcp://127.0.0.1:8786"))
    assert "nodewise[dask]" in caught.value.fix


def test_work_is_done_in_other_processes_with_one_thread_each(pool: Processes) -> None:
    ids = {pool.submit(os.getpid).result(timeout=60) for _ in range(4)}
    assert os.getpid() not in ids
    assert pool.ahead == 4
    assert pool.submit(os.getenv, "OMP_NUM_THREADS").result(timeout=60) == "1"


def test_a_pool_that_lost_a_process_works_again_when_it_is_begun_anew(pool: Processes) -> None:
    with pytest.raises(BrokenExecutor):
        pool.submit(os._exit, 9).result(timeout=60)
    pool.renew()
    assert pool.submit(os.getpid).result(timeout=60) != os.getpid()


def test_closing_a_pool_ends_what_its_processes_are_at_at_once(pool: Processes) -> None:
    before = at_work(psutil.Process())
    futures = [pool.submit(time.sleep, 600) for _ in range(2)]
    wait_until(lambda: all(future.running() for future in futures), seconds=60)
    workers = [one for one in at_work(psutil.Process()) if one not in before]
    assert len(workers) == 2
    began = time.monotonic()
    pool.close()
    wait_until(lambda: not any(map(is_there, workers)))
    assert time.monotonic() - began < 5
    wait_until(lambda: all(future.done() for future in futures))


def test_processes_end_with_a_parent_that_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, str(ROOT / "tests/forecast_runs/parent.py")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    seen = psutil.Process(parent.pid)
    wait_until(lambda: len(at_work(seen)) >= 2, seconds=60)
    workers = at_work(seen)
    parent.kill()
    parent.wait(timeout=10)
    wait_until(lambda: not any(map(is_there, workers)))
