"""Capacity rows are found by day: an order asks for those of most nodes at once.

Revision ID: 0008
Revises: 0001
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_capacity_day", "capacity", ["day"])


def downgrade() -> None:
    op.drop_index("ix_capacity_day", "capacity")
