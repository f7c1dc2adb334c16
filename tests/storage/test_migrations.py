"""Migrations: they build exactly the schema, can be repeated, and come with the installed package."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, insert, inspect, select, table, update
from sqlalchemy import column as column_of

from storage import catalog_rows, upgrading
from storage.database import Database, open_database
from storage.schema import metadata
from storage.schema.catalog import node
from tests.storage.test_catalog import BUSY, LEEDS, NORTH


def tables(engine: Engine) -> dict[str, dict[str, list[str]]]:
    """Columns, constraints and indexes of each table as the database tells them, in one spelling."""
    seen = inspect(engine)
    return {
        table: {
            "columns": [f"{c['name']} {c['type']} {c['nullable']}" for c in seen.get_columns(table)],
            "primary key": [str(seen.get_pk_constraint(table))],
            "foreign keys": sorted(map(str, seen.get_foreign_keys(table))),
            "unique": sorted(map(str, seen.get_unique_constraints(table))),
            "checks": sorted(f"{c['name']} {c['sqltext']}" for c in seen.get_check_constraints(table)),
            "indexes": sorted(map(str, seen.get_indexes(table))),
        }
        for table in seen.get_table_names()
        if table != "alembic_version"
    }


def test_migrations_build_exactly_the_schema_checks_and_indexes_included(
    database: Database, url: str, new_address: Callable[[], str]
) -> None:
    migrated, made = create_engine(url), create_engine(new_address())
    metadata.create_all(made)
    try:
        assert len(tables(migrated)) > 10
        assert tables(migrated) == tables(made)
        with migrated.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    finally:
        migrated.dispose()
        made.dispose()


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    with database.reading() as stores:
        before = stores.catalog.policy()
    database.upgrade()
    assert database.is_current()
    with database.reading() as stores:
        assert stores.catalog.policy() == before


def test_nodes_of_the_version_before_slots_have_their_whole_day_and_its_processes_read_those_that_have_some(
    url: str,
) -> None:
    database, engine = open_database(url, durable=False), create_engine(url)
    columns = [column.name for column in node.c if column.name != "slots"]
    try:
        with engine.begin() as connection:
            upgrading.upgrade(connection, to="0015")
            older = {
                name: value for name, value in catalog_rows.node_values(LEEDS).items() if name != "slots"
            }
            connection.execute(insert(table("node", *map(column_of, columns))), [older])
        database.upgrade()
        with database.writing() as stores:
            assert stores.catalog.network().nodes == {LEEDS.id: LEEDS}
            stores.catalog.put_nodes([BUSY])
        with engine.begin() as connection:
            seen = connection.execute(select(*(node.c[name] for name in columns))).one()
            assert seen.units_per_day == 100  # both slots together
            connection.execute(update(node).values(name="Renamed"))  # what it puts leaves slots alone
        with database.writing() as stores:
            stores.catalog.put_zones([NORTH])
            assert stores.catalog.network().nodes[LEEDS.id] == replace(BUSY, name="Renamed")
    finally:
        database.close()
        engine.dispose()


def test_migrations_do_not_lean_on_code_that_will_change() -> None:
    versions = sorted((Path(__file__).parents[2] / "storage" / "migrations" / "versions").glob("*.py"))
    assert versions
    for version in versions:
        source = version.read_text(encoding="utf-8")
        assert "import storage" not in source
        assert "from storage" not in source
