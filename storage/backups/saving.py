"""Writes a backup: all tables as of one instant, while others go on reading and writing.

One read transaction: a snapshot on either database, which no writer waits for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Inspector, MetaData, Table, Text, cast, inspect, select

from fulfillment.errors import Refused
from storage import upgrading
from storage.backups import values
from storage.backups.container import Manifest, writing
from storage.backups.values import Kind
from storage.database import Database
from storage.dialects import CLOCKS
from storage.schema import metadata

_AT_ONCE = 2_000  # rows
Told = Callable[[str], None]


def save(database: Database, path: Path, *, tell: Told) -> Manifest:
    """Back the database up into a new file at `path`, in place of one that is there.

    `tell` is called with the name of each table in turn.

    Raises
    ------
    Refused
        There is no schema in the database, or one that this version does not know.
    InvalidInput
        The file cannot be written.
    """
    with database.looking() as connection:
        clock = CLOCKS[connection.dialect.name]
        taken_at = connection.execute(select(clock)).scalar_one()  # first: it fixes the snapshot
        schema = upgrading.state(connection)
        if schema.found is None or not schema.is_known:
            raise Refused(
                "the database has no schema of Nodewise"
                if schema.found is None
                else f"the database's schema {schema.found} is not known to this version",
                fix="Back it up with the version that wrote it",
            )
        found = inspect(connection)
        there = set(found.get_table_names())
        ours = [table.name for table in metadata.sorted_tables if table.name in there]
        with writing(path) as writer:
            for name in ours:
                tell(name)
                columns = _columns(connection, name)
                writer.table(name, columns, _rows(connection, name, columns))
            return writer.finish(
                schema=schema.found,
                taken_at=taken_at.isoformat(timespec="milliseconds"),
                left_out=[*sorted(there - set(ours) - {upgrading.VERSIONS}), *_other_schemas(found)],
            )


def _other_schemas(found: Inspector) -> Sequence[str]:
    """Schemas of PostgreSQL beside ours, such as that of the jobs' queue; an SQLite file has one."""
    ours = {found.default_schema_name, "information_schema", "main"}
    return [f"{name}.*" for name in sorted(found.get_schema_names()) if name not in ours]


def _columns(connection: Connection, table: str) -> Mapping[str, Kind]:
    """As the database has them, which may be of an earlier version."""
    return {found["name"]: values.kind_of(found["type"]) for found in inspect(connection).get_columns(table)}


def _rows(connection: Connection, name: str, columns: Mapping[str, Kind]) -> Iterator[Sequence[object]]:
    table = Table(name, MetaData(), *(values.column(column, kind) for column, kind in columns.items()))
    read: list[Any] = [
        cast(table.c[column], Text) if kind is Kind.DOCUMENT else table.c[column]
        for column, kind in columns.items()
    ]
    key = inspect(connection).get_pk_constraint(name)["constrained_columns"]
    query = select(*read).order_by(*(table.c[column] for column in key))
    encoders = [
        (place, encode)
        for place, kind in enumerate(columns.values())
        if (encode := values.encoder(kind)) is not None
    ]
    for row in connection.execute(query, execution_options={"yield_per": _AT_ONCE}):
        line = list(row)
        for place, encode in encoders:
            if line[place] is not None:
                line[place] = encode(line[place])
        yield line
