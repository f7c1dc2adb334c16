"""Orders wait for a thread in the order in which they came, for whichever is free first."""

import threading
from collections.abc import Callable
from functools import partial

import anyio
import anyio.abc
import pytest
from anyio.to_thread import current_default_thread_limiter

from api.orders.threads import SPARE, OrderThreads

USUAL = 2


class Works:
    """Pieces of work that begin when they get a thread, and end when they are let go."""

    def __init__(self, count: int) -> None:
        self.begun: list[int] = []
        self._gates = [threading.Event() for _ in range(count)]

    def one(self, number: int) -> Callable[[], int]:
        def work() -> int:
            self.begun.append(number)
            assert self._gates[number].wait(timeout=30)
            return number

        return work

    def end(self, number: int) -> None:
        self._gates[number].set()


async def until(is_so: Callable[[], bool]) -> None:
    with anyio.fail_after(10):
        while not is_so():
            await anyio.sleep(0.002)


async def let_in(threads: OrderThreads, works: Works, group: anyio.abc.TaskGroup, count: int) -> None:
    """One after the other, each when the one before it works or waits."""
    for number in range(count):
        group.start_soon(threads.run, works.one(number))
        begun = min(number + 1, USUAL + SPARE)  # the others queue; threads of their own need not be as fast
        await until(lambda begun=begun: len(works.begun) == begun)  # type: ignore[misc]
        await anyio.wait_all_tasks_blocked()


async def orders_are_served_as_they_came() -> None:
    threads, count = OrderThreads(), USUAL + SPARE + 6
    works = Works(count)
    current_default_thread_limiter().total_tokens = USUAL
    async with anyio.create_task_group() as group:
        await let_in(threads, works, group, count)
        for number in range(count):
            works.end(number)
            begun = min(USUAL + SPARE + number + 1, count)
            await until(lambda begun=begun: len(works.begun) == begun)  # type: ignore[misc]
    assert works.begun == list(range(count))
    assert current_default_thread_limiter().borrowed_tokens == 0


async def one_that_is_given_up_takes_no_place() -> None:
    threads = OrderThreads()
    works = Works(USUAL + SPARE + 2)
    current_default_thread_limiter().total_tokens = USUAL
    async with anyio.create_task_group() as group:
        await let_in(threads, works, group, USUAL + SPARE)
        with anyio.move_on_after(0.05) as given_up:
            await threads.run(works.one(USUAL + SPARE))
        assert given_up.cancelled_caught
        for number in range(USUAL + SPARE):
            works.end(number)
    works.end(USUAL + SPARE + 1)
    assert await threads.run(works.one(USUAL + SPARE + 1)) == USUAL + SPARE + 1
    assert current_default_thread_limiter().borrowed_tokens == 0


@pytest.mark.parametrize("story", [orders_are_served_as_they_came, one_that_is_given_up_takes_no_place])
def test_order_threads(story: Callable[[], object]) -> None:
    anyio.run(partial(story))  # type: ignore[arg-type]
