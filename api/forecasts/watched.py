"""Shows what watching runs has found. It watches none."""

from api.errors import NotFound
from api.forecasts.service import done
from api.forecasts.watch_schemas import ValueAddedOut, WatchReportOut
from storage.database import Database
from storage.forecast_watches import StoredWatch
from storage.stores import Stores


def get_watch(database: Database, number: int) -> WatchReportOut:
    """What was found when a run was made.

    Raises
    ------
    NotFound
        There is no such run, or it is not watched yet.
    RunUnfinished
        It is not done.
    """
    with database.reading() as stores:
        return WatchReportOut.model_validate(_kept(stores, number).report)


def get_value_added(database: Database, number: int) -> ValueAddedOut:
    """What the runs before one have added to naive, and planners to them; refuses as `get_watch`."""
    with database.reading() as stores:
        return ValueAddedOut.model_validate(_kept(stores, number).value_added)


def _kept(stores: Stores, number: int) -> StoredWatch:
    done(stores, number)
    found = stores.watches.get(number)
    if found is None:
        raise NotFound(
            f"forecast run {number} is not watched yet",
            fix="Ask again in a moment; a job forecast-watch does it when the run is done: see GET /v1/jobs",
        )
    return found
