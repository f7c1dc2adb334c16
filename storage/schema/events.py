"""Tables of events and of those who are told of them: outbox, webhook endpoints, deliveries."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from storage.schema.base import Number, UtcDateTime, metadata

outbox_event = Table(
    "outbox_event",
    metadata,
    Column("number", Number, primary_key=True),  # in order of writing, which is not that of committing
    Column("id", String, nullable=False),
    Column("type", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("subject", String, nullable=False),
    Column("data", JSON, nullable=False),
    Column("sequence", Number),  # given when published, without a gap; null until then
    UniqueConstraint("sequence"),
    Index("ix_outbox_event_at", "at"),
)

outbox_sequence = Table(
    "outbox_sequence",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("last", Number, nullable=False),
    CheckConstraint("id = 1", name="single_row"),
)

webhook_endpoint = Table(
    "webhook_endpoint",
    metadata,
    Column("id", String, primary_key=True),
    Column("url", String, nullable=False),
    Column("types", JSON, nullable=False),  # an empty list is all
    Column("secret", String, nullable=False),
    Column("old_secret", String),
    Column("old_secret_until", UtcDateTime),
    Column("is_on", Boolean, nullable=False),
    Column("off_reason", String, nullable=False),
    Column("failing_since", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("id", Number, primary_key=True),
    Column("endpoint_id", String, ForeignKey("webhook_endpoint.id"), nullable=False),
    Column("event_number", Number, ForeignKey("outbox_event.number"), nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcDateTime),  # while pending: when it is due, or until when it is taken
    Column("lease", String),  # who has taken it
    Column("last_at", UtcDateTime),
    Column("last_status", Integer),
    Column("last_error", String, nullable=False),
    UniqueConstraint("event_number", "endpoint_id"),
    CheckConstraint("attempts >= 0", name="attempts"),
    Index("ix_webhook_delivery_state_next_at", "state", "next_at"),
    Index("ix_webhook_delivery_endpoint_id_id", "endpoint_id", "id"),
)
