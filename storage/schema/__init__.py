"""The tables, by topic. How a database gets them is in `storage.migrations`; a test keeps both equal."""

from storage.schema import catalog, ledger, orders, service
from storage.schema.base import metadata

__all__ = ["catalog", "ledger", "metadata", "orders", "service"]
