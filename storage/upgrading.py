"""Bringing a database to the schema of this version, inside a transaction that the caller owns."""

from functools import cache
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from storage.errors import StorageUnavailable


def upgrade(connection: Connection) -> None:
    """Run the migrations that are missing; all of them or none.

    Raises
    ------
    StorageUnavailable
        The database was written by a newer version.
    """
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StorageUnavailable(
            f"the database's schema is not known to this version: {error}",
            fix="Install the version that wrote it, or a newer one",
        ) from error


def is_current(connection: Connection) -> bool:
    return MigrationContext.configure(connection).get_current_revision() == _head()


@cache
def _head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    # A percent sign starts an interpolation in this format.
    config.set_main_option("script_location", str(files("storage") / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
