"""Making a run: in chunks whatever their size, on after a stop, past series that fail, and nothing else."""

import shutil
import tracemalloc
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from api.forecasts import making
from api.forecasts.chunks import Task, digest_of
from api.forecasts.harvest import Harvest
from api.forecasts.making import draw, make_on
from forecasting.chunk import forecast_chunk
from forecasting.demand import QuantileForecast
from forecasting.history import Grain
from forecasting.learning.training import train
from storage.database import Database, open_database
from storage.demand import Selection
from storage.demand_context import Wanted, read_page
from storage.demand_documents import history_of
from storage.forecasts import StoredRun
from tests.forecast_runs.pools import BrokenOnSubmit, Poisoned, Serial, forecasts_of, made
from tests.storage.demand_series import LEVELS, new_run, put, sold

SERIES = 45


@pytest.fixture(scope="session")
def learned(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> str:
    """What a run over the 45 series learns, as text: once, for it takes seconds."""
    copied = shutil.copy(empty_file, tmp_path_factory.mktemp("learned") / "few.db")
    database = open_database(f"sqlite:///{copied}", durable=False)
    put(database, sold(SERIES))
    run = made(database, Serial(), new_run(database))
    with database.reading() as stores:
        text = stores.forecasts.document(str(run.training))
    database.close()
    return text


@pytest.fixture
def training(database: Database, learned: str) -> str:
    """The 45 series, with what was learned of them; its digest."""
    put(database, sold(SERIES))
    first = stored(database, new_run(database))
    digest = digest_of(learned)
    with database.writing() as stores:
        stores.forecasts.keep_training(first, learned, digest=digest, series=SERIES)
    return digest


@pytest.fixture
def asked(database: Database, training: str) -> int:
    """A run of the 45 series in chunks of 10, that has learned."""
    return new_run(database, training=training)


def stored(database: Database, number: int) -> StoredRun:
    with database.reading() as stores:
        run = stores.forecasts.get(number)
    assert run is not None
    return run


def test_a_run_says_what_forecasting_says_of_the_whole_history(database: Database) -> None:
    put(database, sold(SERIES))
    asked = new_run(database)
    run = made(database, Serial(), asked)
    with database.reading() as stores:
        wanted = Wanted(Selection(Grain.WEEK, run.asked.revision), run.asked.cutoff)
        history = history_of(read_page(stores.demand, stores.demand_context, wanted, after="", limit=SERIES))
    trained = train(history, horizon=4, seed=0)
    assert run.training == trained.digest
    said, chunks = forecast_chunk(history, trained, horizon=4, levels=LEVELS), forecasts_of(database, asked)
    assert [len(chunk.ids) for chunk in chunks] == [10, 10, 10, 10, 5]
    assert tuple(name for chunk in chunks for name in chunk.ids) == said.ids
    assert np.array_equal(np.concatenate([chunk.mean for chunk in chunks]), said.mean)
    assert np.array_equal(np.concatenate([chunk.quantiles for chunk in chunks]), said.quantiles)


def test_the_same_asked_again_comes_to_the_same_digest_and_other_demand_to_another(
    database: Database, training: str, asked: int
) -> None:
    first = made(database, Serial(), asked)
    again = made(database, Serial(ahead=1), new_run(database, training=training))
    assert (again.digest, again.history_digest) == (first.digest, first.history_digest)
    put(database, sold(1, seed=9))
    other = made(database, Serial(), new_run(database, training=training))
    assert other.history_digest != first.history_digest
    assert other.digest != first.digest


def test_what_was_learned_is_used_again_without_learning(
    database: Database, training: str, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "learn", None)
    run = made(database, Serial(), asked)
    assert run.training == training
    assert run.left_out == 0


def test_a_run_that_was_stopped_goes_on_behind_the_last_chunk_that_is_kept(
    database: Database, training: str, asked: int
) -> None:
    steps = make_on(Serial(ahead=1), database, stored(database, asked))
    for step in steps:
        if step.done == 20:
            break
    steps.close()
    assert stored(database, asked).finished_at is None
    with database.reading() as stores:
        assert stores.forecasts.chunk_numbers(asked) == [0, 1]
    pool = Serial()
    run = made(database, pool, asked)
    assert pool.submitted == [10, 10, 5]
    assert run.digest == made(database, Serial(), new_run(database, training=training)).digest


def test_demand_that_comes_in_meanwhile_is_left_to_the_next_run(database: Database, training: str) -> None:
    expected = made(database, Serial(), new_run(database, training=training))
    number = new_run(database, training=training)
    with database.writing() as stores:
        job = stores.jobs.create("forecast-run", "{}", total=SERIES)
        stores.forecasts.of_job(number, job.id)
    steps = make_on(Serial(ahead=1), database, stored(database, number))
    next(step for step in steps if step.done == 20)
    put(database, sold(SERIES, seed=3))
    for _ in steps:
        pass
    assert stored(database, number).digest == expected.digest


def test_a_series_that_fails_is_left_out_by_name_and_the_others_are_not(
    database: Database, training: str, asked: int
) -> None:
    whole = forecasts_of(database, made(database, Serial(), new_run(database, training=training)).number)
    run = made(database, Poisoned(raising=("S0003|P2",)), asked)
    assert run.left_out == 1
    with database.reading() as stores:
        (gone,) = stores.forecasts.left_out(asked, limit=9)
    assert (gone.series, gone.reason) == ("S0003|P2", "ValueError: this series is poison")
    chunks = forecasts_of(database, asked)
    assert [len(chunk.ids) for chunk in chunks] == [10, 9, 10, 10, 5]
    kept = [name != "S0003|P2" for name in whole[1].ids]
    assert np.array_equal(chunks[1].quantiles, whole[1].quantiles[kept])


def test_a_series_that_kills_its_worker_is_found_and_what_was_in_hand_is_done_again(
    database: Database, training: str, asked: int
) -> None:
    expected = made(database, Serial(), new_run(database, training=training))
    pool = Poisoned(deadly=("S0003|P2",))
    run = made(database, pool, asked)
    assert run.left_out == 1
    with database.reading() as stores:
        (gone,) = stores.forecasts.left_out(asked, limit=9)
    assert (gone.series, gone.reason) == ("S0003|P2", "its worker died of it")
    assert 3 <= pool.renewals <= 8
    told = zip(forecasts_of(database, asked), forecasts_of(database, expected.number), strict=True)
    for number, (chunk, whole) in enumerate(told):
        if number != 1:
            assert np.array_equal(chunk.mean, whole.mean)


def test_a_run_of_which_every_series_fails_has_failed_and_is_not_the_latest(
    database: Database, training: str, asked: int
) -> None:
    few = new_run(database, training=training, skus=("S0003",), places=("P2",))
    with pytest.raises(RuntimeError, match=r"every series was left out; S0003\|P2: ValueError: this series"):
        made(database, Poisoned(raising=("S0003|P2",)), few)
    assert stored(database, few).finished_at is None


def test_a_pool_that_breaks_between_two_tasks_is_begun_anew(
    database: Database, training: str, asked: int
) -> None:
    expected = made(database, Serial(), new_run(database, training=training))
    pool = BrokenOnSubmit()
    run = made(database, pool, asked)
    assert (pool.renewals, run.digest, run.left_out) == (1, expected.digest, 0)


def test_where_every_series_of_a_chunk_fails_the_run_does_and_says_why(
    database: Database, training: str
) -> None:
    number = new_run(database, chunk_series=25, training=training)
    names = tuple(one.id for one in sold(SERIES))
    with pytest.raises(ValueError, match="this series is poison"):
        made(database, Poisoned(raising=names), number)
    with database.reading() as stores:
        assert stores.forecasts.chunk_numbers(number) == []


def test_workers_that_die_of_everything_end_the_run(
    database: Database, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.forecasts.harvest.MOST_DEATHS", 4)
    names = tuple(one.id for one in sold(SERIES))
    with pytest.raises(RuntimeError, match="given up: workers died 5 times"):
        made(database, Poisoned(deadly=names), asked)


def test_no_more_is_read_than_is_worked_on(database: Database, asked: int) -> None:
    run = made(database, Serial(), asked)
    with database.reading() as stores:
        wanted = Wanted(Selection(Grain.WEEK, run.asked.revision), run.asked.cutoff)
        trained = stores.forecasts.document(str(run.training))
    taken = 0

    def counted() -> Iterator[Task]:
        nonlocal taken
        for task in making._tasks(database, wanted, trained, run, after=""):
            taken += 1
            yield task

    for came in islice(Harvest(Serial(ahead=2)).in_order(counted()), 2):
        assert came is not None
    assert taken <= 3


def test_what_is_learned_from_is_drawn_by_the_seed_whatever_the_order() -> None:
    names = [f"S{i}|P" for i in range(500)]
    drawn = draw(iter(names), seed=1, most=50)
    assert drawn == draw(iter(names[::-1]), seed=1, most=50) == sorted(drawn)
    assert len(set(drawn)) == 50
    assert drawn != draw(iter(names), seed=2, most=50)
    assert draw(iter(names), seed=1, most=600) == sorted(names)


def test_twice_the_series_take_no_more_memory(
    database: Database, training: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.forecasts.harvest.forecast", zeros)
    peaks = []
    for number in (1_500, 3_000):
        put(database, sold(number, weeks=157))
        run = new_run(database, chunk_series=100, training=training)
        tracemalloc.start()
        assert made(database, Serial(), run).done == number
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]


def zeros(task: Task) -> QuantileForecast:
    """In place of a forecast, which would take its time."""
    n, h, levels = len(task), task.horizon, len(task.levels)
    return QuantileForecast(
        ids=task.history.ids,
        periods=history_of(task.history).periods(h),
        levels=task.levels,
        mean=np.zeros((n, h)),
        dispersion=np.zeros((n, h)),
        quantiles=np.zeros((n, h, levels), dtype=np.int64),
        left_out=(),
    )
