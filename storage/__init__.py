"""The one place that knows SQL: the ledger, the catalog, orders and decisions in a database."""
