"""Capacity: units per node-local day, used by reserving, given back when nothing is handed over."""

import pytest

from fulfillment.errors import CapacityFull, InsufficientStock, InvalidInput, Shortage
from fulfillment.ids import NodeId
from fulfillment.ledger.protocol import Ledger, Selection
from fulfillment.supply import CapacityRow
from tests.ledger.scene import (
    CUP,
    DAY,
    NOON,
    TODAY,
    A,
    B,
    allocate,
    available,
    day_of,
    everything,
    reserve,
    room,
    stock,
    units,
    used,
    want,
)


@pytest.fixture
def ten_cups(ledger: Ledger) -> Ledger:
    stock(ledger, CUP, 10)
    return ledger


def test_a_full_day_refuses_with_its_figures_and_holds_no_stock(ten_cups: Ledger) -> None:
    day = room(ten_cups, "leeds", 3)
    reserve(ten_cups, A, want("1", CUP, 2, capacity=day))
    before = everything(ten_cups)
    with pytest.raises(CapacityFull) as refused:
        reserve(ten_cups, B, want("1", CUP, 1, capacity=day), want("2", CUP, 1, capacity=day))
    assert refused.value.shortages == (Shortage(day, wanted=2, available=1),)
    assert everything(ten_cups) == before
    reserve(ten_cups, B, want("1", CUP, 1, capacity=day))
    assert used(ten_cups, day) == 3


def test_where_both_stock_and_room_are_short_the_stock_is_named(ten_cups: Ledger) -> None:
    day = room(ten_cups, "leeds", 3)
    with pytest.raises(InsufficientStock):
        reserve(ten_cups, A, want("1", CUP, 11, capacity=day))


def test_a_claim_without_capacity_uses_none(ten_cups: Ledger) -> None:
    day = room(ten_cups, "leeds", 0)
    reserve(ten_cups, A, want("1", CUP, 5))
    assert used(ten_cups, day) == 0


def test_what_was_handed_over_has_used_the_day_and_what_was_canceled_or_rejected_has_not(
    ten_cups: Ledger,
) -> None:
    day = room(ten_cups, "leeds", 10)
    allocate(ten_cups, A, want("1", CUP, 6, capacity=day))
    ten_cups.ship(units(A, **{"1": 2}), now=NOON)
    ten_cups.cancel(units(A, **{"1": 1}), now=NOON)
    ten_cups.send_to_node(Selection(A), now=NOON)
    ten_cups.reject(units(A, **{"1": 1}), reason="broken", now=NOON)
    assert used(ten_cups, day) == 4
    ten_cups.make_ready(Selection(A), now=NOON)
    ten_cups.not_collected(Selection(A), now=NOON)
    assert used(ten_cups, day) == 4
    assert available(ten_cups, CUP) == 7


def test_a_limit_may_be_lowered_below_what_is_used_and_then_nothing_more_fits(ten_cups: Ledger) -> None:
    day = room(ten_cups, "leeds", 5)
    reserve(ten_cups, A, want("1", CUP, 4, capacity=day))
    room(ten_cups, "leeds", 2)
    with pytest.raises(CapacityFull) as refused:
        reserve(ten_cups, B, want("1", CUP, 1, capacity=day))
    assert refused.value.shortages == (Shortage(day, 1, 0),)


def test_days_are_listed_as_asked_for(ledger: Ledger) -> None:
    room(ledger, "leeds", 5)
    room(ledger, "york", 7)
    found = ledger.capacity([(NodeId("york"), TODAY), (NodeId("leeds"), TODAY + DAY)], now=NOON)
    assert list(found) == [CapacityRow(day_of("york"), 7)]


def test_declaring_a_limit_again_keeps_what_is_used_and_writes_only_changes(ten_cups: Ledger) -> None:
    day = room(ten_cups, "leeds", 5)
    reserve(ten_cups, A, want("1", CUP, 4, capacity=day))
    entries = len(ten_cups.entries())
    room(ten_cups, "leeds", 5)
    assert len(ten_cups.entries()) == entries
    room(ten_cups, "leeds", 6)
    assert (used(ten_cups, day), len(ten_cups.entries())) == (4, entries + 1)


def test_a_day_that_was_never_declared_is_named(ten_cups: Ledger) -> None:
    with pytest.raises(InvalidInput, match="leeds has no capacity row for 2011-11-21") as refused:
        reserve(ten_cups, A, want("1", CUP, 1), want("2", CUP, 1, capacity=day_of("leeds")))
    assert refused.value.pointer == "/wanted/1/capacity"


def test_a_negative_limit_is_invalid(ledger: Ledger) -> None:
    with pytest.raises(InvalidInput) as refused:
        room(ledger, "leeds", -1)
    assert refused.value.pointer == "/0/limit"
