"""Bringing a database to the schema of this version, inside a transaction that the caller owns.

Migrations add; what they take away was left unused by the version before (docs/database.md). So an older
process goes on beside a newer schema, unless the schema says that it no longer serves it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, inspect, select, update

from storage.errors import StorageUnavailable
from storage.schema.service import schema_state

VERSIONS = "alembic_version"  # the table that holds the revision
SERVES_FROM = "serves_from"  # in a migration: the oldest revision whose code can live with it


class Fit(StrEnum):
    """How the schema found suits this version."""

    CURRENT = "current"
    BEHIND = "behind"  # migrations are missing
    AHEAD = "ahead"  # of a newer version, and serves this one too
    FOREIGN = "of another version"  # of a newer version, and no longer for this one


@dataclass(frozen=True, slots=True)
class Missing:
    """A migration that the database has not had yet, with the first sentence of what it is for."""

    revision: str
    purpose: str


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The schema of a database beside that of this version; `found` is None where there is none."""

    found: str | None
    wanted: str
    fit: Fit
    missing: Sequence[Missing] = ()

    @property
    def is_known(self) -> bool:
        return self.fit in (Fit.CURRENT, Fit.BEHIND)

    @property
    def serves(self) -> bool:
        """Whether this version can work on it as it is."""
        return self.fit in (Fit.CURRENT, Fit.AHEAD)


def state(connection: Connection) -> SchemaState:
    """What schema the database has, and what it lacks."""
    found = MigrationContext.configure(connection).get_current_revision()
    wanted = _head()
    if found == wanted:
        return SchemaState(found, wanted, Fit.CURRENT)
    if found is None or is_known(found):
        return SchemaState(found, wanted, Fit.BEHIND, tuple(_missing(found)))
    fits = found.isdigit() and found > wanted and _serves_from(connection) <= wanted
    return SchemaState(found, wanted, Fit.AHEAD if fits else Fit.FOREIGN)


def upgrade(connection: Connection, *, to: str = "head") -> None:
    """Run the migrations that are missing, as far as `to`; all of them or none.

    Raises
    ------
    StorageUnavailable
        The database was written by a newer version, which has ended the service of this one.
    """
    now = state(connection)
    if now.fit is Fit.AHEAD:
        return
    if now.fit is Fit.FOREIGN:
        raise StorageUnavailable(
            f"the database's schema is not known to this version: it is {now.found}, not {now.wanted}",
            fix="Install the version that wrote it, or a newer one",
        )
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)
    if inspect(connection).has_table(schema_state.name):
        connection.execute(update(schema_state).values(serves_from=_served_by(to)))


def is_known(revision: str) -> bool:
    """Whether this version has the migration."""
    return revision in {script.revision for script in _scripts()}


def forget(connection: Connection) -> None:
    """Let the database be as one that never had a migration; its tables are for the caller to drop."""
    if inspect(connection).has_table(VERSIONS):
        connection.exec_driver_sql(f"DROP TABLE {VERSIONS}")


def _serves_from(connection: Connection) -> str:
    """The oldest revision whose code can work on this newer schema."""
    nobody = "9" * 99
    if not inspect(connection).has_table(schema_state.name):
        return nobody
    told: str | None = connection.execute(select(schema_state.c.serves_from)).scalar_one_or_none()
    return told or nobody


def _served_by(revision: str) -> str:
    """What the newest migration up to this one says of those it serves; they serve all if none does."""
    for script in _scripts():
        if (revision == "head" or script.revision <= revision) and hasattr(script.module, SERVES_FROM):
            return str(getattr(script.module, SERVES_FROM))
    return _scripts()[-1].revision


def _missing(found: str | None) -> Iterator[Missing]:
    newer = [script for script in _scripts() if found is None or script.revision > found]
    for script in reversed(newer):
        yield Missing(script.revision, script.doc)


def _head() -> str:
    return _scripts()[0].revision


@cache
def _scripts() -> Sequence[Script]:
    """All migrations, the newest first; their revisions are numbers of four digits."""
    return tuple(ScriptDirectory.from_config(_config()).walk_revisions())


def _config() -> Config:
    config = Config()
    # A percent sign starts an interpolation in this format.
    config.set_main_option("script_location", str(files("storage") / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
