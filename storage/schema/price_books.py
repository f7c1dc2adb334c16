"""Tables of price books: each whole, and its prices by sku. A book never changes; prices may be forgotten."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, String, Table

from storage.schema.base import Number, UtcDateTime, metadata

price_book = Table(
    "price_book",
    metadata,
    Column("number", Number, primary_key=True),
    Column("version", String, nullable=False, unique=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("valid_until", UtcDateTime, nullable=False),
    Column("stocks", Integer, nullable=False),
    Column("digest", String, nullable=False),
    Column("loaded_at", UtcDateTime, nullable=False),
    Column("loaded_by", String, nullable=False),
    Column("loaded_by_name", String, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    Column("withdrawn_by", String),
    Column("withdrawn_by_name", String),
    Column("withdrawn_because", String),
    Column("has_prices", Boolean, nullable=False),
)

# One row for each sku with the prices at all nodes: a decision reads as many rows as it has skus.
sku_prices = Table(
    "sku_prices",
    metadata,
    Column("book", Number, ForeignKey("price_book.number"), primary_key=True, autoincrement=False),
    Column("sku", String, primary_key=True),
    Column("prices", JSON, nullable=False),
)
