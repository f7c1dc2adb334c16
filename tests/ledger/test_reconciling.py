"""Reconciling finds every figure that does not follow from entries and claims, and repairs nothing."""

import pytest

from fulfillment.ledger.auditing import complaints
from fulfillment.ledger.protocol import Ledger
from fulfillment.ledger.store import Balance
from fulfillment.supply import CapacityKey, SupplyKey
from tests.ledger.scene import CUP, NOON, A, allocate, day_of, everything, room, stock, want

DAY = day_of("leeds")


def test_reconciling_sound_books_finds_nothing_and_changes_nothing(ledger: Ledger) -> None:
    day = room(ledger, "leeds", 5)
    stock(ledger, CUP, 5)
    allocate(ledger, A, want("1", CUP, 3, capacity=day))
    before = everything(ledger)
    assert list(ledger.reconcile()) == []
    assert everything(ledger) == before


@pytest.mark.parametrize(
    ("key", "figures", "said"),
    [
        (CUP, (5, 2, 4, 2, 2), ["quantity is 5, its entries add up to 4"]),
        (CUP, (5, 2, 5, 1, 2), ["reserved is 2, its entries add up to 1"]),
        (CUP, (5, 2, 5, 2, 3), ["reserved is 2, its claims add up to 3"]),
        (CUP, (-1, 0, -1, 0, 0), ["quantity -1 and reserved 0, below zero"]),
        (CUP, (1, -1, 1, -1, -1), ["quantity 1 and reserved -1, below zero"]),
        (DAY, (5, 2, 4, 2, 1), ["limit is 5, its entries add up to 4", "used is 2, its claims add up to 1"]),
        (CUP, (5, 2, 5, 2, 2), []),
        (CUP, (1, 2, 1, 2, 2), []),  # a shortfall is a fact, not an error of the books
    ],
)
def test_each_figure_that_does_not_follow_is_said(
    key: SupplyKey | CapacityKey, figures: tuple[int, int, int, int, int], said: list[str]
) -> None:
    found = list(complaints(Balance(key, *figures)))
    assert [complaint.partition("): ")[2] for complaint in found] == said
    assert all("leeds" in complaint for complaint in found)


def test_entries_are_numbered_in_the_order_they_were_written(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    allocate(ledger, A, want("1", CUP, 3))
    entries = list(ledger.entries())
    assert [e.sequence for e in entries] == [1, 2]
    assert {e.at for e in entries} == {NOON}
    assert [e.order for e in entries] == [None, A]
