"""Pools for tests: one that works at once in this process, and those that lose their workers."""

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from api.forecasts.chunks import Task, forecast
from api.forecasts.making import make_on
from forecasting.demand import QuantileForecast
from storage.database import Database
from storage.forecast_documents import forecast_of
from storage.forecasts import StoredRun


class Serial:
    """Does each task when it is submitted. The others have to come to the same bytes."""

    def __init__(self, *, ahead: int = 3) -> None:
        self.ahead = ahead
        self.renewals = 0
        self.submitted: list[int] = []

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        if args and isinstance(args[0], Task):
            self.submitted.append(len(args[0]))
        try:
            future.set_result(self.do(work, *args, **named))
        except Exception as error:
            future.set_exception(error)
        return future

    def do(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        return work(*args, **named)

    def renew(self) -> None:
        self.renewals += 1

    def close(self) -> None: ...


class Poisoned(Serial):
    """Fails at each task with one of these series in it; `deadly` ones take the worker along."""

    def __init__(self, *, raising: tuple[str, ...] = (), deadly: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._raising = raising
        self._deadly = deadly
        self._is_broken = False

    def do(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        if work is forecast:
            ids = set(args[0].history.ids)
            if self._is_broken or ids & set(self._deadly):
                self._is_broken = True
                raise BrokenProcessPool("a process in the process pool was terminated abruptly")
            if ids & set(self._raising):
                raise ValueError("this series is poison")
        return super().do(work, *args, **named)

    def renew(self) -> None:
        super().renew()
        self._is_broken = False


class BrokenOnSubmit(Serial):
    """Its worker dies between two tasks, once: then submitting itself fails."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> "Future[Any]":
        if work is forecast and len(self.submitted) == 2 and not self.renewals:
            raise BrokenExecutor("broken before it was asked")
        return super().submit(work, *args, **named)


def made(database: Database, pool: Any, number: int) -> StoredRun:
    """The run, made to its end on a pool."""
    with database.reading() as stores:
        run = stores.forecasts.get(number)
    assert run is not None
    for _ in make_on(pool, database, run):
        pass
    with database.reading() as stores:
        run = stores.forecasts.get(number)
    assert run is not None
    assert run.finished_at is not None
    return run


def forecasts_of(database: Database, number: int) -> list[QuantileForecast]:
    """What each chunk of a run says."""
    with database.reading() as stores:
        return [forecast_of(chunk.content) for chunk in stores.forecasts.chunks(number) if chunk.content]
