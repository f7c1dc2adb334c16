"""The ledger under contract, in memory and on SQLite.

Every test of this folder that takes `ledger` runs on both. A test never sees which one it has.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fulfillment.ledger.memory import InMemoryLedger
from fulfillment.ledger.protocol import Ledger
from storage.database import open_database


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the current schema with nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("schema") / "empty.db"
    database = open_database(f"sqlite:///{path}", durable=False)
    database.upgrade()
    database.close()
    return path


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, empty_file: Path, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "memory":
        yield InMemoryLedger()
        return
    path = shutil.copy(empty_file, tmp_path / "ledger.db")
    database = open_database(f"sqlite:///{path}", durable=False)
    try:
        with database.writing() as stores:
            yield stores.ledger
    finally:
        database.close()


@pytest.fixture(autouse=True)
def _books_balance(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did: afterward every figure follows from entries and claims."""
    kept = request.getfixturevalue("ledger") if "ledger" in request.fixturenames else None
    yield
    if kept is not None:
        assert list(kept.reconcile()) == []
