"""The tables, by topic. How a database gets them is in `storage.migrations`; a test keeps both equal."""

from storage.schema import (
    access,
    catalog,
    events,
    feeds,
    forecast_watch,
    forecasts,
    jobs,
    ledger,
    orders,
    policies,
    price_books,
    service,
    shadow,
    transfers,
)
from storage.schema.base import metadata

__all__ = [
    "access",
    "catalog",
    "events",
    "feeds",
    "forecast_watch",
    "forecasts",
    "jobs",
    "ledger",
    "metadata",
    "orders",
    "policies",
    "price_books",
    "service",
    "shadow",
    "transfers",
]
