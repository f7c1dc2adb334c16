"""Makes a forecast run: learns, if that is asked for, and forecasts the series chunk by chunk.

What was learned and each chunk are kept in transactions of their own before it is said that they are done. A
run that is begun again goes on behind the last chunk that is kept.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from hashlib import blake2b
from heapq import nsmallest
from time import monotonic

from api.forecasts.chunks import Task, digest_of, learn
from api.forecasts.executors import Pool, open_pool
from api.forecasts.harvest import Harvest, Harvested, until_done
from api.forecasts.watch_job import FORECAST_WATCH, WatchJob
from api.jobs.kinds import Step, Steps
from api.jobs.service import create
from api.logs import log
from api.settings import Settings
from forecasting.kernels.smoothing import warm_up
from storage import demand_documents
from storage.database import Database
from storage.demand import Selection
from storage.demand_context import Wanted, read_page, read_series
from storage.demand_documents import PackedHistory
from storage.forecast_documents import document_of
from storage.forecasts import Chunk, StoredRun
from storage.stores import Stores
from storage.unit_of_work import write_together

TRAINING_SERIES = 10_000
"""Series that are learned from, at most, drawn by the seed: memory is bounded however many there are."""

Quietly = Generator[Step, None, None]


def make(database: Database, settings: Settings, number: int) -> Steps:
    """Make the run, or go on with it; nothing is left to do of one that is done.

    Raises
    ------
    ClusterAway
        The settings name a cluster that is not there.
    """
    run = _stored(database, number)
    if run.finished_at is None:
        with closing(open_pool(settings)) as pool:
            yield from make_on(pool, database, run)
        run = _stored(database, number)
    return {
        "run": run.number,
        "series": run.asked.series,
        "left_out": run.left_out,
        "training": run.training,
        "digest": run.digest,
    }


def make_on(pool: Pool, database: Database, run: StoredRun) -> Quietly:
    """The same, on a pool that is open."""
    wanted = _wanted(database, run)
    ready = pool.submit(warm_up)  # by one process: the others then find the inner loops compiled
    for _ in until_done(ready):
        yield Step(run.done, "getting ready")
    ready.result()
    if run.training is None:
        yield from _learn(database, pool, run, wanted)
        run = _stored(database, run.number)
    yield from _forecast(database, pool, run, wanted)
    write_together(database, lambda stores: _finish(stores, run))


def _finish(stores: Stores, run: StoredRun) -> None:
    """All chunks are there. Whoever looks back on it is asked for in the same transaction, and so once."""
    stores.forecasts.finish(run.number)
    create(stores, FORECAST_WATCH, WatchJob(run=run.number, series=run.asked.series))


def draw(ids: Iterator[str], *, seed: int, most: int = TRAINING_SERIES) -> list[str]:
    """At most so many of the ids, sorted: the same of the same ids, in whatever order they come."""

    def place(name: str) -> bytes:
        return blake2b(f"{seed} {name}".encode(), digest_size=8).digest()

    return sorted(nsmallest(most, ids, key=place))


def _wanted(database: Database, run: StoredRun) -> Wanted:
    options = run.asked.options
    with database.reading() as stores:
        names = stores.demand_context.attribute_names(run.asked.revision)
    return Wanted(
        Selection(run.asked.grain, run.asked.revision, options.skus, options.places, last=run.asked.cutoff),
        run.asked.cutoff,
        ahead=options.horizon,
        drivers=options.drivers,
        attributes=names,
    )


def _learn(database: Database, pool: Pool, run: StoredRun, wanted: Wanted) -> Quietly:
    """Learn from a part of the series, and keep what was learned with the run."""
    began, options = monotonic(), run.asked.options
    with database.reading() as stores:
        ids = draw(stores.demand.ids(wanted.selection), seed=options.seed)
        history = read_series(stores.demand, stores.demand_context, wanted, ids)
    message = f"learning from {len(ids):,} series"
    yield Step(0, message)
    future = pool.submit(learn, history, options.horizon, options.seed)
    for _ in until_done(future):
        yield Step(0, message)
    learned = future.result()
    digest = digest_of(learned)
    write_together(
        database, lambda stores: stores.forecasts.keep_training(run, learned, digest=digest, series=len(ids))
    )
    seconds = round(monotonic() - began, 1)
    log.info("forecast_learned", forecast_run=run.number, series=len(ids), training=digest, seconds=seconds)


def _forecast(database: Database, pool: Pool, run: StoredRun, wanted: Wanted) -> Quietly:
    """Forecast and keep the chunks that are not kept yet, in order."""
    began, message = monotonic(), "forecasting"
    with database.reading() as stores:
        last = stores.forecasts.last_chunk(run.number)
        trained = stores.forecasts.document(str(run.training))
    number, after = (-1, "") if last is None else last
    kept = done = min((number + 1) * run.asked.chunk_series, run.asked.series)
    yield Step(done, message)
    for came in Harvest(pool).in_order(_tasks(database, wanted, trained, run, after=after)):
        if came is not None:
            task, harvested = came
            number, done = number + 1, done + len(task)
            _keep(database, run, _chunk(number, task, harvested))
        yield Step(done, message)
    if done != run.asked.series:
        raise RuntimeError(f"forecast run {run.number} is of {run.asked.series} series, and {done} are there")
    _refuse_nothing(database, run)
    seconds = round(monotonic() - began, 1)
    log.info("forecast_made", forecast_run=run.number, series=done - kept, seconds=seconds)


def _refuse_nothing(database: Database, run: StoredRun) -> None:
    """A run that forecast no series at all has failed: nobody shall find it as the latest."""
    with database.reading() as stores:
        left_out = stores.forecasts.left_out(run.number, limit=run.asked.series)
    if left_out and len(left_out) == run.asked.series:
        raise RuntimeError(f"every series was left out; {left_out[0].series}: {left_out[0].reason}")


def _tasks(database: Database, wanted: Wanted, trained: str, run: StoredRun, *, after: str) -> Iterator[Task]:
    """The chunks of a run from behind a series, each read when it is its turn."""
    options, size = run.asked.options, run.asked.chunk_series
    while True:
        with database.reading() as stores:
            history = read_page(stores.demand, stores.demand_context, wanted, after=after, limit=size)
        if not history.series:
            return
        yield Task(history, trained, options.horizon, options.levels)
        after = history.ids[-1]


def _chunk(number: int, task: Task, harvested: Harvested) -> Chunk:
    assert isinstance(task.history, PackedHistory), "it was read from the database"
    content, digest = b"", ""
    if harvested.forecast is not None:
        document = document_of(harvested.forecast)
        content, digest = document.content, document.digest
    return Chunk(
        number=number,
        first=task.history.ids[0],
        last=task.history.ids[-1],
        series=len(task),
        left_out=harvested.left_out,
        history_digest=demand_documents.digest_of(task.history),
        digest=digest,
        content=content,
    )


def _keep(database: Database, run: StoredRun, chunk: Chunk) -> None:
    write_together(database, lambda stores: stores.forecasts.keep_chunk(run.number, chunk))


def _stored(database: Database, number: int) -> StoredRun:
    with database.reading() as stores:
        run = stores.forecasts.get(number)
    if run is None:
        raise RuntimeError(f"forecast run {number} is gone")
    return run
