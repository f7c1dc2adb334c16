"""Overrides of forecasts, and what watching runs has found.

Only adds tables: a process of the version before knows neither, and runs no job that watches.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SERIES = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "forecast_override",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("grain", sa.String(), nullable=False),
        sa.Column("series", _SERIES, nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime()),
        sa.Column("withdrawn_by", sa.String()),
        sa.Column("withdrawn_by_name", sa.String()),
        sa.Column("withdrawn_reason", sa.String()),
        sa.CheckConstraint("first <= last", name=op.f("ck_forecast_override_days")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_forecast_override")),
    )
    op.create_index("ix_forecast_override_grain_series", "forecast_override", ["grain", "series"])
    op.create_table(
        "forecast_watch",
        sa.Column("run", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("value_added", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run"],
            ["forecast_run.number"],
            name=op.f("fk_forecast_watch_run_forecast_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run", name=op.f("pk_forecast_watch")),
    )
