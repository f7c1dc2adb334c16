"""Figures changed behind the ledger's back: the impossible is refused, the rest found and left alone."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import IntegrityError

from fulfillment.ids import LineId, NodeId, OrderId, ServiceId, SkuId
from fulfillment.ledger.protocol import Wanted
from fulfillment.supply import CapacityKey, CapacityRow, SupplyKey, SupplyRow
from storage.database import Database

NOW = datetime(2011, 11, 21, 12, tzinfo=UTC)
CUP = SupplyKey(SkuId("cup"), NodeId("leeds"))
DAY = CapacityKey(NodeId("leeds"), date(2011, 11, 21))


@pytest.fixture
def reserved(database: Database) -> Database:
    with database.writing() as stores:
        stores.ledger.set_supply([SupplyRow(CUP, 5)], now=NOW)
        stores.ledger.set_capacity([CapacityRow(DAY, 9)], now=NOW)
        wanted = Wanted(LineId("1"), CUP, 2, ServiceId("standard"), DAY)
        stores.ledger.reserve(OrderId("A"), [wanted], expires_at=None, now=NOW)
    return database


def tamper(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE supply SET quantity = 6", ["quantity is 6, its entries add up to 5"]),
        (
            "UPDATE supply SET reserved = 1",
            ["reserved is 1, its entries add up to 2", "reserved is 1, its claims add up to 2"],
        ),
        (
            "UPDATE claim SET quantity = 3",
            ["reserved is 2, its claims add up to 3", "used is 2, its claims add"],
        ),
        ("UPDATE claim SET state = 'shipped'", ["reserved is 2, its claims add up to 0"]),
        ("DELETE FROM entry WHERE verb = 'open' AND capacity_id IS NULL", ["its entries add up to 0"]),
        ("UPDATE capacity SET day_limit = 7", ["limit is 7, its entries add up to 9"]),
    ],
)
def test_reconciling_finds_what_was_changed_behind_its_back_and_leaves_it(
    reserved: Database, url: str, statement: str, said: list[str]
) -> None:
    engine = create_engine(url)
    tamper(engine, statement)
    engine.dispose()
    for _ in range(2):
        with reserved.writing() as stores:
            found = list(stores.ledger.reconcile())
        assert len(found) == len(said)
        assert all(part in complaint for part, complaint in zip(said, found, strict=True))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE supply SET quantity = -1",
        "UPDATE supply SET reserved = -1",
        "UPDATE supply SET safety_stock = -1",
        "UPDATE capacity SET used = -1",
        "UPDATE claim SET quantity = 0",
        "UPDATE entry SET capacity_id = supply_id",
    ],
)
def test_figures_that_cannot_be_are_refused_by_the_database(
    reserved: Database, url: str, statement: str
) -> None:
    engine = create_engine(url)
    with pytest.raises(IntegrityError, match=r"(?i)check constraint"):
        tamper(engine, statement)
    engine.dispose()
