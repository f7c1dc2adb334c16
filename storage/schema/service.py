"""Tables of the service itself: answers and leases of keys, whom the schema serves, the demo's clock."""

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

idempotency_lease = Table(
    "idempotency_lease",
    metadata,
    Column("scope", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("holder", String, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Index("ix_idempotency_lease_until", "until"),
)

schema_state = Table(
    "schema_state",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("serves_from", String, nullable=False),
    CheckConstraint("id = 1", name="single_row"),
)

demo_clock = Table(
    "demo_clock",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("now", UtcDateTime, nullable=False),
    CheckConstraint("id = 1", name="single_row"),
)
