"""Writers together on PostgreSQL, one passing the other between two of its steps: the slower is told."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from fulfillment.errors import RevisionConflict
from fulfillment.ids import LineId, NodeId, OrderId, ServiceId, SkuId
from fulfillment.ledger.claims import ClaimState
from fulfillment.ledger.drafting import Draft
from fulfillment.ledger.promising import reassign
from fulfillment.ledger.protocol import Ledger, Reassignment, Selection, Wanted
from fulfillment.supply import SupplyKey, SupplyRow
from storage.database import Database, open_database
from storage.dialects import Access
from storage.errors import LostRace
from storage.ledger_store import SqlLedgerStore

NOON = datetime(2011, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ORDER = OrderId("A")
CUP = SupplyKey(SkuId("cup"), NodeId("leeds"))
HULL = SupplyKey(SkuId("cup"), NodeId("hull"))
TWO_CUPS = [Wanted(LineId("1"), CUP, 2, ServiceId("standard"))]


@pytest.fixture
def ours(postgres_url: str) -> Iterator[Database]:
    database = open_database(postgres_url, durable=False)
    with database.writing() as stores:
        stores.ledger.set_supply([SupplyRow(CUP, 10)], now=NOON)
    yield database
    database.close()


@pytest.fixture
def theirs(postgres_url: str) -> Iterator[Database]:
    """The same database, as another process has it."""
    database = open_database(postgres_url, durable=False)
    yield database
    database.close()


def test_of_two_who_found_an_order_new_only_one_reserves_it(ours: Database, theirs: Database) -> None:
    def reserve_late() -> None:
        with ours.writing(Access.TOGETHER) as mine:
            assert list(mine.ledger.claims(ORDER)) == []
            with theirs.writing(Access.TOGETHER) as other:
                other.ledger.reserve(ORDER, TWO_CUPS, expires_at=None, now=NOON)
            mine.ledger.reserve(ORDER, TWO_CUPS, expires_at=None, now=NOON)

    with pytest.raises(LostRace):
        reserve_late()
    with ours.reading() as stores:
        assert [claim.quantity for claim in stores.ledger.claims(ORDER)] == [2]
        assert list(stores.ledger.reconcile()) == []


def test_who_saw_an_order_expire_is_not_told_so_when_it_was_confirmed_meanwhile(
    ours: Database, theirs: Database
) -> None:
    with ours.writing() as stores:
        stores.ledger.reserve(ORDER, TWO_CUPS, expires_at=NOON + MINUTE, now=NOON)
    with ours.writing(Access.TOGETHER) as mine:
        draft = Draft(SqlLedgerStore(mine.clock._connection), now=NOON + 2 * MINUTE)
        with theirs.writing(Access.TOGETHER) as other:
            other.ledger.confirm(Selection(ORDER), now=NOON)
        with pytest.raises(RevisionConflict):
            draft.claims(ORDER)
    with ours.reading() as stores:
        assert [claim.state for claim in stores.ledger.claims(ORDER)] == [ClaimState.ALLOCATED]


def test_of_two_who_free_the_same_expired_units_one_does(ours: Database, theirs: Database) -> None:
    with ours.writing() as stores:
        stores.ledger.reserve(ORDER, TWO_CUPS, expires_at=NOON + MINUTE, now=NOON)
    late = NOON + 2 * MINUTE

    def sweep_late() -> None:
        with ours.writing(Access.TOGETHER) as mine:
            store = SqlLedgerStore(mine.clock._connection)
            draft = Draft(store, now=late)
            with theirs.writing(Access.TOGETHER) as other:
                other.ledger.sweep(now=late)
            store.write(draft.finish())

    with pytest.raises(LostRace):
        sweep_late()
    with ours.reading() as stores:
        assert stores.ledger.supply([CUP.sku], now=late)[0].reserved == 0
        assert list(stores.ledger.reconcile()) == []


def reassign_overtaken(ours: Database, theirs: Database, *, by: Callable[[Ledger], object]) -> None:
    """Move the order to `HULL`, another passing between what was read and what is written: told so."""
    with ours.writing() as stores:
        stores.ledger.set_supply([SupplyRow(HULL, 2)], now=NOON)
        stores.ledger.reserve(ORDER, TWO_CUPS, expires_at=None, now=NOON)
    there = (Wanted(LineId("1"), HULL, 2, ServiceId("standard")),)

    def move() -> None:
        with ours.writing(Access.TOGETHER) as mine:
            store = SqlLedgerStore(mine.clock._connection)
            draft = Draft(store, now=NOON)
            reassign(draft, [Reassignment(ORDER, 1, there)])
            with theirs.writing(Access.TOGETHER) as other:
                by(other.ledger)
            store.write(draft.finish())

    with pytest.raises(LostRace):
        move()


def test_a_reassignment_does_not_take_what_another_order_took_meanwhile(
    ours: Database, theirs: Database
) -> None:
    one = [Wanted(LineId("1"), HULL, 1, ServiceId("standard"))]
    reassign_overtaken(
        ours, theirs, by=lambda ledger: ledger.reserve(OrderId("B"), one, expires_at=None, now=NOON)
    )
    with ours.reading() as stores:
        assert {claim.node for claim in stores.ledger.claims(ORDER)} == {"leeds"}
        assert list(stores.ledger.reconcile()) == []


def test_a_reassignment_of_an_order_picked_meanwhile_is_refused(ours: Database, theirs: Database) -> None:
    def pick(ledger: Ledger) -> None:
        ledger.send_to_node(Selection(ORDER), now=NOON)
        ledger.pick(Selection(ORDER), now=NOON)

    reassign_overtaken(ours, theirs, by=pick)
    with ours.reading() as stores:
        assert [claim.state for claim in stores.ledger.claims(ORDER)] == [ClaimState.PICKED]
