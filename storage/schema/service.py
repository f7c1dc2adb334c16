"""Tables of the service itself: answers kept under idempotency keys, and the demo's clock."""

from sqlalchemy import JSON, CheckConstraint, Column, Index, Integer, String, Table, Text

from storage.schema.base import UtcDateTime, metadata

idempotency_key = Table(
    "idempotency_key",
    metadata,
    Column("scope", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("headers", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_idempotency_key_created_at", "created_at"),
)

demo_clock = Table(
    "demo_clock",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("now", UtcDateTime, nullable=False),
    CheckConstraint("id = 1", name="single_row"),
)
