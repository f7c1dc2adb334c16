"""Deciding and writing: nothing is held while deciding, conflicts start over, and it ends."""

import pytest

from fulfillment.errors import IllegalTransition, InsufficientStock
from fulfillment.ids import LineId, NodeId, OrderId, ServiceId, SkuId
from fulfillment.ledger.protocol import Selection, Wanted
from fulfillment.supply import SupplyKey, SupplyRow
from storage.database import Database
from storage.stores import Stores
from storage.unit_of_work import decide_and_write

CUP = SkuId("cup")
NODES = [SupplyKey(CUP, NodeId(name)) for name in ("hull", "leeds", "york")]
ME, OTHER = OrderId("me"), OrderId("other")


@pytest.fixture
def one_each(database: Database) -> Database:
    with database.writing() as stores:
        stores.ledger.set_supply([SupplyRow(key, 1) for key in NODES], now=stores.now)
    return database


def read(stores: Stores) -> list[SupplyKey]:
    return [row.key for row in stores.ledger.supply([CUP], now=stores.now) if row.available]


def write(stores: Stores, key: SupplyKey) -> SupplyKey:
    take(stores, ME, key)
    return key


def take(stores: Stores, order: OrderId, key: SupplyKey) -> None:
    wanted = Wanted(LineId("1"), key, 1, ServiceId("standard"))
    stores.ledger.reserve(order, [wanted], expires_at=None, now=stores.now)


class Decider:
    """Takes the first key free, while a rival takes it first, as often as told."""

    def __init__(self, database: Database, rivals: int) -> None:
        self.database = database
        self.rivals = rivals
        self.last: list[bool] = []

    def __call__(self, snapshot: list[SupplyKey], *, last: bool) -> SupplyKey:
        self.last.append(last)
        if not snapshot:
            raise InsufficientStock((), "nothing is left")
        if self.rivals and not last:
            self.rivals -= 1
            with self.database.writing() as stores:  # would block if anything were held here
                take(stores, OTHER, snapshot[0])
        return snapshot[0]


@pytest.mark.parametrize(
    ("rivals", "taken", "asked"),
    [(0, "hull", [False]), (1, "leeds", [False, False]), (2, "york", [False, False, True])],
)
def test_a_conflict_starts_over_on_fresh_figures_and_the_last_attempt_cannot_be_overtaken(
    one_each: Database, rivals: int, taken: str, asked: list[bool]
) -> None:
    decide = Decider(one_each, rivals)
    assert decide_and_write(one_each, read=read, decide=decide, write=write).node == taken
    assert decide.last == asked
    with one_each.reading() as stores:
        assert len(stores.ledger.claims(ME)) == 1
        assert len(stores.ledger.claims(OTHER)) == rivals
        assert list(stores.ledger.reconcile()) == []


def test_what_is_refused_in_the_last_attempt_is_refused_for_good(one_each: Database) -> None:
    def always_too_much(stores: Stores, key: SupplyKey) -> None:
        write(stores, key)
        raise InsufficientStock(())

    decide = Decider(one_each, rivals=0)
    with pytest.raises(InsufficientStock):
        decide_and_write(one_each, read=read, decide=decide, write=always_too_much)
    assert decide.last == [False, False, True]
    with one_each.reading() as stores:
        assert list(stores.ledger.claims(ME)) == []


def test_other_refusals_are_not_tried_again(one_each: Database) -> None:
    def cancel_nothing(stores: Stores, key: SupplyKey) -> None:
        stores.ledger.cancel(Selection(ME), now=stores.now)

    decide = Decider(one_each, rivals=0)
    with pytest.raises(IllegalTransition):
        decide_and_write(one_each, read=read, decide=decide, write=cancel_nothing)
    assert decide.last == [False]


def test_with_a_single_attempt_everything_happens_in_one_transaction(one_each: Database) -> None:
    decide = Decider(one_each, rivals=1)
    assert decide_and_write(one_each, read=read, decide=decide, write=write, attempts=1).node == "hull"
    assert decide.last == [True]


def test_the_decision_to_give_up_is_final(database: Database) -> None:
    decide = Decider(database, rivals=0)
    with pytest.raises(InsufficientStock, match="nothing is left"):
        decide_and_write(database, read=read, decide=decide, write=write)
    assert decide.last == [False]
