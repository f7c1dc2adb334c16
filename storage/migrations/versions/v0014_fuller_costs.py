"""What a fuller cost model reads: of nodes, skus, rates and orders.

It only adds, and what is there costs what it did: a process of the version before reads and writes rows without
any of it. Where it puts a row that has some, that stays as it is.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("node", _from_nothing("load_penalty", sa.BigInteger()))
    op.add_column(
        "node", sa.Column("pick_success_permille", sa.Integer(), nullable=False, server_default="1000")
    )
    op.add_column("node", _from_nothing("processing_hours", sa.Integer()))

    for side in ("length_mm", "width_mm", "height_mm"):
        op.add_column("sku", sa.Column(side, sa.Integer()))
    for flag in ("ships_alone", "is_oversized", "is_hazmat"):
        op.add_column("sku", sa.Column(flag, sa.Boolean(), nullable=False, server_default=sa.false()))

    for limit in ("package_limit_cm3", "longest_side_mm", "dimensional_divisor"):
        op.add_column("rate", sa.Column(limit, sa.Integer()))
    op.add_column("rate", sa.Column("breaks", sa.JSON(none_as_null=True)))
    for amount in ("per_shipment", "per_oversized"):
        op.add_column("rate", _from_nothing(amount, sa.BigInteger()))
    op.add_column("rate", sa.Column("carries_hazmat", sa.Boolean(), nullable=False, server_default=sa.true()))
    for emitted in ("co2e_grams_per_package", "co2e_grams_per_kg"):
        op.add_column("rate", _from_nothing(emitted, sa.Integer()))
    for days in ("transit_days_p50", "transit_days_p90"):
        op.add_column("rate", sa.Column(days, sa.Integer()))

    op.add_column("sales_order", sa.Column("wanted_by", sa.DateTime()))
    op.add_column("sales_order", sa.Column("service", sa.String()))


def _from_nothing(name: str, kind: sa.types.TypeEngine[int]) -> sa.Column[int]:
    return sa.Column(name, kind, nullable=False, server_default="0")
