"""When periodic work was begun last, so that of many processes one does it, once in its interval."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from storage.dialects import upsert
from storage.schema.jobs import periodic_work


class PeriodicWork:
    """`now` is the database's own clock, the same for all processes."""

    def __init__(self, connection: Connection, *, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def is_due(self, name: str, *, every: float) -> bool:
        """Whether a claim is worth a try, `every` so many seconds; what was never begun is."""
        begun = self._begun_at(name)
        return begun is None or begun <= self._now - timedelta(seconds=every)

    def claim(self, name: str, *, every: float) -> bool:
        """Whether the work is due; true for one caller in an interval, who does it now.

        What was never begun is due an interval after the first claim.
        """
        t = periodic_work.c
        is_due = (t.name == name) & (t.begun_at <= self._now - timedelta(seconds=every))
        if self._connection.execute(update(periodic_work).where(is_due).values(begun_at=self._now)).rowcount:
            return True
        if self._begun_at(name) is None:
            upsert(self._connection, periodic_work, [{"name": name, "begun_at": self._now}])
        return False

    def _begun_at(self, name: str) -> datetime | None:
        query = select(periodic_work.c.begun_at).where(periodic_work.c.name == name)
        return self._connection.execute(query).scalar_one_or_none()
