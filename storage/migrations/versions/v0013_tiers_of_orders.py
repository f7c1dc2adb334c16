"""The tier of the shopper of an order.

It only adds: a process of the version before writes orders of tier 0, and holds nothing for others.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sales_order", sa.Column("tier", sa.Integer(), nullable=False, server_default="0"))
