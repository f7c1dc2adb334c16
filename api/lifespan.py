"""From the start of the service to its end: the database is opened, loops work beside it, all is closed."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import FastAPI

from api import background
from api.access.first_key import tell_without_key
from api.access.gate import LOOKERS
from api.clock.ignored import tell_of_ignored_clock
from api.counting.gauges import Gauges
from api.counting.instruments import Instruments
from api.edge import watchers
from api.explanations.remembered import Remembered
from api.orders.memory import Memory
from api.orders.threads import SPARE, OrderThreads
from api.orders.warming import warm_up
from api.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def lifespan_of(settings: Settings, counts: Instruments, provider: "TracerProvider | None") -> Lifespan:
    """What the app runs in. `app.state` has everything that requests share from the start on."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        works_jobs = settings.serves_jobs
        database = background.open_for_work(
            settings,
            requests=settings.threads + SPARE + watchers.PLACES + LOOKERS,
            works_jobs=works_jobs,
            observer=counts,
        )
        gauges = Gauges(database)
        try:
            database.upgrade()
            tell_without_key(database, settings)
            tell_of_ignored_clock(database, settings)
            warm_up()
            anyio.to_thread.current_default_thread_limiter().total_tokens = settings.threads
            app.state.database = database
            app.state.memory = Memory()
            app.state.explanations = Remembered()
            app.state.order_threads = OrderThreads()
            app.state.watchers = CapacityLimiter(watchers.PLACES)
            app.state.gauges = gauges
            counts.registry.register(gauges)
            with background.at_work(background.loops(database, settings, works_jobs=works_jobs)):
                yield
            counts.registry.unregister(gauges)
        finally:
            database.close()
            if provider is not None:
                provider.shutdown()

    return lifespan
