"""Parts of runs by series: what several runs say of the same series, and what sold of them. No judging.

Runs keep chunks of their own, so that those of one run do not match those of another. A block is what all of
them say of the series from one id to another.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from forecasting.demand import QuantileForecast
from forecasting.history import MASKED, Grain, History
from storage.database import Database
from storage.demand import Selection
from storage.demand_documents import DemandSeries, unpack_series
from storage.forecast_documents import forecast_of, joined
from storage.forecasts import StoredRun
from storage.stores import Stores


@dataclass(frozen=True, slots=True)
class Block:
    """Some series: what each run says of them, in the order of the runs, and what has sold by the cutoff."""

    said: tuple[QuantileForecast, ...]
    history: History


def blocks(database: Database, runs: Sequence[StoredRun]) -> Iterator[Block]:
    """All series of some runs, block by block of the last run's chunks; sales up to its cutoff.

    Each block is read in a transaction of its own, and its sales as they are known by then.
    """
    newest = runs[-1]
    with database.reading() as stores:
        numbers = stores.forecasts.chunk_numbers(newest.number)
    after = ""
    for number in numbers:
        with database.reading() as stores:
            chunk = stores.forecasts.chunk(newest.number, number)
            assert chunk is not None, "chunks go with their run, and it is watched"
            last = None if number == numbers[-1] else chunk.last
            yield _block(stores, runs, after, last)
        after = chunk.last


def _block(stores: Stores, runs: Sequence[StoredRun], after: str, last: str | None) -> Block:
    said = tuple(_said(stores, run, after, last) for run in runs)
    ids = sorted({name for one in said for name in one.ids})
    return Block(said, sold(stores, runs[-1], ids))


def sold(stores: Stores, run: StoredRun, ids: Sequence[str]) -> History:
    """What is known now of these series' sales up to the cutoff of a run.

    Series that end before it are left out, as are those of which nothing is known but stock-outs.
    """
    grain, cutoff = run.asked.grain, run.asked.cutoff
    selection = Selection(grain, stores.demand.revision)
    found = [unpack_series(one) for one in stores.demand.of_ids(selection, ids)]
    kept = [_until(one, grain, run) for one in found if one.first <= cutoff <= one.last(grain)]
    kept = [one for one in kept if (one.states != MASKED).any()]
    lengths = np.array([len(one.units) for one in kept], dtype=np.int64)
    return History(
        ids=tuple(one.id for one in kept),
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        units=np.concatenate([np.zeros(0), *(one.units.astype(np.float64) for one in kept)]),
        state=np.concatenate([np.zeros(0, np.uint8), *(one.states for one in kept)]),
        last=cutoff,
        grain=grain,
    )


def _until(one: DemandSeries, grain: Grain, run: StoredRun) -> DemandSeries:
    steps = (run.asked.cutoff - one.first).days // grain.days + 1
    return replace(one, units=one.units[:steps], states=one.states[:steps])


def _said(stores: Stores, run: StoredRun, after: str, last: str | None) -> QuantileForecast:
    """What a run says of the series behind one id, up to another; of none, if that is so, with its steps."""
    found = [
        forecast_of(chunk.content)
        for chunk in stores.forecasts.chunks_across(run.number, after, last)
        if chunk.content
    ]
    if not found:
        return of_none(run)
    whole = joined(found)
    rows = [row for row, name in enumerate(whole.ids) if after < name and (last is None or name <= last)]
    return QuantileForecast(
        ids=tuple(whole.ids[row] for row in rows),
        periods=whole.periods,
        levels=whole.levels,
        mean=whole.mean[rows],
        dispersion=whole.dispersion[rows],
        quantiles=whole.quantiles[rows],
        left_out=(),
    )


def of_none(run: StoredRun) -> QuantileForecast:
    """What a run says of no series."""
    options = run.asked.options
    shape = (0, options.horizon)
    step = timedelta(days=run.asked.grain.days)
    return QuantileForecast(
        ids=(),
        periods=tuple(run.asked.cutoff + step * k for k in range(1, options.horizon + 1)),
        levels=options.levels,
        mean=np.zeros(shape),
        dispersion=np.zeros(shape),
        quantiles=np.zeros((*shape, len(options.levels)), dtype=np.int64),
        left_out=(),
    )
