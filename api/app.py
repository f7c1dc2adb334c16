"""The app factory: routes, error handling and middleware around one database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

import anyio.to_thread
from fastapi import FastAPI

from api.availability import routes as availability
from api.clock import routes as clock
from api.edge import openapi, refusals
from api.edge.body import BodyLimit
from api.edge.request_ids import RequestIds
from api.health import routes as health
from api.housekeeping import Housekeeping
from api.network import routes as network
from api.orders import routes as orders
from api.orders.warming import warm_up
from api.problem_pages import routes as problem_pages
from api.reference import routes as reference
from api.settings import Settings
from api.stock_events import routes as stock_events
from api.supply import routes as supply
from storage.database import open_database

DESCRIPTION = (
    "Decides where each order ships from, holds the stock, and proves what it decided. "
    "Errors are problem documents (RFC 9457). Every POST that writes needs an Idempotency-Key."
)


def create_app(settings: Settings) -> FastAPI:
    """The service on the database that the settings name; its schema is brought up to date at start."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if settings.database_file is not None:  # no preparation needed
            settings.database_file.parent.mkdir(parents=True, exist_ok=True)
        database = open_database(
            settings.database_url,
            durable=settings.durable,
            key_hours=settings.key_hours,
            connections=settings.threads + 1,  # one for tidying
        )
        housekeeping = Housekeeping(database, settings)
        try:
            database.upgrade()
            warm_up()
            anyio.to_thread.current_default_thread_limiter().total_tokens = settings.threads
            app.state.database = database
            housekeeping.start()
            yield
        finally:
            housekeeping.stop()
            database.close()

    app = FastAPI(
        title="Nodewise",
        version=_version(),
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings = settings
    refusals.install(app)
    for room in (
        orders,
        availability,
        network,
        supply,
        stock_events,
        clock,
        health,
        problem_pages,
        reference,
    ):
        app.include_router(room.router)
    openapi.install(app)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(RequestIds)  # added last, so outermost
    return app


def _version() -> str:
    try:
        return version("nodewise")
    except PackageNotFoundError:
        return "0"
