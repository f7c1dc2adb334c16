"""Kits: the components of a sku, and how many units of its row one unit of a claim's line takes.

Both only add: a process of the version before reads and writes as it did, and its claims take one unit
per unit, which is what they mean. It knows no kits; to it they are skus without stock.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sku_component",
        sa.Column("kit", sa.String(), nullable=False),
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_sku_component_quantity")),
        sa.ForeignKeyConstraint(["kit"], ["sku.id"], name=op.f("fk_sku_component_kit_sku")),
        sa.ForeignKeyConstraint(["component"], ["sku.id"], name=op.f("fk_sku_component_component_sku")),
        sa.PrimaryKeyConstraint("kit", "component", name=op.f("pk_sku_component")),
    )
    op.add_column("claim", sa.Column("per_unit", sa.Integer(), server_default="1", nullable=False))
