"""Orders that choose their nodes: all of them, or line by line.

Both only add: a process of the version before writes orders that choose nothing, and decides those that do as
if they did not.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sales_order", sa.Column("nodes", sa.JSON(none_as_null=True)))
    op.add_column("order_line", sa.Column("node", sa.String()))

