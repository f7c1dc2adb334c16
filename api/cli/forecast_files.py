"""Forecasts into files: made here on a pool of processes, or taken from elsewhere. No tables, no options."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.errors import CommandError
from api.cli.trained_files import keep_trained, read_trained
from api.cli.words import count
from api.demand.parquet_tables import is_parquet
from api.forecasts.direct import drawn, forecasts, get_ready, learned
from api.forecasts.executors import Cluster, Pool, Processes, open_pool
from api.forecasts.export import bytes_of
from api.settings import load_settings
from forecasting.history import History
from forecasting.learning.trained import Trained
from storage.whole_files import whole_file

if TYPE_CHECKING:
    from api.cli.output import Progress
    from api.forecasts.harvest import Harvested
    from api.forecasts.schemas import Format
    from storage.forecasts import LeftOutSeries


@dataclass(slots=True)
class Made:
    """What became of a run: series forecast, those left out with their reasons, and what it was made with."""

    training: str = ""
    was_learned: bool = False
    series: int = 0
    left_out: "list[LeftOutSeries]" = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run shall say, and where."""

    out: Path
    horizon: int
    levels: tuple[float, ...]
    seed: int
    trained: Path | None


def form_of(file: Path) -> "Format":
    """By the file's name, as for files that are read."""
    return "parquet" if is_parquet(file) else "csv"


def pool_of(workers: int | None, dask: str | None) -> Pool:
    """So many processes, or the cluster named, or what the settings say.

    Raises
    ------
    CommandError
        Both are named.
    ClusterAway
        No scheduler answers.
    """
    if workers is not None and dask is not None:
        raise CommandError("--workers and --dask were given", fix="Give one of them")
    if workers is not None:
        return Processes(workers)
    if dask is not None:
        return Cluster(load_settings(None, forecast_cluster=dask).forecast_cluster)
    return open_pool(load_settings())


def make(pool: Pool, history: History, wanted: Wanted, progress: "Progress") -> Made:
    """Learn, unless that is kept already, and forecast the history into the file."""
    made, chunk_series = Made(), load_settings().forecast_chunk_series
    known = _kept(wanted, history)  # read before anything is started, so that a wrong file is told at once
    progress.update("getting ready")
    get_ready(pool)
    if known is None:
        sample = drawn(history, seed=wanted.seed)
        progress.update(f"learning from {count(len(sample), 'series', 'series')}")
        text = learned(pool, sample, horizon=wanted.horizon, seed=wanted.seed)
        known, made.was_learned = Trained.from_json(text), True
        if wanted.trained is not None:
            keep_trained(wanted.trained, text)
    made.training = known.digest

    def tell(done: int, harvested: "Harvested") -> None:
        made.series += 0 if harvested.forecast is None else len(harvested.forecast.ids)
        made.left_out.extend(harvested.left_out)
        progress.update(f"forecasting, {done:,} of {len(history):,} series")

    progress.update(f"forecasting {count(len(history), 'series', 'series')}")
    said = forecasts(
        pool,
        history,
        known.to_json(),
        horizon=wanted.horizon,
        levels=wanted.levels,
        chunk_series=chunk_series,
        tell=tell,
    )
    write(bytes_of(said, wanted.levels, form_of(wanted.out)), wanted.out)
    return made


def write(pieces: Iterator[bytes], out: Path) -> int:
    """The file, when it is whole; its length in bytes."""
    length = 0
    with whole_file(out, what="forecast") as file:
        for piece in pieces:
            length += file.write(piece)
    return length


def _kept(wanted: Wanted, history: History) -> Trained | None:
    if wanted.trained is None or not wanted.trained.exists():
        return None
    return read_trained(wanted.trained, history, horizon=wanted.horizon)
