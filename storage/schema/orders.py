"""Tables of orders as they were asked for, of the decisions taken on them, and of what these were made from.

No personal data.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
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
    Column("nodes", JSON(none_as_null=True)),
    Column("tier", Integer, nullable=False, server_default="0"),
    Column("wanted_by", UtcDateTime),
    Column("service", String),
)

order_line = Table(
    "order_line",
    metadata,
    Column("order_id", String, ForeignKey("sales_order.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("line", String, nullable=False),
    Column("sku", String, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("node", String),
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

# The nodes of a catalog, or its rates to one zone, kept once for all decisions that were made from them.
catalog_excerpt = Table(
    "catalog_excerpt",
    metadata,
    Column("number", Number, primary_key=True),
    Column("digest", String, nullable=False, unique=True),
    Column("content", LargeBinary, nullable=False),
)

# An excerpt is null only within the transaction that writes the row.
decision_instance = Table(
    "decision_instance",
    metadata,
    Column(
        "decision_id",
        Number,
        ForeignKey("decision.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("nodes", Number, ForeignKey("catalog_excerpt.number"), index=True),
    Column("lanes", Number, ForeignKey("catalog_excerpt.number"), index=True),
    Column("content", LargeBinary, nullable=False),
)
