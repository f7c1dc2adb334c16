"""Many made-up series of every class of demand, and what making a run of them takes in time and memory."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import psutil

from api.forecasts.executors import Processes
from api.forecasts.making import make_on
from forecasting.history import Grain
from fulfillment.ids import SkuId
from storage.database import Database
from storage.demand_documents import DemandSeries
from storage.forecasts import StoredRun
from tests.storage.demand_series import MONDAY, new_run

WEEKS, PLACES, SAMPLE_SECONDS = 157, 50, 0.2
AT_ONCE = 5_000  # series in one transaction


@dataclass(frozen=True, slots=True)
class Measured:
    """A run with the seconds it took by the clock and of all processors, and the most memory meanwhile: of
    the processes it was made on in whole, and of this one what came on top of what it had."""

    run: StoredRun
    seconds: float
    processor_seconds: float
    peak_bytes: int


def fill(database: Database, number: int, *, seed: int = 1) -> None:
    """Keep so many series of 157 weeks, a fifth of them younger: levels, seasons, trends and gaps."""
    rng = np.random.default_rng(seed)
    for first in range(0, number, AT_ONCE):
        with database.writing() as stores:
            stores.demand.put(Grain.WEEK, list(_made_up(rng, first, min(first + AT_ONCE, number))))


def _made_up(rng: np.random.Generator, first: int, end: int) -> Iterator[DemandSeries]:
    weeks = np.arange(WEEKS)
    for i in range(first, end):
        level = rng.gamma(0.5, 12.0)
        season = 1 + rng.uniform(0, 0.8) * np.sin(2 * np.pi * (weeks / 52 + rng.uniform()))
        drift = np.exp(rng.normal(0, 0.3) * weeks / WEEKS)
        sells = rng.uniform(size=WEEKS) < rng.choice([1.0, 0.6, 0.25])
        shape = rng.choice([0.7, 3.0, 30.0])
        mean = np.maximum(level * season * drift, 1e-3)
        units = rng.negative_binomial(shape, shape / (shape + mean)) * sells
        steps = WEEKS if rng.uniform() < 0.8 else int(rng.integers(10, WEEKS))
        sku, place = SkuId(f"S{i // PLACES:05d}"), f"P{i % PLACES:02d}"
        start = MONDAY + timedelta(weeks=WEEKS - steps)
        yield DemandSeries(sku, place, start, units[-steps:], np.zeros(steps, dtype=np.uint8))


def learned(database: Database, *, processes: int, chunk_series: int) -> tuple[str, float]:
    """The digest of what a run learns, and the seconds that took; it forecasts nothing."""
    number = new_run(database, chunk_series=chunk_series, horizon=8)
    began = 0.0
    with (
        closing(Processes(processes)) as pool,
        closing(make_on(pool, database, _stored(database, number))) as steps,
    ):
        for step in steps:
            if step.message.startswith("learning"):
                began = began or time.perf_counter()
            elif began:
                break
    training = _stored(database, number).training
    assert training is not None
    return training, time.perf_counter() - began


def measured(database: Database, *, training: str, processes: int, chunk_series: int) -> Measured:
    """Make a run of all series by what was learned, from the start of its processes to the last chunk."""
    number = new_run(database, chunk_series=chunk_series, horizon=8, training=training)
    with _Watch() as watch:
        began = time.perf_counter()
        with closing(Processes(processes)) as pool:
            for _ in make_on(pool, database, _stored(database, number)):
                pass
        seconds = time.perf_counter() - began
    return Measured(_stored(database, number), seconds, watch.processor_seconds, watch.peak)


class _Watch:
    """Memory and processor time while it is open, looked at five times a second."""

    def __init__(self) -> None:
        self.peak = 0
        self._spent: dict[int, float] = {}
        self._process = psutil.Process()
        self._had = self._process.memory_info().rss
        self._began = time.process_time()
        self._before = set(self._process.children(recursive=True))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    @property
    def processor_seconds(self) -> float:
        return sum(self._spent.values())

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(SAMPLE_SECONDS):
            now = self._process.memory_info().rss - self._had
            self._spent[self._process.pid] = time.process_time() - self._began
            for child in set(self._process.children(recursive=True)) - self._before:
                with suppress(psutil.NoSuchProcess):
                    now += child.memory_info().rss
                    self._spent[child.pid] = sum(child.cpu_times()[:2])
            self.peak = max(self.peak, now)


def _stored(database: Database, number: int) -> StoredRun:
    with database.reading() as stores:
        run = stores.forecasts.get(number)
    assert run is not None
    return run
