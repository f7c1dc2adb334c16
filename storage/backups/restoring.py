"""Puts a backup into a database: all of it in one transaction, or nothing.

The schema is made as it was when the backup was taken, filled, and then brought up to date like any other.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, inspect, select, table, update

from fulfillment.errors import Refused
from storage import upgrading
from storage.backups import values
from storage.backups.container import Manifest, Reader, TableShape, reading
from storage.database import Database
from storage.dialects import CLOCKS, load_rows, renumber
from storage.jobs import Jobs
from storage.schema import metadata
from storage.schema.events import outbox_sequence

SEQUENCES_LEFT_OUT = 1_000_000
"""Between the last event that was published before a backup and the first after its restore."""

Told = Callable[[str], None]
# Not empty in a database that was only made.
_SEEDED = {
    "policy",
    "policy_version",
    "policy_activation",
    "catalog_version",
    "schema_state",
    "outbox_sequence",
}


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, and what the ledger's reconcile says of it."""

    manifest: Manifest
    complaints: Sequence[str]


def restore(database: Database, path: Path, *, replace: bool, tell: Told) -> Restored:
    """Restore a backup into an empty database, or with `replace` in place of all that is there.

    Raises
    ------
    InvalidInput
        The file is no whole backup; it was read to the end before the database was touched.
    Refused
        A newer version wrote it, there are rows already, or others are connected.
    """
    with reading(path) as backup:
        tell("the file")
        backup.verify()
        manifest = backup.manifest
        if not upgrading.is_known(manifest.schema):
            raise Refused(
                f"the backup has schema {manifest.schema}, which is not known to this version",
                fix="Install the version that made it, or a newer one",
            )
        others = database.others()
        if others:
            raise Refused(
                f"{others} connected to the database", fix="Stop the services that use it, then restore"
            )
        with database.rebuilding() as connection:
            if not replace:
                _refuse_rows(connection)
            _clear(connection)
            upgrading.upgrade(connection, to=manifest.schema)
            _empty(connection, manifest)
            for shape in manifest.tables:
                tell(shape.name)
                _load(connection, backup, shape)
            upgrading.upgrade(connection)
            _go_on_elsewhere(connection)
    tell("the ledger")
    with database.reading() as stores:
        return Restored(manifest, list(stores.ledger.reconcile()))


def _refuse_rows(connection: Connection) -> None:
    there = set(inspect(connection).get_table_names())
    filled = [
        name
        for name in (one.name for one in metadata.sorted_tables)
        if name in there - _SEEDED and connection.execute(select(1).select_from(table(name)).limit(1)).first()
    ]
    if filled:
        raise Refused(
            f"the database is not empty: there are rows in {', '.join(filled)}",
            fix="Restore into a new database, or give --replace to lose what is there",
        )


def _clear(connection: Connection) -> None:
    metadata.drop_all(connection)
    upgrading.forget(connection)


def _empty(connection: Connection, manifest: Manifest) -> None:
    """Take away what migrations have put there, first what refers to others."""
    for shape in reversed(manifest.tables):
        connection.execute(table(shape.name).delete())


def _load(connection: Connection, backup: Reader, shape: TableShape) -> None:
    load_rows(connection, shape.name, list(shape.columns), _rows(backup, shape))
    renumber(connection, shape.name)
    loaded = connection.execute(select(func.count()).select_from(table(shape.name))).scalar_one()
    if loaded != shape.rows:
        raise Refused(
            f"table {shape.name} took {loaded} of {shape.rows} rows", fix="Restore into a new database"
        )


def _go_on_elsewhere(connection: Connection) -> None:
    """What was at work, or known to others, when the backup was taken is not so any more.

    Jobs wait for workers of this database. Sequences of events go on far behind those that were given after
    the backup: whoever remembers one of them reads past nothing that is new.
    """
    clock = CLOCKS[connection.dialect.name]
    Jobs(connection, now=connection.execute(select(clock)).scalar_one()).put_all_back()
    last = outbox_sequence.c.last
    connection.execute(update(outbox_sequence).values(last=last + SEQUENCES_LEFT_OUT))


def _rows(backup: Reader, shape: TableShape) -> Iterator[Sequence[Any]]:
    decoders = [
        (place, decode)
        for place, kind in enumerate(shape.columns.values())
        if (decode := values.decoder(kind)) is not None
    ]
    for row in backup.rows(shape):
        for place, decode in decoders:
            if row[place] is not None:
                row[place] = decode(row[place])
        yield row
