"""Whether this process can serve, told in words and in time whatever the database does."""

from dataclasses import dataclass, field

import anyio
from anyio import CapacityLimiter

from storage.database import Database
from storage.deadlines import Deadline, finished_by
from storage.errors import StorageUnavailable

PATIENCE = 1.0  # seconds for the database
LONGEST = 1.5  # seconds for the answer, whatever the thread that asks the database does


@dataclass
class Readiness:
    """Ready from the start until `leave` is called, as long as the database answers as it should."""

    is_leaving: bool = field(default=False)

    def leave(self) -> None:
        """From now on not ready: this process is about to stop."""
        self.is_leaving = True

    async def why_not(self, database: Database, watchers: CapacityLimiter) -> str:
        """Why this process cannot serve; empty if it can."""
        if self.is_leaving:
            return "the service is shutting down"
        with anyio.move_on_after(LONGEST):
            return await anyio.to_thread.run_sync(
                _look_at, database, limiter=watchers, abandon_on_cancel=True
            )
        return "the database does not answer in time"


def _look_at(database: Database) -> str:
    try:
        with finished_by(Deadline.after(PATIENCE)):
            serves = database.schema().serves
    except StorageUnavailable as error:
        return error.detail.removesuffix("; nothing was written")
    return "" if serves else "the schema of the database is not that of this version"
