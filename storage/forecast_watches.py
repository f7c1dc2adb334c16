"""What watching forecast runs has found, as kept: once for a run, and gone with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from storage.dialects import insert_new
from storage.schema.forecast_watch import forecast_watch

_W = forecast_watch.c


@dataclass(frozen=True, slots=True)
class StoredWatch:
    """What was found when a run was made: `report` on those before it, `value_added` of what they said."""

    run: int
    made_at: datetime
    report: Mapping[str, Any]
    value_added: Mapping[str, Any]


class Watches:
    def __init__(self, connection: Connection, *, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def put(self, run: int, *, report: Mapping[str, Any], value_added: Mapping[str, Any]) -> bool:
        """Keep what was found, unless something is kept of the run already; whether it was not."""
        values = {
            "run": run,
            "made_at": self._now,
            "report": dict(report),
            "value_added": dict(value_added),
        }
        return insert_new(self._connection, forecast_watch, [values]) > 0

    def get(self, run: int) -> StoredWatch | None:
        query = select(_W.run, _W.made_at, _W.report, _W.value_added).where(_W.run == run)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else StoredWatch(*row)
