"""Stock feeds with sequence numbers, transfers by name, and the book read by row.

Additive: an older process on the same database goes on as it was.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transfer",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("from_node", sa.String(), nullable=False),
        sa.Column("to_node", sa.String(), nullable=False),
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("arrives", sa.Date(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_transfer_quantity")),
        sa.CheckConstraint("received >= 0", name=op.f("ck_transfer_received")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
    )
    op.create_table(
        "stock_feed",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("nodes", sa.JSON(), nullable=False),
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("first_sequence", sa.BigInteger(), nullable=False),
        sa.Column("covered", sa.BigInteger(), nullable=False),
        sa.Column("highest", sa.BigInteger(), nullable=False),
        sa.Column("gaps", sa.JSON(), nullable=False),
        sa.Column("kept_rows", sa.BigInteger(), nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.Column("rows_applied", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=True),
        sa.Column("last_received_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_feed")),
    )
    op.create_table(
        "stock_feed_row",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("covered", sa.BigInteger(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("owed >= 0", name=op.f("ck_stock_feed_row_owed")),
        sa.ForeignKeyConstraint(["feed"], ["stock_feed.id"], name=op.f("fk_stock_feed_row_feed_stock_feed")),
        sa.PrimaryKeyConstraint("feed", "sku", "node", name=op.f("pk_stock_feed_row")),
    )
    op.create_table(
        "stock_feed_delta",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed"], ["stock_feed.id"], name=op.f("fk_stock_feed_delta_feed_stock_feed")
        ),
        sa.PrimaryKeyConstraint("feed", "sequence", "sku", "node", name=op.f("pk_stock_feed_delta")),
    )
    op.create_index("ix_entry_supply_id_at", "entry", ["supply_id", "at"], unique=False)
