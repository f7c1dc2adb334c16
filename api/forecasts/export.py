"""Forecasts as a file, Parquet or CSV, written while they come: no more than a chunk is in memory.

A row for each series and step: sku, place, the day the step starts on, mean, dispersion, and a column for
each level, named as `q0.95`.
"""

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from api.forecasts.overriding import lay_over
from forecasting.demand import QuantileForecast
from forecasting.history import sku_and_place
from storage.database import Database
from storage.forecast_documents import forecast_of
from storage.forecasts import StoredRun

if TYPE_CHECKING:
    import pyarrow as pa

    from api.forecasts.schemas import Format

_HEAD = ("sku", "place", "first", "mean", "dispersion")


def file_of(database: Database, run: StoredRun, form: "Format", *, planned: bool = False) -> Iterator[bytes]:
    """What a run that is done says, as a file; `planned` with the overrides that hold as it is begun."""
    said = _planned(database, run) if planned else _forecasts(database, run.number)
    return bytes_of(said, run.asked.options.levels, form)


def bytes_of(
    forecasts: Iterator[QuantileForecast], levels: tuple[float, ...], form: "Format"
) -> Iterator[bytes]:
    """The bytes of the file, in pieces. Without forecasts it has its columns and no rows."""
    return _parquet(forecasts, levels) if form == "parquet" else _csv(forecasts, levels)


def _forecasts(database: Database, run: int) -> Iterator[QuantileForecast]:
    """Each chunk in a short read of its own."""
    with database.reading() as stores:
        numbers = stores.forecasts.chunk_numbers(run)
    for number in numbers:
        with database.reading() as stores:
            chunk = stores.forecasts.chunk(run, number)
        if chunk is None:
            raise RuntimeError(f"forecast run {run} was purged while it was exported")
        if chunk.content:
            yield forecast_of(chunk.content)


def _planned(database: Database, run: StoredRun) -> Iterator[QuantileForecast]:
    """The chunks with the overrides laid over them that hold at one instant, that of the first read."""
    with database.reading() as stores:
        now = stores.real_now
    for forecast in _forecasts(database, run.number):
        with database.reading() as stores:
            laid = lay_over(stores, forecast, run.asked.grain, now=now)
        yield laid.forecast


def _csv(forecasts: Iterator[QuantileForecast], levels: tuple[float, ...]) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*_HEAD, *map(_name, levels)))
    for forecast in forecasts:
        for i, name in enumerate(forecast.ids):
            sku, place = sku_and_place(name)
            means, dispersions = forecast.mean[i].tolist(), forecast.dispersion[i].tolist()
            for h, units in enumerate(forecast.quantiles[i].tolist()):
                writer.writerow((sku, place, forecast.periods[h], means[h], dispersions[h], *units))
        yield _taken(text).encode()
    yield _taken(text).encode()


def _parquet(forecasts: Iterator[QuantileForecast], levels: tuple[float, ...]) -> Iterator[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [
            ("sku", pa.string()),
            ("place", pa.string()),
            ("first", pa.date32()),
            ("mean", pa.float64()),
            ("dispersion", pa.float64()),
            *((_name(level), pa.int64()) for level in levels),
        ]
    )
    sink = _Sink()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for forecast in forecasts:
            writer.write_table(_table(forecast, schema))
            yield sink.taken()
    yield sink.taken()


def _table(forecast: QuantileForecast, schema: "pa.Schema") -> "pa.Table":
    import pyarrow as pa

    steps = len(forecast.periods)
    pairs = [sku_and_place(name) for name in forecast.ids]
    columns = [
        np.repeat(np.array([sku for sku, _ in pairs], dtype=object), steps),
        np.repeat(np.array([place for _, place in pairs], dtype=object), steps),
        np.tile(np.array(forecast.periods, dtype="datetime64[D]"), len(pairs)),
        forecast.mean.ravel(),
        forecast.dispersion.ravel(),
        *forecast.quantiles.reshape(-1, len(forecast.levels)).T,
    ]
    arrays = [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


class _Sink(io.RawIOBase):
    """A file that is only written to, and given away piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def write(self, piece: object) -> int:
        data = bytes(memoryview(piece))  # type: ignore[arg-type]  # whatever has a buffer
        self._pieces.append(data)
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def _taken(text: io.StringIO) -> str:
    found = text.getvalue()
    text.seek(0)
    text.truncate()
    return found


def _name(level: float) -> str:
    return f"q{level:g}"
