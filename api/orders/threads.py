"""Threads for orders: those of every request, and a few of their own when others have taken them all.

An order is answered within its time, a quote even without the database; other requests may wait longer for
it. Without threads of their own orders would wait behind them.
"""

from collections.abc import Callable, Sequence
from math import inf
from typing import Annotated, TypeVar

from anyio import CapacityLimiter, WouldBlock, create_task_group
from anyio.to_thread import current_default_thread_limiter, run_sync
from fastapi import Depends, Request

SPARE = 4
Given = TypeVar("Given")


class OrderThreads:
    def __init__(self) -> None:
        self._spare = CapacityLimiter(SPARE)
        self._counted = CapacityLimiter(inf)  # by the place that was taken before

    async def run(self, work: Callable[[], Given]) -> Given:
        """Run it in whichever thread is free first. Orders get theirs in the order in which they came."""
        order = object()
        place = await _first_free([current_default_thread_limiter(), self._spare], order)
        try:
            return await run_sync(work, limiter=self._counted)
        finally:
            place.release_on_behalf_of(order)


async def _first_free(places: Sequence[CapacityLimiter], order: object) -> CapacityLimiter:
    """Take a place of one of them, waiting in the queues of all if none is free."""
    for place in places:
        try:
            place.acquire_on_behalf_of_nowait(order)
        except WouldBlock:
            continue
        return place
    taken: list[CapacityLimiter] = []
    try:
        async with create_task_group() as queues:

            async def queue_for(place: CapacityLimiter) -> None:
                await place.acquire_on_behalf_of(order)
                taken.append(place)
                queues.cancel_scope.cancel()

            for place in places:
                queues.start_soon(queue_for, place)
        return taken.pop()
    finally:
        for place in taken:  # two were free at once, or nobody waits any more
            place.release_on_behalf_of(order)


async def _order_threads(request: Request) -> OrderThreads:
    threads: OrderThreads = request.app.state.order_threads
    return threads


Threads = Annotated[OrderThreads, Depends(_order_threads)]
