"""Says at start that a demo has set the clock of this database, and that its time does not count here."""

from api.logs import log
from api.settings import Settings
from storage.database import Database


def tell_of_ignored_clock(database: Database, settings: Settings) -> None:
    """A line in the log: outside demo mode the time is real (`api.background.open_for_work`)."""
    if settings.demo_mode:
        return
    with database.reading() as stores:
        stands = stores.clock.get()
    if stands is not None:
        log.warning(
            "demo_clock_ignored",
            detail=f"a demo has set the clock here to {stands.isoformat()}; the time is real nevertheless",
            fix="Start with demo_mode to go on with the demo, or with another database",
        )
