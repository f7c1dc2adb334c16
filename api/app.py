"""The app factory: routes, error handling and middleware around one database."""

from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI

from api import tracing
from api.access import routes as access
from api.access.gate import Gate
from api.availability import routes as availability
from api.benefit import routes as benefit
from api.clock import routes as clock
from api.counting.instruments import Instruments
from api.demand import routes as demand
from api.demo_orders import routes as demo_orders
from api.edge import openapi, refusals
from api.edge.body import BodyLimit
from api.edge.request_ids import RequestIds
from api.edge.security_headers import SecurityHeaders
from api.events import routes as events
from api.explanations import routes as explanations
from api.forecasts import routes as forecasts
from api.forecasts import watch_routes as forecast_watch
from api.health import routes as health
from api.health.readiness import Readiness
from api.jobs import routes as jobs
from api.ledger_book import routes as ledger_book
from api.lifespan import lifespan_of
from api.metrics import routes as metrics
from api.network import routes as network
from api.orders import bulk_routes as orders_in_bulk
from api.orders import reassignment_routes as reassignments
from api.orders import routes as orders
from api.policies import routes as policies
from api.price_books import routes as price_books
from api.problem_pages import routes as problem_pages
from api.reference import routes as reference
from api.settings import Settings
from api.stock_events import routes as stock_events
from api.stock_feeds import routes as stock_feeds
from api.supply import routes as supply
from api.transfers import routes as transfers
from api.webhooks import routes as webhooks

DESCRIPTION = (
    "Decides where each order ships from, holds the stock, and proves what it decided. "
    "Errors are problem documents (RFC 9457). Every POST that writes needs an Idempotency-Key. "
    "Everything under /v1 needs an API key."
)

ROOMS = (
    orders_in_bulk,
    orders,
    explanations,
    reassignments,
    benefit,
    availability,
    network,
    policies,
    price_books,
    demand,
    forecasts,
    forecast_watch,
    supply,
    stock_events,
    stock_feeds,
    transfers,
    ledger_book,
    jobs,
    webhooks,
    events,
    clock,
    demo_orders,
    access,
    health,
    metrics,
    problem_pages,
    reference,
)
"""Every group of addresses; a new one is a line here."""


def create_app(settings: Settings) -> FastAPI:
    """The service on the database that the settings name; its schema is brought up to date at start.

    Raises
    ------
    SettingsError
        Telemetry is on, and its packages are not installed.
    """
    provider = tracing.open_provider(settings.telemetry)
    counts = Instruments(provider.get_tracer("nodewise") if provider else None)

    app = FastAPI(
        title="Nodewise",
        version=_version(),
        description=DESCRIPTION,
        lifespan=lifespan_of(settings, counts, provider),
        docs_url=None,
        redoc_url=None,
        telemetry=tracing.of_requests(provider),
    )
    app.state.settings = settings
    app.state.counts = counts
    app.state.readiness = Readiness()
    refusals.install(app)
    for room in ROOMS:
        app.include_router(room.router)
    openapi.install(app)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(Gate, settings=settings)
    app.add_middleware(RequestIds, counts=counts)
    app.add_middleware(SecurityHeaders)  # added last, so outermost
    return app


def _version() -> str:
    try:
        return version("nodewise")
    except PackageNotFoundError:
        return "0"
