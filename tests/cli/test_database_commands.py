"""Commands on the database itself, without a service: what they find, and what they leave alone."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from storage.database import open_database
from tests.cli.terminal import Ran, on_a_terminal

Run = Callable[..., Ran]
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


def test_books_that_balance_are_said_to(file: Path, run_in: Run) -> None:
    done = run_in("ledger", "reconcile", "--database", str(file), cwd=file.parent)
    assert (done.code, done.out.splitlines()) == (0, ["complaint"])
    told = on_a_terminal("ledger", "reconcile", "--database", str(file), cwd=file.parent)
    assert "The ledger reconciles: every figure follows" in " ".join(told.out.split())


def test_a_figure_changed_behind_its_back_is_named_and_left_alone(file: Path, run_in: Run) -> None:
    tamper(file, "UPDATE supply SET quantity = quantity + 1 WHERE sku = 'K-17' AND node = 'LON1'")
    done = run_in("ledger", "reconcile", "--database", str(file), cwd=file.parent)
    assert done.code == 1
    assert "K-17" in done.out
    assert run_in("ledger", "reconcile", "--database", str(file), cwd=file.parent).out == done.out


def test_a_schema_that_is_old_is_said_to_be_and_brought_up_to_date(file: Path, run_in: Run) -> None:
    done = run_in("db", "check", "--database", str(file), cwd=file.parent)
    assert (done.code, done.out.splitlines()[1].split("\t")[0]) == (1, "behind")
    empty = file.with_name("empty.db")
    empty.touch()
    done = run_in("db", "check", "--database", str(empty), cwd=file.parent)
    head, first, *_ = done.out.splitlines()
    assert (done.code, head) == (1, "schema\tmissing\tpurpose")
    assert first.startswith("behind\t0001\tThe first schema: ledger, catalog, orders")
    assert run_in("db", "upgrade", "--database", str(empty), cwd=file.parent).code == 0
    assert run_in("db", "check", "--database", str(empty), cwd=file.parent).code == 0


def test_a_schema_of_a_newer_version_is_not_touched(file: Path, run_in: Run) -> None:
    tamper(file, "UPDATE alembic_version SET version_num = '9999'")
    done = run_in("db", "upgrade", "--database", str(file), cwd=file.parent)
    assert done.code == 4
    assert "not known to this version" in done.err


@pytest.mark.parametrize(
    "command",
    [
        ("ledger", "reconcile"),
        ("db", "check"),
        ("db", "upgrade"),
        ("db", "backup", "a.backup"),
        ("purge",),
        ("purge", "order", "1"),
    ],
)
def test_what_is_not_there_is_not_made(command: tuple[str, ...], tmp_path: Path, run_in: Run) -> None:
    done = run_in(*command, "--database", "none.db", cwd=tmp_path)
    assert done.code == 2
    assert "none.db is not there" in done.err
    assert not (tmp_path / "none.db").exists()


def test_the_database_of_the_settings_may_be_on_postgresql(
    postgres_url: str, tmp_path: Path, run_in: Run
) -> None:
    (tmp_path / "nodewise.toml").write_text(f'database_url = "{postgres_url}"\n', encoding="utf-8")
    assert run_in("db", "check", cwd=tmp_path).code == 0
    database = open_database(postgres_url, durable=False)
    with database.writing() as stores:
        stores.ledger.set_supply([], now=stores.now)
    database.close()
    done = run_in("ledger", "reconcile", cwd=tmp_path)
    assert done.code == 0, done.err


def test_a_database_is_backed_up_and_restored(file: Path, run_in: Run) -> None:
    here = file.parent
    saved = run_in("db", "backup", "a.backup", "--database", str(file), cwd=here)
    assert saved.code == 0, saved.err
    assert "entry\t29" in saved.out.splitlines()
    told = on_a_terminal("db", "restore", "a.backup", "--database", "other.db", cwd=here)
    assert told.code == 0
    assert "The ledger reconciles." in " ".join(told.out.split())
    refused = run_in("db", "restore", "a.backup", "--database", "other.db", cwd=here)
    assert (refused.code, refused.out) == (3, "")
    assert "the database is not empty" in refused.err
    assert "fix: Restore into a new database, or give --replace" in refused.err
    assert run_in("db", "restore", "a.backup", "--replace", "--database", "other.db", cwd=here).code == 0


def test_a_restored_ledger_that_does_not_reconcile_is_said_to(file: Path, run_in: Run) -> None:
    here = file.parent
    tamper(file, "UPDATE supply SET quantity = quantity + 1 WHERE sku = 'K-17' AND node = 'LON1'")
    assert run_in("db", "backup", "a.backup", "--database", str(file), cwd=here).code == 0
    done = run_in("db", "restore", "a.backup", "--database", "other.db", cwd=here)
    assert done.code == 1
    assert "SKU K-17 at LON1" in done.err


def test_a_file_that_is_no_backup_is_refused(file: Path, run_in: Run) -> None:
    here = file.parent
    (here / "not.backup").write_text("hello")
    done = run_in("db", "restore", "not.backup", "--database", "other.db", cwd=here)
    assert done.code == 2
    assert "not.backup is no whole backup" in done.err


def test_a_password_is_never_told(tmp_path: Path, run_in: Run) -> None:
    url = "postgresql://nodewise:s3cret@127.0.0.1:1/nodewise"
    for command in (("db", "check"), ("db", "backup", "a.backup"), ("db", "restore", "a.backup"), ("purge",)):
        done = run_in(*command, cwd=tmp_path, NODEWISE_DATABASE_URL=url)
        assert done.code in (2, 4)
        assert "s3cret" not in done.out + done.err


def test_orders_are_purged_by_age_and_by_name(file: Path, run_in: Run) -> None:
    here, base = file.parent, ("--database", str(file))
    assert run_in("db", "upgrade", *base, cwd=here).code == 0
    tamper(file, "UPDATE demo_clock SET now = '2026-12-01 09:00:00.000000'")
    counted = run_in("purge", "--before", "2026-11-30", "--dry-run", *base, cwd=here)
    assert counted.code == 0, counted.err
    assert "orders\t2" in counted.out.splitlines()
    assert "Kept, for stock is still held: 3 orders (firm, short, soft)" in counted.err
    purged = run_in("purge", "--before", "2026-11-30", *base, cwd=here)
    assert "orders\t2" in purged.out.splitlines()
    refused = run_in("purge", "order", "firm", *base, cwd=here)
    assert refused.code == 3
    assert "order firm still holds stock: 7 allocated" in refused.err
    unknown = run_in("purge", "order", "gone", *base, cwd=here)
    assert unknown.code == 2
    assert "order gone was never seen, or was purged" in unknown.err
    assert run_in("purge", "--before", "2027-01-01", *base, cwd=here).code == 2
    assert run_in("ledger", "reconcile", *base, cwd=here).code == 0
