"""Upgrading beside others: it lets go of what they queue up for, and migrations only add."""

import ast
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fulfillment.ids import NodeId, SkuId
from fulfillment.supply import SupplyKey, SupplyRow
from storage import upgrading
from storage.database import Database, open_database
from storage.errors import StorageBusy
from storage.schema.ledger import supply
from storage.upgrading import Fit

MIGRATIONS = Path(__file__).parents[2] / "storage" / "migrations"
TAKING_AWAY = {"drop_column", "drop_table", "drop_constraint", "alter_column", "rename_table"}
NEWER = """'''A column more.'''
import sqlalchemy as sa
from alembic import op
revision = "9000"
down_revision = "{head}"
def upgrade():
    op.add_column("supply", sa.Column("shelf", sa.String()))
"""


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """From here on this process is of a version with one more migration."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / "versions" / "v9000_newer.py").write_text(NEWER.format(head=upgrading._head()))

    def config() -> upgrading.Config:
        made = upgrading.Config()
        made.set_main_option("script_location", str(folder))
        made.set_main_option("path_separator", "os")
        return made

    with monkeypatch.context() as patched:
        patched.setattr(upgrading, "_config", config)
        upgrading._scripts.cache_clear()
        yield
    upgrading._scripts.cache_clear()


def test_an_upgrade_lets_go_while_somebody_reads_for_long(
    postgres_url: str, newer: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = (open_database(postgres_url, durable=False) for _ in range(2))
    waits: list[float] = []
    done = threading.Event()

    def upgrade() -> None:
        ours.upgrade()
        done.set()

    with theirs.looking() as reader:
        reader.execute(supply.select()).all()  # what a backup does, until it has read everything
        thread = threading.Thread(target=upgrade)
        thread.start()
        began = time.monotonic()
        while time.monotonic() - began < 6:
            asked = time.monotonic()
            with theirs.writing() as stores:
                key = SupplyKey(SkuId("cup"), NodeId("leeds"))
                stores.ledger.set_supply([SupplyRow(key, len(waits))], now=stores.now)
            waits.append(time.monotonic() - asked)
        assert not done.is_set()
    thread.join(timeout=30)
    assert done.is_set()
    assert ours.schema().fit is Fit.CURRENT
    assert max(waits) < 6  # what it waits for at most is 2 s, and the machine may be busy
    assert len(waits) > 2
    ours.close()
    theirs.close()


def test_an_upgrade_that_never_gets_its_lock_says_so_and_has_changed_nothing(
    postgres_url: str, newer: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.database._UPGRADES", 1)
    ours, theirs = (open_database(postgres_url, durable=False) for _ in range(2))
    with theirs.looking() as reader:
        reader.execute(supply.select()).all()
        with pytest.raises(StorageBusy):
            ours.upgrade()
    assert ours.schema().fit is Fit.BEHIND
    assert [one.purpose for one in ours.schema().missing] == ["A column more."]
    ours.close()
    theirs.close()


def test_a_schema_that_is_current_is_left_alone(database: Database, url: str) -> None:
    other = open_database(url, durable=False)
    with database.writing():  # alone: an upgrade that had anything to do would wait
        other.upgrade()
    other.close()


def test_what_a_migration_takes_away_it_says_whom_it_still_serves() -> None:
    for path in sorted((MIGRATIONS / "versions").glob("v*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {
            node.func.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        if called & TAKING_AWAY:
            named = {
                target.id
                for node in tree.body
                if isinstance(node, ast.Assign)
                for target in node.targets
                if isinstance(target, ast.Name)
            }
            assert upgrading.SERVES_FROM in named, f"{path.name} takes away: see docs/database.md"


def test_a_column_that_is_added_does_without_the_older_version() -> None:
    for path in sorted((MIGRATIONS / "versions").glob("v*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(".add_column"):
                said = ast.unparse(call)
                assert "nullable=False" not in said or "server_default" in said, f"{path.name}: {said}"


def test_revisions_count_up_in_one_line() -> None:
    names = [script.revision for script in reversed(upgrading._scripts())]
    assert names == sorted(names)
    assert all(len(name) == 4 and name.isdigit() for name in names)
