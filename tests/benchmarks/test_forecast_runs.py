"""A run of 100,000 series of 157 weeks on two processes: seconds and memory; learning is timed apart.

In the tests a few series; `make bench` prints how far the aims are, 2 minutes and 4 GB.
"""

from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from storage.database import open_database
from tests.forecast_runs.measuring import fill, learned, measured

SERIES, CHUNK, PROCESSES = 100_000, 2_000, 2
LEARNED_FROM = 2_000  # series; of the forecast's time it changes nothing
SECONDS_AIM, BYTES_AIM = 120, 4_000_000_000


@pytest.mark.timeout(3_600)  # learning takes minutes, and is not what is timed
@pytest.mark.benchmark(group="forecast runs")
def test_a_run_of_many_series_is_made_in_time_and_in_bounds(
    benchmark: BenchmarkFixture, tmp_path: Path
) -> None:
    number = SERIES if benchmark.enabled else 60
    chunk = CHUNK if benchmark.enabled else 20
    database = open_database(f"sqlite:///{tmp_path / 'bench.db'}", durable=False)
    database.upgrade()
    fill(database, min(number, LEARNED_FROM))
    training, learning_seconds = learned(database, processes=PROCESSES, chunk_series=chunk)
    fill(database, number)
    made = benchmark.pedantic(
        measured,
        args=(database,),
        kwargs={"training": training, "processes": PROCESSES, "chunk_series": chunk},
        rounds=1,
        warmup_rounds=0,
    )
    database.close()
    assert (made.run.done, made.run.left_out) == (number, 0)
    if benchmark.enabled:
        print(f"\n  {number:,} series in chunks of {chunk:,} on {PROCESSES} processes")
        print(f"  forecast and kept in {made.seconds:.0f} s ({number / made.seconds:,.0f} series/s)", end="")
        print(f", aim {SECONDS_AIM} s; start of the processes counted")
        print(f"  {made.processor_seconds:.0f} s of processors")
        print(f"  peak {made.peak_bytes / 1e9:.2f} GB, aim {BYTES_AIM / 1e9:.0f} GB")
        print(f"  learning apart, from {LEARNED_FROM:,} series: {learning_seconds:.0f} s on one process")
        assert made.seconds < SECONDS_AIM
        assert made.peak_bytes < BYTES_AIM
