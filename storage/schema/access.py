"""Tables of access: API keys, of which only a digest is kept, and the log of who wrote what."""

from sqlalchemy import JSON, Column, Index, Integer, String, Table

from storage.schema.base import Number, UtcDateTime, metadata

api_key = Table(
    "api_key",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("secret_sha256", String, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("id", Number, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String, nullable=False),
    Column("actor_name", String, nullable=False),
    Column("method", String, nullable=False),
    Column("route", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("status", Integer, nullable=False),
    Column("request_id", String, nullable=False),
    Index("ix_audit_entry_actor", "actor", "id"),
    Index("ix_audit_entry_subject", "subject", "id"),
)
