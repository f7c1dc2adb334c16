"""When and by whom kernels are compiled: once, outside of every test and its time-out."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from api.orders.warming import warm_up

HERE = Path(__file__).parent

NEVER_SOLVE = tuple(
    HERE / room
    for room in (
        "compiled",
        "demand",
        "storage",
        "ledger",
        "forecast_runs",
        "forecasting",
        "replenishment",
        "feeds",
        "fulfillment",
        "architecture",
        "benchmarks/test_forecast_kernels.py",
    )
)
"""Rooms and files whose tests go on while another worker compiles."""


def solves(file: Path) -> bool:
    """Whether tests of this file may reach the solver."""
    return not any(file.is_relative_to(room) for room in NEVER_SOLVE)


def forecasts(file: Path) -> bool:
    """Whether tests of this file are about forecasts; elsewhere one in passing compiles in seconds."""
    return file.is_relative_to(HERE / "forecasting")


@cache
def compile_once() -> None:
    """Compile what the solver lacks; of several processes one does, and the others wait for it."""
    with _alone():
        warm_up()


@cache
def compile_forecasts() -> None:
    """The same for the loops of forecasting."""
    from forecasting.kernels import smoothing  # loads scipy's distributions, which few tests need

    with _alone():
        smoothing.warm_up()


@contextmanager
def _alone() -> Iterator[None]:
    with Path(__file__).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
