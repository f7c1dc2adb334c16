"""Slots of a node's day.

It only adds, and a node without slots is as it was. A process of the version before reads the units of all slots
together as those of the day; where it puts a node that has slots, they stay as they are.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("node", sa.Column("slots", sa.JSON(none_as_null=True)))
