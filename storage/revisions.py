"""Rows that are true from one revision to another: of demand, its drivers and its attributes.

A row is true from `since` to before `until`; one that is true now has no `until`. One counter for all tables.
Whoever writes is alone (`Database.writing`), for a revision is one transaction's.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, Table, delete, func, or_, select, update

from storage.dialects import upsert
from storage.jobs import OPEN
from storage.schema.forecasts import (
    demand_attribute,
    demand_driver,
    demand_revision,
    demand_series,
    forecast_run,
)
from storage.schema.jobs import job

TABLES: Sequence[Table] = (demand_series, demand_driver, demand_attribute)


def current(connection: Connection) -> int:
    """The revision of what is true now; 0 where nothing was ever written."""
    found: int | None = connection.execute(select(demand_revision.c.revision)).scalar_one_or_none()
    return found or 0


def advance(connection: Connection) -> int:
    """The next revision, for what this transaction writes."""
    revision = current(connection) + 1
    upsert(connection, demand_revision, [{"id": 1, "revision": revision}])
    return revision


def close(connection: Connection, table: Table, revision: int, *which: ColumnElement[bool]) -> int:
    """From this revision on these rows are no longer true; how many were."""
    changed = update(table).where(*which, table.c.until.is_(None)).values(until=revision)
    return connection.execute(changed).rowcount


def at(table: Table, revision: int) -> Iterator[ColumnElement[bool]]:
    """What holds of rows that are true at a revision."""
    yield table.c.since <= revision
    yield or_(table.c.until.is_(None), table.c.until > revision)


def forget_past(connection: Connection) -> int:
    """Forget rows that are true no longer, and that no open run may still read; how many."""
    needed = (
        select(func.min(forecast_run.c.revision))
        .join(job, job.c.id == forecast_run.c.job)
        .where(forecast_run.c.finished_at.is_(None), job.c.state.in_([state.value for state in OPEN]))
    )
    oldest: int | None = connection.execute(needed).scalar_one()
    upto = current(connection) if oldest is None else oldest
    return sum(connection.execute(delete(table).where(table.c.until <= upto)).rowcount for table in TABLES)
