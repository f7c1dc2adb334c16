"""The ledger under contract, in memory and on SQLite, and short words to set a scene with.

Every test of this folder that takes `ledger` runs on both. A test never sees which one it has.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fulfillment.ledger.memory import InMemoryLedger
from fulfillment.ledger.protocol import Ledger
from storage.database import open_database


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "memory":
        yield InMemoryLedger()
        return
    database = open_database(f"sqlite:///{tmp_path / 'ledger.db'}", durable=False)
    try:
        database.upgrade()
        with database.writing() as stores:
            yield stores.ledger
    finally:
        database.close()


@pytest.fixture(autouse=True)
def _books_balance(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did: afterwards every figure follows from entries and claims."""
    kept = request.getfixturevalue("ledger") if "ledger" in request.fixturenames else None
    yield
    if kept is not None:
        assert list(kept.reconcile()) == []
