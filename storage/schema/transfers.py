"""Table of transfers between nodes: what was sent, and how much of it has arrived."""

from sqlalchemy import CheckConstraint, Column, Date, Integer, String, Table

from storage.schema.base import UtcDateTime, metadata

transfer = Table(
    "transfer",
    metadata,
    Column("id", String, primary_key=True),
    Column("sku", String, nullable=False),
    Column("from_node", String, nullable=False),
    Column("to_node", String, nullable=False),
    Column("pool", String, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("received", Integer, nullable=False),
    Column("arrives", Date, nullable=False),
    Column("sent_at", UtcDateTime, nullable=False),
    CheckConstraint("quantity > 0", name="quantity"),
    CheckConstraint("received >= 0", name="received"),
)
