"""Tables of demand and of forecasts of it: series with their drivers and attributes, trainings, runs.

A series is one row with all its steps, compressed; a run keeps a row per chunk of series. Rows per step, or
per level of a forecast, would be millions.
"""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from storage.schema.base import Number, UtcDateTime, metadata

SeriesName = String().with_variant(String(collation="C"), "postgresql")
"""Sorted by code points, as Python and SQLite do, whatever the database was made with."""

# Counts what is written to the three tables below.
demand_revision = Table(
    "demand_revision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("revision", Integer, nullable=False),
    CheckConstraint("id = 1", name="single_row"),
)

# A row is true from revision `since` to before `until`; a run reads the revision that it was asked at.
# There is no index on `until`: nearly all rows have none, and it would be taken to find those.
demand_series = Table(
    "demand_series",
    metadata,
    Column("grain", String, primary_key=True),
    Column("series", SeriesName, primary_key=True),
    Column("since", Integer, primary_key=True),
    Column("until", Integer),
    Column("sku", String, nullable=False),
    Column("place", String, nullable=False),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("units", LargeBinary, nullable=False),
    Column("states", LargeBinary),  # null where every step is observed
)

# Of all series where `series` is empty; what is known ahead, too.
demand_driver = Table(
    "demand_driver",
    metadata,
    Column("grain", String, primary_key=True),
    Column("series", SeriesName, primary_key=True),
    Column("name", String, primary_key=True),
    Column("since", Integer, primary_key=True),
    Column("until", Integer),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

# What is known of a sku, or of a place, whatever the step.
demand_attribute = Table(
    "demand_attribute",
    metadata,
    Column("kind", String, primary_key=True),  # sku or place
    Column("id", String, primary_key=True),
    Column("since", Integer, primary_key=True),
    Column("until", Integer),
    Column("document", JSON, nullable=False),
)

forecast_training = Table(
    "forecast_training",
    metadata,
    Column("digest", String, primary_key=True),
    Column("number", Number, nullable=False, unique=True),
    Column("grain", String, nullable=False),
    Column("horizon", Integer, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("series", Integer, nullable=False),
    Column("cutoff", Date, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

forecast_run = Table(
    "forecast_run",
    metadata,
    Column("number", Number, primary_key=True),
    Column("job", String, nullable=False),
    Column("options", JSON, nullable=False),
    Column("grain", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("cutoff", Date, nullable=False),
    Column("series", Integer, nullable=False),
    Column("passed_over", Integer, nullable=False),
    Column("chunk_series", Integer, nullable=False),
    Column("training", String, ForeignKey("forecast_training.digest")),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("asked_by", String, nullable=False),
    Column("asked_by_name", String, nullable=False),
    Column("made_with", String, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("left_out", Integer),
    Column("history_digest", String),
    Column("digest", String),
    CheckConstraint("series > 0", name="series"),
    CheckConstraint("chunk_series > 0", name="chunk_series"),
    Index("ix_forecast_run_finished_at", "finished_at"),
)

forecast_chunk = Table(
    "forecast_chunk",
    metadata,
    Column(
        "run",
        Number,
        ForeignKey("forecast_run.number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("number", Integer, primary_key=True),
    Column("first", SeriesName, nullable=False),
    Column("last", SeriesName, nullable=False),
    Column("series", Integer, nullable=False),
    Column("left_out", JSON, nullable=False),
    Column("history_digest", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
    CheckConstraint("number >= 0", name="number"),
)
