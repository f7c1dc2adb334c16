"""Memory of a forecast run is that of its chunks: four times the series take no more of it."""

from pathlib import Path

import pytest

from storage.database import open_database
from tests.forecast_runs.measuring import fill, learned, measured

SERIES, CHUNK, GROWTH = 10_000, 500, 1.10


@pytest.mark.soak
def test_four_times_the_series_take_no_more_memory(tmp_path: Path) -> None:
    peaks = []
    for number in (SERIES, 4 * SERIES):
        database = open_database(f"sqlite:///{tmp_path / f'{number}.db'}", durable=False)
        database.upgrade()
        fill(database, 500)
        training, _ = learned(database, processes=2, chunk_series=CHUNK)  # of both the same
        fill(database, number)
        made = measured(database, training=training, processes=2, chunk_series=CHUNK)
        assert made.run.done == number
        peaks.append(made.peak_bytes)
        database.close()
    print(f"\n  peaks {[f'{peak / 1e6:.0f} MB' for peak in peaks]}")
    assert peaks[1] < GROWTH * peaks[0]
