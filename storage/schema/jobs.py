"""Tables of jobs: what is asked for, how far it is, what came of each item; workers, and periodic work.

Which worker takes a job next is not here: the queue keeps tables of its own (`storage.job_queue`).
"""

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from storage.schema.base import UtcDateTime, metadata

job = Table(
    "job",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("run", Integer, nullable=False),
    Column("is_submitted", Boolean, nullable=False),
    Column("worker", String),
    Column("crashes", Integer, nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("message", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("result", JSON(none_as_null=True)),
    Column("problem", JSON(none_as_null=True)),
    CheckConstraint("done >= 0", name="done"),
    CheckConstraint("total >= 0", name="total"),
    Index("ix_job_state", "state", "id"),
)

job_input = Table(
    "job_input",
    metadata,
    Column("job_id", String, ForeignKey("job.id"), primary_key=True),
    Column("document", Text, nullable=False),
)

job_item = Table(
    "job_item",
    metadata,
    Column("job_id", String, ForeignKey("job.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
)

job_worker = Table(
    "job_worker",
    metadata,
    Column("id", String, primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
)

periodic_work = Table(
    "periodic_work",
    metadata,
    Column("name", String, primary_key=True),
    Column("begun_at", UtcDateTime, nullable=False),
)
