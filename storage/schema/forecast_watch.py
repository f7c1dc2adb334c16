"""Tables of what is held against forecasts: planners' overrides, and what watching runs has found."""

from sqlalchemy import JSON, CheckConstraint, Column, Date, Double, ForeignKey, Index, String, Table

from storage.schema.base import Number, UtcDateTime, metadata
from storage.schema.forecasts import SeriesName

# Never changed but to be withdrawn, once.
forecast_override = Table(
    "forecast_override",
    metadata,
    Column("number", Number, primary_key=True),
    Column("grain", String, nullable=False),
    Column("series", SeriesName, nullable=False),
    Column("sku", String, nullable=False),
    Column("place", String, nullable=False),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("kind", String, nullable=False),
    Column("value", Double, nullable=False),
    Column("reason", String, nullable=False),
    Column("author", String, nullable=False),
    Column("author_name", String, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    Column("withdrawn_by", String),
    Column("withdrawn_by_name", String),
    Column("withdrawn_reason", String),
    CheckConstraint("first <= last", name="days"),
    Index("ix_forecast_override_grain_series", "grain", "series"),
)

# Of a run that is done: what came of those before it, and how far it is from the last of them.
forecast_watch = Table(
    "forecast_watch",
    metadata,
    Column(
        "run",
        Number,
        ForeignKey("forecast_run.number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("made_at", UtcDateTime, nullable=False),
    Column("report", JSON, nullable=False),
    Column("value_added", JSON, nullable=False),
)
