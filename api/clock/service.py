"""Reads and sets the demo clock."""

from datetime import datetime

from api.clock.schemas import ClockOut
from api.errors import ClockGoesBack, NotInDemoMode
from api.settings import Settings
from storage.audit import Act
from storage.database import Database


def get_clock(database: Database, settings: Settings) -> ClockOut:
    _refuse_outside_demo(settings)
    with database.reading() as stores:
        return ClockOut(now=stores.now, is_set=stores.clock.get() is not None)


def set_clock(database: Database, settings: Settings, act: Act, now: datetime) -> ClockOut:
    """Move the clock forward; the first setting may be any instant.

    Raises
    ------
    NotInDemoMode
    ClockGoesBack
        It stands at a later instant.
    """
    _refuse_outside_demo(settings)
    with database.writing() as stores:
        stands = stores.clock.get()
        if stands is not None and now < stands:
            raise ClockGoesBack(now.isoformat(), stands.isoformat())
        stores.clock.set(now)
        stores.audit.put(act, status=200)
    return ClockOut(now=now, is_set=True)


def _refuse_outside_demo(settings: Settings) -> None:
    if not settings.demo_mode:
        raise NotInDemoMode()
