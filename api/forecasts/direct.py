"""Forecasts a history that is in memory, on a pool: learned from once, then chunk by chunk. It keeps nothing.

What a run of the service says of the same history, training and chunks is the same.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import TypeVar

import numpy as np

from api.forecasts.chunks import Task, learn
from api.forecasts.executors import Pool
from api.forecasts.harvest import Harvest, Harvested, until_done
from api.forecasts.making import draw
from forecasting.demand import QuantileForecast
from forecasting.history import History
from forecasting.kernels.smoothing import warm_up

Done = TypeVar("Done")


def get_ready(pool: Pool) -> None:
    """Let one process compile the inner loops: the others then find them compiled."""
    _waited_for(pool.submit(warm_up))


def drawn(history: History, *, seed: int) -> History:
    """The series that are learned from: all, or as many as a run of the service draws."""
    ids = set(draw(iter(history.ids), seed=seed))
    rows = np.array([row for row, name in enumerate(history.ids) if name in ids], dtype=np.int64)
    return history.take(rows)


def learned(pool: Pool, history: History, *, horizon: int, seed: int) -> str:
    """What is learned from a history, as text."""
    return _waited_for(pool.submit(learn, history, horizon, seed))


def forecasts(
    pool: Pool,
    history: History,
    trained: str,
    *,
    horizon: int,
    levels: tuple[float, ...],
    chunk_series: int,
    tell: Callable[[int, Harvested], None],
) -> Iterator[QuantileForecast]:
    """The forecasts of each chunk in order; `tell` is given the series done so far and what came of it.

    A series that fails is left out by name, as in `api.forecasts.harvest`.

    Raises
    ------
    Exception
        What a chunk raised of which every series fails.
    """
    firsts = range(0, len(history), chunk_series)
    rows = (np.arange(first, min(first + chunk_series, len(history))) for first in firsts)
    tasks = (Task(history.take(of_chunk), trained, horizon, levels) for of_chunk in rows)
    done = 0
    for came in Harvest(pool).in_order(tasks):
        if came is None:
            continue
        task, harvested = came
        done += len(task)
        tell(done, harvested)
        if harvested.forecast is not None:
            yield harvested.forecast


def _waited_for(future: Future[Done]) -> Done:
    for _ in until_done(future):
        pass  # twice a second, so that Ctrl-C is heard
    return future.result()
