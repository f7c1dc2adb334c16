"""Tables of stock feeds: how far each has come, and what a late message of it still needs."""

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, ForeignKey, String, Table

from storage.schema.base import UtcDateTime, metadata

stock_feed = Table(
    "stock_feed",
    metadata,
    Column("id", String, primary_key=True),
    Column("nodes", JSON, nullable=False),
    Column("pool", String, nullable=False),
    Column("first_sequence", BigInteger, nullable=False),
    Column("covered", BigInteger, nullable=False),
    Column("highest", BigInteger, nullable=False),
    Column("gaps", JSON, nullable=False),
    Column("kept_rows", BigInteger, nullable=False),
    Column("messages", BigInteger, nullable=False),
    Column("rows_applied", BigInteger, nullable=False),
    Column("last_at", UtcDateTime),
    Column("last_received_at", UtcDateTime),
)

stock_feed_row = Table(
    "stock_feed_row",
    metadata,
    Column("feed", String, ForeignKey("stock_feed.id"), primary_key=True),
    Column("sku", String, primary_key=True),
    Column("node", String, primary_key=True),
    Column("covered", BigInteger, nullable=False),
    Column("owed", BigInteger, nullable=False),
    CheckConstraint("owed >= 0", name="owed"),
)

stock_feed_delta = Table(
    "stock_feed_delta",
    metadata,
    Column("feed", String, ForeignKey("stock_feed.id"), primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("sku", String, primary_key=True),
    Column("node", String, primary_key=True),
    Column("change", BigInteger, nullable=False),
)
