"""Chunks handed out ahead and taken back in order, whatever becomes of their workers.

A task that fails, or that its worker dies of, is halved until the series to blame stands alone; that one is
left out, by name. A pool that lost a worker is begun anew, and what it had in hand is done again.
"""

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import BrokenExecutor, CancelledError, Future, wait
from dataclasses import dataclass
from typing import TypeVar

from api.errors import ClusterAway
from api.forecasts.chunks import Task, forecast
from api.forecasts.executors import Pool
from api.logs import log
from forecasting.demand import QuantileForecast
from storage.forecast_documents import joined
from storage.forecasts import LeftOutSeries

WAIT_SECONDS = 0.5  # between two signs of life
MOST_DEATHS = 60  # of workers, in one run: a chunk of 2,000 takes 24 to find one series to blame
SYSTEMATIC = 20  # series of one chunk that all fail: the fault is not theirs
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Harvested:
    """What came of a task: a forecast, but for the series left out; None where that is all of them."""

    forecast: QuantileForecast | None
    left_out: tuple[LeftOutSeries, ...] = ()


class Harvest:
    """Of one run."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._deaths = 0

    def in_order(self, tasks: Iterable[Task]) -> Generator[tuple[Task, Harvested] | None, None, None]:
        """Each task with what came of it, in their order; None twice a second while there is nothing.

        Only as many tasks are taken as the pool works on at once.

        Raises
        ------
        Exception
            What a task raised of which every series fails, or of which more workers died than are borne.
        """
        coming, waiting = iter(tasks), deque[tuple[Task, Future[QuantileForecast]]]()
        while True:
            while len(waiting) < self._pool.ahead and (task := next(coming, None)) is not None:
                waiting.append((task, self._hand_out(task)))
            if not waiting:
                return
            task, future = waiting.popleft()
            yield from until_done(future)
            try:
                yield task, Harvested(future.result())
            except BrokenExecutor as error:
                self._renew(error)
                # Any of those in hand may be to blame, so each is tried alone.
                in_hand = [(task, future), *waiting]
                waiting.clear()
                for suspect, held in in_hand:
                    survived = held.done() and not held.cancelled() and held.exception() is None
                    found = Harvested(held.result()) if survived else (yield from self._alone(suspect))
                    yield suspect, _sound(suspect, found, error)
            except CancelledError as error:
                raise ClusterAway("", "it has lost the tasks that it was given") from error
            except Exception as error:
                yield task, _sound(task, (yield from self._halves(task, error)), error)

    def _alone(self, task: Task) -> Generator[None, None, Harvested]:
        future = self._hand_out(task)
        yield from until_done(future)
        try:
            return Harvested(future.result())
        except BrokenExecutor as error:
            self._renew(error)
            return (yield from self._halves(task, error))
        except CancelledError as error:
            raise ClusterAway("", "it has lost the tasks that it was given") from error
        except Exception as error:
            return (yield from self._halves(task, error))

    def _halves(self, task: Task, error: Exception) -> Generator[None, None, Harvested]:
        if len(task) == 1:
            (name,) = task.history.ids
            what = "its worker died of it" if isinstance(error, BrokenExecutor) else _said(error)
            log.warning("forecast_left_out", series=name, detail=what)
            return Harvested(None, (LeftOutSeries(name, what),))
        found: list[Harvested] = []
        for half in task.halves():
            found.append((yield from self._alone(half)))
        forecasts = [one.forecast for one in found if one.forecast is not None]
        left_out = tuple(series for one in found for series in one.left_out)
        return Harvested(joined(forecasts) if forecasts else None, left_out)

    def _hand_out(self, task: Task) -> Future[QuantileForecast]:
        try:
            return self._pool.submit(forecast, task)
        except BrokenExecutor as error:  # between two looks; told where others are told
            broken: Future[QuantileForecast] = Future()
            broken.set_exception(error)
            return broken

    def _renew(self, error: BrokenExecutor) -> None:
        self._deaths += 1
        log.warning("forecast_worker_died", deaths=self._deaths)
        if self._deaths > MOST_DEATHS:
            raise RuntimeError(f"given up: workers died {self._deaths} times while they forecast") from error
        self._pool.renew()


def until_done(future: Future[Done]) -> Generator[None, None, None]:
    """Yields twice a second until the future is done, so that a cancel is seen meanwhile."""
    while not wait([future], timeout=WAIT_SECONDS).done:
        yield


def _sound(task: Task, found: Harvested, error: Exception) -> Harvested:
    if found.forecast is None and len(task) >= SYSTEMATIC:
        raise error
    return found


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
