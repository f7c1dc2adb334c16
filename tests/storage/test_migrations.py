"""Migrations: they build exactly the schema, can be repeated, and come with the installed package."""

import re
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text

from storage.database import Database
from storage.schema import metadata


def statements(engine: Engine) -> set[tuple[str, ...]]:
    """What SQLite keeps of each table and index; constraints in any order, all in one spelling."""
    query = text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name <> 'alembic_version'")
    with engine.connect() as connection:
        found = [" ".join(sql.split()).removesuffix(" )") for sql in connection.execute(query).scalars()]
    return {tuple(sorted(re.split(r", (?=CONSTRAINT )", statement))) for statement in found}


def test_migrations_build_exactly_the_schema_checks_and_indexes_included(
    database: Database, url: str, tmp_path: Path
) -> None:
    migrated = create_engine(url)
    made = create_engine(f"sqlite:///{tmp_path / 'made.db'}")
    metadata.create_all(made)
    try:
        assert statements(migrated) == statements(made)
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


def test_migrations_do_not_lean_on_code_that_will_change() -> None:
    versions = sorted((Path(__file__).parents[2] / "storage" / "migrations" / "versions").glob("*.py"))
    assert versions
    for version in versions:
        source = version.read_text(encoding="utf-8")
        assert "import storage" not in source
        assert "from storage" not in source
