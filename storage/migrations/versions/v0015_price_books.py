"""Price books: what stock is worth where it stands, by sku.

Only adds tables: a process of the version before decides without prices.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "price_book",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("valid_until", sa.DateTime(), nullable=False),
        sa.Column("stocks", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(), nullable=False),
        sa.Column("loaded_by", sa.String(), nullable=False),
        sa.Column("loaded_by_name", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime()),
        sa.Column("withdrawn_by", sa.String()),
        sa.Column("withdrawn_by_name", sa.String()),
        sa.Column("withdrawn_because", sa.String()),
        sa.Column("has_prices", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_price_book")),
        sa.UniqueConstraint("version", name=op.f("uq_price_book_version")),
    )
    op.create_table(
        "sku_prices",
        sa.Column("book", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("prices", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["book"], ["price_book.number"], name=op.f("fk_sku_prices_book_price_book")),
        sa.PrimaryKeyConstraint("book", "sku", name=op.f("pk_sku_prices")),
    )
