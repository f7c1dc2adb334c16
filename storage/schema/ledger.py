"""Tables of the ledger: supply and capacity rows, claims on them, the append-only entries."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from storage.schema.base import Number, UtcDateTime, metadata

supply = Table(
    "supply",
    metadata,
    Column("id", Number, primary_key=True),
    Column("sku", String, nullable=False),
    Column("node", String, nullable=False),
    Column("source", String, nullable=False),
    Column("earliest", Date, nullable=False),
    Column("pool", String, nullable=False),
    Column("state", String, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("reserved", Integer, nullable=False),
    Column("safety_stock", Integer, nullable=False),
    UniqueConstraint("sku", "node", "source", "earliest", "pool", "state"),
    CheckConstraint("quantity >= 0", name="quantity"),
    CheckConstraint("reserved >= 0", name="reserved"),
    CheckConstraint("safety_stock >= 0", name="safety_stock"),
)

capacity = Table(
    "capacity",
    metadata,
    Column("id", Number, primary_key=True),
    Column("node", String, nullable=False),
    Column("day", Date, nullable=False),
    Column("kind", String, nullable=False),
    Column("slot", String, nullable=False),
    Column("day_limit", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    UniqueConstraint("node", "day", "kind", "slot"),
    CheckConstraint("day_limit >= 0", name="day_limit"),
    CheckConstraint("used >= 0", name="used"),
    Index("ix_capacity_day", "day"),
)

order_head = Table(
    "order_head",
    metadata,
    Column("order_id", String, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("claims", Integer, nullable=False),
)

claim = Table(
    "claim",
    metadata,
    Column("id", String, primary_key=True),
    Column("order_id", String, nullable=False),
    Column("line", String, nullable=False),
    Column("supply_id", Number, ForeignKey("supply.id"), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("service", String, nullable=False),
    Column("capacity_id", Number, ForeignKey("capacity.id")),
    Column("expires_at", UtcDateTime),
    Column("promised_by", UtcDateTime),
    Column("per_unit", Integer, nullable=False, server_default="1"),
    CheckConstraint("quantity > 0", name="quantity"),
    Index("ix_claim_order_id", "order_id"),
    Index("ix_claim_supply_id", "supply_id"),
    Index("ix_claim_state_expires_at", "state", "expires_at"),
)

entry = Table(
    "entry",
    metadata,
    Column("sequence", Number, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("verb", String, nullable=False),
    Column("supply_id", Number, ForeignKey("supply.id")),
    Column("capacity_id", Number, ForeignKey("capacity.id")),
    Column("quantity_change", Integer, nullable=False),
    Column("reserved_change", Integer, nullable=False),
    Column("order_id", String),
    Column("note", String, nullable=False),
    CheckConstraint("(supply_id IS NULL) <> (capacity_id IS NULL)", name="one_row"),
    Index("ix_entry_order_id", "order_id"),
    Index("ix_entry_supply_id_at", "supply_id", "at"),
)
