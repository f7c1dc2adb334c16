"""A change drafted on figures that have moved on is refused by the database itself, whole."""

from datetime import UTC, date, datetime

import pytest

from fulfillment.errors import CapacityFull, InsufficientStock, RevisionConflict, Shortage
from fulfillment.ids import LineId, NodeId, OrderId, ServiceId, SkuId
from fulfillment.ledger import facts, promising
from fulfillment.ledger.drafting import Draft
from fulfillment.ledger.protocol import AdjustKind, Adjustment, Wanted
from fulfillment.supply import CapacityKey, CapacityRow, SupplyKey, SupplyRow
from storage.database import Database
from storage.ledger_store import SqlLedgerStore
from storage.stores import Stores

NOW = datetime(2011, 11, 21, 12, tzinfo=UTC)
CUP, LAMP, MAT = (SupplyKey(SkuId(sku), NodeId("leeds")) for sku in ("cup", "lamp", "mat"))
DAY = CapacityKey(NodeId("leeds"), date(2011, 11, 21))
ME, OTHER = OrderId("me"), OrderId("other")


@pytest.fixture
def five_each(database: Database) -> Database:
    with database.writing() as stores:
        stores.ledger.set_supply([SupplyRow(key, 5) for key in (CUP, LAMP, MAT)], now=NOW)
        stores.ledger.set_capacity([CapacityRow(DAY, 100)], now=NOW)
    return database


def want(key: SupplyKey, count: int) -> Wanted:
    return Wanted(LineId(key.sku), key, count, ServiceId("standard"), DAY)


def draft(store: SqlLedgerStore, order: OrderId, *wanted: Wanted) -> Draft:
    made = Draft(store, now=NOW)
    promising.reserve(made, order, wanted, expires_at=None)
    return made


def store_of(stores: Stores) -> SqlLedgerStore:
    return SqlLedgerStore(stores.clock._connection)


def test_rows_that_others_emptied_meanwhile_are_all_named_with_their_current_figures(
    five_each: Database,
) -> None:
    with five_each.writing() as stores:
        store = store_of(stores)
        late = draft(store, ME, want(CUP, 4), want(LAMP, 1), want(MAT, 4)).finish()
        stores.ledger.reserve(OTHER, [want(CUP, 3), want(MAT, 5)], expires_at=None, now=NOW)
        before = list(stores.ledger.entries())
        with pytest.raises(InsufficientStock) as refused:
            store.write(late)
        assert refused.value.shortages == (Shortage(CUP, 4, 2), Shortage(MAT, 4, 0))
        assert list(stores.ledger.entries()) == before
        assert list(stores.ledger.claims(ME)) == []
    with five_each.reading() as stores:
        rows = stores.ledger.supply([CUP.sku, LAMP.sku, MAT.sku], now=NOW)
        assert [row.reserved for row in rows] == [3, 0, 5]
        assert list(stores.ledger.reconcile()) == []


def test_a_day_that_others_filled_meanwhile_is_named(five_each: Database) -> None:
    with five_each.writing() as stores:
        store = store_of(stores)
        late = draft(store, ME, want(CUP, 4)).finish()
        stores.ledger.set_capacity([CapacityRow(DAY, 3)], now=NOW)
        with pytest.raises(CapacityFull) as refused:
            store.write(late)
        assert refused.value.shortages == (Shortage(DAY, 4, 3),)


def test_an_order_that_others_changed_meanwhile_is_a_conflict(five_each: Database) -> None:
    with five_each.writing() as stores:
        stores.ledger.reserve(ME, [want(CUP, 1)], expires_at=None, now=NOW)
        store = store_of(stores)
        late = draft(store, ME, want(CUP, 1)).finish()
        stores.ledger.reserve(ME, [want(CUP, 1)], expires_at=None, now=NOW)
        with pytest.raises(RevisionConflict) as refused:
            store.write(late)
        assert (refused.value.expected, refused.value.found) == (1, 2)


def test_facts_are_written_as_changes_so_that_none_overwrites_another(five_each: Database) -> None:
    with five_each.writing() as stores:
        store = store_of(stores)
        sale = Draft(store, now=NOW)
        facts.adjust(sale, [Adjustment(CUP, AdjustKind.WALK_IN_SALE, 1)])
        changes = sale.finish()
        stores.ledger.adjust([Adjustment(CUP, AdjustKind.WALK_IN_SALE, 2)], now=NOW)
        store.write(changes)
        (row,) = stores.ledger.supply([CUP.sku], now=NOW)
        assert row.quantity == 5 - 1 - 2
