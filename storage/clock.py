"""What time it is: one value per transaction, the database's clock or the one the demo has set."""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from storage.dialects import upsert
from storage.schema.service import demo_clock


class DemoClock:
    """A clock that stands where it was set. Whether it may be set is for the caller to decide."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self) -> datetime | None:
        return self._connection.execute(select(demo_clock.c.now)).scalar_one_or_none()

    def set(self, now: datetime) -> None:
        upsert(self._connection, demo_clock, [{"id": 1, "now": now}])

    def clear(self) -> None:
        self._connection.execute(delete(demo_clock))
