"""What decisions were made from, so that each can be made again: per decision, and the catalog as it was then.

Only adds tables. A process of the version before writes decisions without an instance.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "catalog_excerpt",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_catalog_excerpt")),
        sa.UniqueConstraint("digest", name=op.f("uq_catalog_excerpt_digest")),
    )
    op.create_table(
        "decision_instance",
        sa.Column("decision_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("nodes", _NUMBER),
        sa.Column("lanes", _NUMBER),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["decision.id"],
            name=op.f("fk_decision_instance_decision_id_decision"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["nodes"], ["catalog_excerpt.number"], name=op.f("fk_decision_instance_nodes_catalog_excerpt")
        ),
        sa.ForeignKeyConstraint(
            ["lanes"], ["catalog_excerpt.number"], name=op.f("fk_decision_instance_lanes_catalog_excerpt")
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decision_instance")),
    )
    op.create_index(op.f("ix_decision_instance_nodes"), "decision_instance", ["nodes"])
    op.create_index(op.f("ix_decision_instance_lanes"), "decision_instance", ["lanes"])
