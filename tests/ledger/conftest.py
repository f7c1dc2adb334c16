"""The ledger under contract, in memory, on SQLite and on PostgreSQL.

Every test of this folder that takes `ledger` runs on all three. A test never sees which one it has.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fulfillment.ledger.memory import InMemoryLedger
from fulfillment.ledger.protocol import Ledger
from tests.ledger.scene import ledger_in


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "memory":
        yield InMemoryLedger()
    elif request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("empty_file"), tmp_path / "ledger.db")
        with ledger_in(f"sqlite:///{path}") as ledger:
            yield ledger
    else:
        with ledger_in(request.getfixturevalue("postgres_url")) as ledger:
            yield ledger


@pytest.fixture(autouse=True)
def _books_balance(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did: afterward every figure follows from entries and claims."""
    kept = request.getfixturevalue("ledger") if "ledger" in request.fixturenames else None
    yield
    if kept is not None:
        assert list(kept.reconcile()) == []
