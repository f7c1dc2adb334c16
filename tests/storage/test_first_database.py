"""A database that the first version wrote is brought up to date, and goes on as if nothing had been."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fulfillment.ids import NodeId, OrderId, SkuId
from fulfillment.ledger.protocol import Selection
from storage.database import Database, open_database

DUMP = Path(__file__).parent / "data" / "schema_0001.sql"
STATES = {
    "soft": {"reserved"},
    "firm": {"allocated"},
    "gone": {"shipped"},
    "canceled": {"canceled"},
    "short": {"reserved"},
}


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[Database]:
    file = tmp_path / "first.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(DUMP.read_text(encoding="utf-8"))
    database = open_database(f"sqlite:///{file}", durable=False, key_hours=1_000_000)
    database.upgrade()
    yield database
    database.close()


def test_every_claim_is_where_it_was_and_the_books_balance(upgraded: Database) -> None:
    assert upgraded.is_current()
    with upgraded.reading() as stores:
        found = {
            order: {claim.state.value for claim in stores.ledger.claims(OrderId(order))} for order in STATES
        }
        assert found == STATES
        assert list(stores.ledger.reconcile()) == []
        assert stores.now == datetime(2026, 11, 20, 9, tzinfo=UTC)  # the demo clock it was left at


def test_what_was_asked_and_decided_can_still_be_read(upgraded: Database) -> None:
    with upgraded.reading() as stores:
        for name in STATES:
            kept = stores.orders.get(OrderId(name))
            assert kept is not None
            decided = stores.decisions.latest(OrderId(name))
            assert decided is not None
            planned = {line["line"] for shipment in decided["shipments"] for line in shipment["lines"]}
            assert planned <= {line.id for line in kept.order.lines}
        answer = stores.keys.find("POST /v1/orders", "k-soft")
        assert answer is not None
        assert answer.status == 201


def test_work_goes_on(upgraded: Database) -> None:
    with upgraded.writing() as stores:
        before = sum(row.available for row in stores.ledger.supply([SkuId("T-03")], now=stores.now))
        stores.ledger.cancel(Selection(OrderId("firm")), now=stores.now)
        after = sum(row.available for row in stores.ledger.supply([SkuId("T-03")], now=stores.now))
        assert after == before + 4
        assert NodeId("DC1") in stores.catalog.network().nodes
        assert list(stores.ledger.reconcile()) == []
