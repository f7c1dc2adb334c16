"""Says how to make the first key, where keys are needed and there is none."""

from api.logs import log
from api.settings import Settings
from storage.database import Database, open_database

HOW = "nodewise key create NAME --scopes allocate,plan"


def tell_without_key(database: Database, settings: Settings) -> None:
    """A line in the log at start."""
    if settings.authentication == "keys" and not _has_key(database):
        log.warning("no_api_key", detail="every request is refused: there is no API key yet", fix=HOW)


def lacks_key(settings: Settings) -> bool:
    """Whether it is seen, before the service starts, that it has no key to let anybody in by.

    Raises
    ------
    StorageUnavailable
        The database does not answer.
    """
    if settings.authentication == "off":
        return False
    if settings.database_file is not None and not settings.database_file.exists():
        return True
    database = open_database(settings.database_url, durable=settings.durable)
    try:
        # In a schema of another version there may be no table of keys; the log tells after the upgrade.
        return database.is_current() and not _has_key(database)
    finally:
        database.close()


def _has_key(database: Database) -> bool:
    with database.reading() as stores:
        return stores.api_keys.any()
