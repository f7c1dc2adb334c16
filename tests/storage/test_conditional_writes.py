"""A change drafted on figures that have moved on is refused by the database itself, whole."""

import contextlib
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from fulfillment.ids import LineId, NodeId, OrderId, ServiceId, SkuId
from fulfillment.ledger import facts, promising
from fulfillment.ledger.drafting import Draft
from fulfillment.ledger.protocol import AdjustKind, Adjustment, Wanted
from fulfillment.supply import CapacityKey, CapacityRow, SupplyKey, SupplyRow
from storage.database import Database
from storage.errors import LostRace
from storage.ledger import SqlLedger
from storage.ledger_store import SqlLedgerStore

NOW = datetime(2011, 11, 21, 12, tzinfo=UTC)
CUP, LAMP, MAT = (SupplyKey(SkuId(sku), NodeId("leeds")) for sku in ("cup", "lamp", "mat"))
DAY = CapacityKey(NodeId("leeds"), date(2011, 11, 21))
ME, OTHER = OrderId("me"), OrderId("other")


@pytest.fixture
def five_each(database: Database) -> Database:
    with database.writing() as stores:
        stores.ledger.set_supply([SupplyRow(key, 5) for key in (CUP, LAMP, MAT)], now=NOW)
        stores.ledger.set_capacity([CapacityRow(DAY, 8)], now=NOW)
    return database


def want(key: SupplyKey, count: int) -> Wanted:
    return Wanted(LineId(key.sku), key, count, ServiceId("standard"), DAY)


def held(database: Database) -> list[int]:
    """Units reserved of each row, of books that add up."""
    with database.reading() as stores:
        assert list(stores.ledger.reconcile()) == []
        rows = stores.ledger.supply([CUP.sku, LAMP.sku, MAT.sku], now=NOW)
        return [row.reserved for row in rows]


def overtaken(database: Database, *wanted: Wanted, by: Callable[[SqlLedger], object]) -> None:
    """Draft a reservation, let somebody else write, write the draft."""
    with database.writing() as stores:
        connection = stores.clock._connection
        mine = SqlLedgerStore(connection)
        draft = Draft(mine, now=NOW)
        promising.reserve(draft, ME, wanted, expires_at=None)
        late = draft.finish()
        by(SqlLedger(connection))
        mine.write(late)


def reserves(order: OrderId, *wanted: Wanted) -> Callable[[SqlLedger], object]:
    return lambda ledger: ledger.reserve(order, wanted, expires_at=None, now=NOW)


def test_units_that_others_took_meanwhile_are_refused(five_each: Database) -> None:
    with pytest.raises(LostRace):
        overtaken(five_each, want(CUP, 2), want(LAMP, 1), want(MAT, 1), by=reserves(OTHER, want(MAT, 5)))
    assert held(five_each) == [0, 0, 0]


def test_a_day_that_others_filled_meanwhile_is_refused(five_each: Database) -> None:
    with pytest.raises(LostRace):
        overtaken(five_each, want(CUP, 4), by=reserves(OTHER, want(LAMP, 5)))
    assert held(five_each) == [0, 0, 0]


def test_a_day_that_was_cut_meanwhile_is_refused(five_each: Database) -> None:
    with pytest.raises(LostRace):
        overtaken(five_each, want(CUP, 1), by=lambda it: it.set_capacity([CapacityRow(DAY, 5)], now=NOW))
    assert held(five_each) == [0, 0, 0]


def test_an_order_that_others_changed_meanwhile_is_refused(five_each: Database) -> None:
    with five_each.writing() as stores:
        stores.ledger.reserve(ME, [want(CUP, 1)], expires_at=None, now=NOW)
    with pytest.raises(LostRace):
        overtaken(five_each, want(CUP, 1), by=reserves(ME, want(CUP, 1)))
    assert held(five_each) == [1, 0, 0]


def test_an_order_that_is_no_longer_new_is_refused(five_each: Database) -> None:
    with pytest.raises(LostRace):
        overtaken(five_each, want(CUP, 1), by=reserves(ME, want(LAMP, 1)))
    assert held(five_each) == [0, 0, 0]


def go_on_after_a_lost_race(database: Database) -> None:
    with database.writing() as stores:
        draft = Draft(stores.ledger._store, now=NOW)
        promising.reserve(draft, ME, [want(CUP, 1), want(MAT, 1)], expires_at=None)
        SqlLedger(stores.clock._connection).reserve(OTHER, [want(MAT, 5)], expires_at=None, now=NOW)
        with contextlib.suppress(LostRace):
            stores.ledger._store.write(draft.finish())
        stores.ledger.reserve(OrderId("third"), [want(LAMP, 1)], expires_at=None, now=NOW)


def test_who_goes_on_after_a_lost_race_commits_nothing(five_each: Database) -> None:
    with pytest.raises(LostRace):
        go_on_after_a_lost_race(five_each)
    assert held(five_each) == [0, 0, 0]


def test_facts_are_written_as_changes_so_that_none_overwrites_another(five_each: Database) -> None:
    with five_each.writing() as stores:
        store = SqlLedgerStore(stores.clock._connection)
        sale = Draft(store, now=NOW)
        facts.adjust(sale, [Adjustment(CUP, AdjustKind.WALK_IN_SALE, 1)])
        changes = sale.finish()
        stores.ledger.adjust([Adjustment(CUP, AdjustKind.WALK_IN_SALE, 2)], now=NOW)
        store.write(changes)
        (row,) = stores.ledger.supply([CUP.sku], now=NOW)
        assert row.quantity == 5 - 1 - 2
