"""When and by whom the solver's kernels are compiled: once, outside of every test and its time-out."""

import fcntl
from functools import cache
from pathlib import Path

from api.orders.warming import warm_up

HERE = Path(__file__).parent

NEVER_SOLVE = tuple(
    HERE / room
    for room in (
        *("storage", "ledger", "demand", "forecasting", "replenishment", "feeds", "fulfillment"),
        "architecture",
    )
)
"""Rooms whose tests go on while another worker compiles."""


def solves(file: Path) -> bool:
    """Whether tests of this file may reach the solver."""
    return not any(file.is_relative_to(room) for room in NEVER_SOLVE)


@cache
def compile_once() -> None:
    """Compile what is not compiled yet; of several processes one does, and the others wait for it."""
    with Path(__file__).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        warm_up()
