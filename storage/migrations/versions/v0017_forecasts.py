"""Demand, and forecasts of it: series with their drivers and attributes, trainings, runs.

Only adds tables: a process of the version before knows no forecasts, and runs no job that makes one.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SERIES = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "demand_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_demand_revision_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand_revision")),
    )
    op.create_table(
        "demand_series",
        sa.Column("grain", sa.String(), nullable=False),
        sa.Column("series", _SERIES, nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer()),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("units", sa.LargeBinary(), nullable=False),
        sa.Column("states", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("grain", "series", "since", name=op.f("pk_demand_series")),
    )
    op.create_table(
        "demand_driver",
        sa.Column("grain", sa.String(), nullable=False),
        sa.Column("series", _SERIES, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer()),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("grain", "series", "name", "since", name=op.f("pk_demand_driver")),
    )
    op.create_table(
        "demand_attribute",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer()),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", "since", name=op.f("pk_demand_attribute")),
    )
    op.create_table(
        "forecast_training",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("grain", sa.String(), nullable=False),
        sa.Column("horizon", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("cutoff", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_forecast_training")),
        sa.UniqueConstraint("number", name=op.f("uq_forecast_training_number")),
    )
    op.create_table(
        "forecast_run",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("grain", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("cutoff", sa.Date(), nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("passed_over", sa.Integer(), nullable=False),
        sa.Column("chunk_series", sa.Integer(), nullable=False),
        sa.Column("training", sa.String()),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_by_name", sa.String(), nullable=False),
        sa.Column("made_with", sa.String(), nullable=False),
        sa.Column("finished_at", sa.DateTime()),
        sa.Column("left_out", sa.Integer()),
        sa.Column("history_digest", sa.String()),
        sa.Column("digest", sa.String()),
        sa.CheckConstraint("series > 0", name=op.f("ck_forecast_run_series")),
        sa.CheckConstraint("chunk_series > 0", name=op.f("ck_forecast_run_chunk_series")),
        sa.ForeignKeyConstraint(
            ["training"], ["forecast_training.digest"], name=op.f("fk_forecast_run_training_forecast_training")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_forecast_run")),
    )
    op.create_index("ix_forecast_run_finished_at", "forecast_run", ["finished_at"])
    op.create_table(
        "forecast_chunk",
        sa.Column("run", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first", _SERIES, nullable=False),
        sa.Column("last", _SERIES, nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("history_digest", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("number >= 0", name=op.f("ck_forecast_chunk_number")),
        sa.ForeignKeyConstraint(
            ["run"],
            ["forecast_run.number"],
            name=op.f("fk_forecast_chunk_run_forecast_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run", "number", name=op.f("pk_forecast_chunk")),
    )
