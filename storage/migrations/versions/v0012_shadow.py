"""Shadow mode: what an order costs by the OMS's own choice, and by Nodewise's.

Only adds a table: a process of the version before keeps none.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_comparison",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("baseline", sa.JSON(), nullable=False),
        sa.Column("nodewise", sa.JSON(), nullable=False),
        sa.Column("priced", sa.JSON(none_as_null=True)),
        sa.Column("violations", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_order_comparison")),
    )
    op.create_index("ix_order_comparison_decided_at", "order_comparison", ["decided_at"])
