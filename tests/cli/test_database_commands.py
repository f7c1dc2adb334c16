"""Commands on the database itself, without a service: what they find, and what they leave alone."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.database import open_database
from tests.cli.terminal import nodewise, on_a_terminal

DUMP = Path(__file__).parent.parent / "storage" / "data" / "schema_0001.sql"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The database that the first version wrote."""
    made = tmp_path / "nodewise.db"
    with closing(sqlite3.connect(made)) as connection:
        connection.executescript(DUMP.read_text(encoding="utf-8"))
    return made


def tamper(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(statement)
        connection.commit()


def test_books_that_balance_are_said_to(file: Path) -> None:
    done = nodewise("ledger", "reconcile", "--database", str(file), cwd=file.parent)
    assert (done.code, done.out.splitlines()) == (0, ["complaint"])
    told = on_a_terminal("ledger", "reconcile", "--database", str(file), cwd=file.parent)
    assert "The ledger reconciles: every figure follows" in " ".join(told.out.split())


def test_a_figure_changed_behind_its_back_is_named_and_left_alone(file: Path) -> None:
    tamper(file, "UPDATE supply SET quantity = quantity + 1 WHERE sku = 'K-17' AND node = 'LON1'")
    done = nodewise("ledger", "reconcile", "--database", str(file), cwd=file.parent)
    assert done.code == 1
    assert "K-17" in done.out
    assert nodewise("ledger", "reconcile", "--database", str(file), cwd=file.parent).out == done.out


def test_a_schema_that_is_old_is_said_to_be_and_brought_up_to_date(file: Path) -> None:
    assert nodewise("db", "check", "--database", str(file), cwd=file.parent).code == 0
    empty = file.with_name("empty.db")
    empty.touch()
    done = nodewise("db", "check", "--database", str(empty), cwd=file.parent)
    assert (done.code, done.out) == (1, "schema\nof another version\n")
    assert nodewise("db", "upgrade", "--database", str(empty), cwd=file.parent).code == 0
    assert nodewise("db", "check", "--database", str(empty), cwd=file.parent).code == 0


def test_a_schema_of_a_newer_version_is_not_touched(file: Path) -> None:
    tamper(file, "UPDATE alembic_version SET version_num = '9999'")
    done = nodewise("db", "upgrade", "--database", str(file), cwd=file.parent)
    assert done.code == 4
    assert "not known to this version" in done.err


@pytest.mark.parametrize("command", [("ledger", "reconcile"), ("db", "check"), ("db", "upgrade")])
def test_what_is_not_there_is_not_made(command: tuple[str, ...], tmp_path: Path) -> None:
    done = nodewise(*command, "--database", "none.db", cwd=tmp_path)
    assert done.code == 2
    assert "none.db is not there" in done.err
    assert not (tmp_path / "none.db").exists()


def test_the_database_of_the_settings_may_be_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    (tmp_path / "nodewise.toml").write_text(f'database_url = "{postgres_url}"\n', encoding="utf-8")
    assert nodewise("db", "check", cwd=tmp_path).code == 0
    database = open_database(postgres_url, durable=False)
    with database.writing() as stores:
        stores.ledger.set_supply([], now=stores.now)
    database.close()
    done = nodewise("ledger", "reconcile", cwd=tmp_path)
    assert done.code == 0, done.err
