"""Tables of orders as they were asked for, and of the decisions taken on them. No personal data."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
)

from storage.schema.base import Number, UtcDateTime, metadata

sales_order = Table(
    "sales_order",
    metadata,
    Column("id", String, primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("placed_at", UtcDateTime, nullable=False),
    Column("channel", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("accept_partial", Boolean, nullable=False),
)

order_line = Table(
    "order_line",
    metadata,
    Column("order_id", String, ForeignKey("sales_order.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("line", String, nullable=False),
    Column("sku", String, nullable=False),
    Column("quantity", Integer, nullable=False),
    CheckConstraint("quantity > 0", name="quantity"),
)

decision = Table(
    "decision",
    metadata,
    Column("id", Number, primary_key=True),
    Column("order_id", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("document", JSON, nullable=False),
    Index("ix_decision_order_id", "order_id", "id"),
)
