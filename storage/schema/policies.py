"""Tables of policies: versions as documents, and the timeline of activations. Rows are only ever added."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, String, Table

from storage.schema.base import Number, UtcDateTime, metadata

policy_version = Table(
    "policy_version",
    metadata,
    Column("number", Number, primary_key=True),
    Column("version", String, nullable=False, unique=True),
    Column("note", String, nullable=False),
    Column("author", String, nullable=False),
    Column("author_name", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("document", JSON, nullable=False),
)

policy_activation = Table(
    "policy_activation",
    metadata,
    Column("number", Number, primary_key=True),
    Column("version", String, ForeignKey("policy_version.version"), nullable=False),
    Column("effective_at", UtcDateTime, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_by_name", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("is_step_back", Boolean, nullable=False),
)
