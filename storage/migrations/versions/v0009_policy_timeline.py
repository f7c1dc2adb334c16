"""Policies: their versions as documents, and the timeline of activations.

Only adds tables. What the table `policy` holds is carried over, its active version in force from the
beginning; the table stays as it is for processes of the version before, and nobody else reads it.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BEGINNING = datetime(1970, 1, 1)
_BY = {"author": "database", "author_name": ""}
_FROM = sa.table(
    "policy",
    sa.column("version", sa.String),
    sa.column("extra_shipment_penalty", sa.BigInteger),
    sa.column("split_line_penalty", sa.BigInteger),
    sa.column("may_give_up", sa.Boolean),
    sa.column("reservation_minutes", sa.Integer),
    sa.column("is_active", sa.Boolean),
)


def upgrade() -> None:
    versions = op.create_table(
        "policy_version",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_policy_version")),
        sa.UniqueConstraint("version", name=op.f("uq_policy_version_version")),
    )
    activations = op.create_table(
        "policy_activation",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("effective_at", sa.DateTime(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_by_name", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("is_step_back", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version"], ["policy_version.version"], name=op.f("fk_policy_activation_version_policy_version")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_policy_activation")),
    )
    for row in op.get_bind().execute(sa.select(_FROM).order_by(_FROM.c.version)).mappings().all():
        content = dict(row)
        version, is_active = content.pop("version"), content.pop("is_active")
        kept = {"version": version, "note": "", "created_at": _BEGINNING, "document": content, **_BY}
        op.execute(sa.insert(versions).values(kept))
        if is_active:
            first = {
                "version": version,
                "effective_at": _BEGINNING,
                "made_at": _BEGINNING,
                "made_by": "database",
                "made_by_name": "",
                "reason": "In force before there were activations",
                "is_step_back": False,
            }
            op.execute(sa.insert(activations).values(first))
