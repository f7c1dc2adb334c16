"""Forecast runs as kept: a chunk once, what was learned once, the newest runs."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from forecasting.demand import QuantileForecast
from forecasting.history import Grain
from forecasting.models.protocol import LeftOut
from fulfillment.ids import SkuId
from storage.database import Database
from storage.demand import Selection
from storage.forecast_documents import document_of, forecast_of, joined
from storage.forecasts import Chunk, LeftOutSeries, StoredRun
from storage.jobs import JobState
from storage.purging import purge_forecasts
from tests.storage.demand_series import LEVELS, new_run, put, sold

WEEK = Grain.WEEK


def said(first: int, end: int, *, seed: int = 0) -> QuantileForecast:
    """Something of the series from one number to before another."""
    rng = np.random.default_rng([seed, first])
    return QuantileForecast(
        ids=tuple(f"S{i:04d}|P0" for i in range(first, end)),
        periods=tuple(date(2026, 1, 5) + timedelta(weeks=k) for k in range(4)),
        levels=LEVELS,
        mean=rng.gamma(1.0, 5.0, (end - first, 4)),
        dispersion=rng.gamma(1.0, 1.0, (end - first, 4)),
        quantiles=rng.integers(0, 10**6, (end - first, 4, 3)),
        left_out=(LeftOut(f"S{first:04d}|P0", "theta", "too short"),),
    )


def chunk(number: int, *, seed: int = 0, left_out: tuple[LeftOutSeries, ...] = ()) -> Chunk:
    forecast = said(number * 10, number * 10 + 10, seed=seed)
    kept = document_of(forecast)
    return Chunk(number, forecast.ids[0], forecast.ids[-1], 10, left_out, "h", kept.digest, kept.content)


def a_run(database: Database) -> int:
    put(database, sold(20))
    return new_run(database)


def finished(database: Database, number: int, *chunks: Chunk) -> StoredRun:
    with database.writing() as stores:
        for one in chunks:
            stores.forecasts.keep_chunk(number, one)
        stores.forecasts.finish(number)
    with database.reading() as stores:
        run = stores.forecasts.get(number)
    assert run is not None
    return run


def same(one: QuantileForecast, other: QuantileForecast) -> bool:
    return (
        (one.ids, one.periods, one.levels, one.left_out)
        == (other.ids, other.periods, other.levels, other.left_out)
        and np.array_equal(one.mean, other.mean)
        and np.array_equal(one.dispersion, other.dispersion)
        and np.array_equal(one.quantiles, other.quantiles)
    )


def test_a_forecast_is_read_back_to_the_bit() -> None:
    forecast = said(0, 7)
    kept = document_of(forecast)
    assert same(forecast_of(kept.content), forecast)
    assert document_of(said(0, 7)) == kept
    assert document_of(said(0, 7, seed=1)).digest != kept.digest


def test_a_quantile_beyond_32_bits_is_kept_as_the_largest() -> None:
    forecast = said(0, 1)
    forecast.quantiles[0, 0, 0] = 2**40
    assert forecast_of(document_of(forecast).content).quantiles[0, 0, 0] == 2**31 - 1


def test_halves_join_to_the_whole() -> None:
    whole, halves = said(0, 6), (said(0, 6), said(6, 9))
    assert same(joined([whole]), whole)
    both = joined(halves)
    assert both.ids == halves[0].ids + halves[1].ids
    assert np.array_equal(both.quantiles[6:], halves[1].quantiles)
    assert both.left_out == halves[0].left_out + halves[1].left_out


def test_a_chunk_is_kept_once_and_another_in_its_place_is_refused(database: Database) -> None:
    run = a_run(database)
    with database.writing() as stores:
        stores.forecasts.keep_chunk(run, chunk(0))
    with database.writing() as stores:
        stores.forecasts.keep_chunk(run, chunk(0))
        assert stores.forecasts.chunk_numbers(run) == [0]
        with pytest.raises(RuntimeError, match="chunk 0 of forecast run"):
            stores.forecasts.keep_chunk(run, chunk(0, seed=1))
        assert stores.forecasts.chunk(run, 0) == chunk(0)


def test_a_run_is_done_when_it_is_finished_and_its_digest_is_that_of_its_chunks(database: Database) -> None:
    gone = (LeftOutSeries("S0003|P0", "its worker died of it"),)
    first, second, other = (a_run(database) for _ in range(3))
    with database.reading() as stores:
        waiting = stores.forecasts.get(first)
        assert waiting is not None
        assert (waiting.state, waiting.done, waiting.digest) == (JobState.FAILED, 0, None)  # it has no job
        assert stores.forecasts.latest(WEEK) is None
    one = finished(database, first, chunk(0, left_out=gone), chunk(1))
    two = finished(database, second, chunk(0, left_out=gone), chunk(1))
    three = finished(database, other, chunk(0), chunk(1, seed=5))
    assert (one.state, one.done, one.left_out) == (JobState.DONE, 20, 1)
    assert one.digest == two.digest != three.digest
    with database.reading() as stores:
        assert stores.forecasts.left_out(first, limit=5) == list(gone)
        latest = stores.forecasts.latest(WEEK)
        assert latest is not None
        assert latest.number == other
    again = finished(database, first)
    assert again.finished_at == one.finished_at


def test_a_series_is_found_in_its_chunk_alone(database: Database) -> None:
    run = a_run(database)
    finished(database, run, chunk(0), chunk(1))
    with database.reading() as stores:
        found = stores.forecasts.chunk_with(run, "S0013|P0")
        assert found is not None
        assert found.number == 1
        assert stores.forecasts.chunk_with(run, "S0099|P0") is None
        assert [one.number for one in stores.forecasts.chunks(run, after="S0009|P0")] == [1]
        assert stores.forecasts.last_chunk(run) == (1, "S0019|P0")
        assert stores.forecasts.last_chunk(run + 1) is None


def test_what_was_learned_is_kept_once_and_the_latest_that_reaches_is_found(database: Database) -> None:
    numbers = [a_run(database) for _ in range(3)]
    with database.writing() as stores:
        for number, digest in zip(numbers, ("a" * 32, "b" * 32, "a" * 32), strict=True):
            run = stores.forecasts.get(number)
            assert run is not None
            stores.forecasts.keep_training(run, f"learned {digest[0]}", digest=digest, series=20)
    with database.reading() as stores:
        assert [one.digest[0] for one in stores.forecasts.trainings(before=None, limit=9)] == ["b", "a"]
        latest = stores.forecasts.latest_training(WEEK, horizon=4)
        assert latest is not None
        assert (latest.digest, latest.series) == ("b" * 32, 20)
        assert stores.forecasts.latest_training(WEEK, horizon=5) is None
        assert stores.forecasts.latest_training(Grain.DAY, horizon=1) is None
        assert stores.forecasts.document("a" * 32) == "learned a"
        third = stores.forecasts.get(numbers[2])
        assert third is not None
        assert third.training == "a" * 32


def test_the_newest_runs_stay_and_what_no_run_was_made_from_goes(database: Database) -> None:
    numbers = [a_run(database) for _ in range(6)]
    at_work, half, *done = numbers
    with database.writing() as stores:
        job = stores.jobs.create("forecast-run", "{}", total=20)
        stores.forecasts.of_job(at_work, job.id)
        stores.forecasts.keep_chunk(half, chunk(0))
        for number in done:
            run = stores.forecasts.get(number)
            assert run is not None
            stores.forecasts.keep_training(run, "x", digest=f"{number:032d}", series=20)
    for number in done:
        finished(database, number, chunk(0), chunk(1))
    with database.writing() as stores:
        assert stores.forecasts.purge(keep=9) == 0
        assert stores.forecasts.purge(keep=2) == 3  # two that are done, and one that ended half way
        left = [run.number for run in stores.forecasts.list(before=None, limit=9)]
        assert left == [done[3], done[2], at_work]
        assert stores.forecasts.chunk_numbers(done[0]) == stores.forecasts.chunk_numbers(half) == []
        trainings = [one.digest for one in stores.forecasts.trainings(before=None, limit=9)]
        assert trainings == [f"{done[3]:032d}", f"{done[2]:032d}"]


def test_runs_are_listed_the_newest_first_by_pages(database: Database) -> None:
    numbers = [a_run(database) for _ in range(3)]
    with database.reading() as stores:
        found = stores.forecasts.list(before=None, limit=2)
        assert [run.number for run in found] == numbers[:0:-1]
        assert [run.number for run in stores.forecasts.list(before=found[-1].number, limit=2)] == numbers[:1]
        assert found[0].asked == replace(found[0].asked, chunk_series=10, series=20)


def test_the_purge_keeps_the_newest_runs_and_the_demand_of_what_still_sells(database: Database) -> None:
    put(database, [*sold(19), replace(sold(1, weeks=2)[0], sku=SkuId("gone"))])
    numbers = [new_run(database) for _ in range(3)]
    for number in numbers:
        finished(database, number, chunk(0))
    assert purge_forecasts(database, keep_runs=2, demand_days=0) == {"forecast_runs": 1, "demand_series": 0}
    assert purge_forecasts(database, keep_runs=2, demand_days=365) == {
        "forecast_runs": 0,
        "demand_series": 1,
    }
    with database.reading() as stores:
        assert stores.forecasts.get(numbers[0]) is None
        assert stores.demand.extent(Selection(WEEK, stores.demand.revision)).series == 19
        # The one that is gone was read by runs that are done, and is needed by none.
        assert stores.demand.extent(Selection(WEEK, 1)).series == 19
