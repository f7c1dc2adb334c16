"""Table of shadow mode: what an order costs by the OMS's own choice and by Nodewise's. No personal data."""

from sqlalchemy import JSON, Column, Index, Integer, String, Table

from storage.schema.base import UtcDateTime, metadata

order_comparison = Table(
    "order_comparison",
    metadata,
    Column("order_id", String, primary_key=True),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("channel", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("policy", String, nullable=False),
    Column("units", Integer, nullable=False),
    Column("baseline", JSON, nullable=False),
    Column("nodewise", JSON, nullable=False),
    Column("priced", JSON(none_as_null=True)),
    Column("violations", JSON, nullable=False),
    Index("ix_order_comparison_decided_at", "decided_at"),
)
