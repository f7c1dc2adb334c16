"""Reserving: all or nothing, on the sum per row, never more than is available."""

import pytest

from fulfillment.errors import InsufficientStock, InvalidInput, Shortage
from fulfillment.ledger.claims import ClaimState
from fulfillment.ledger.protocol import Ledger, Selection
from fulfillment.supply import StockState
from tests.ledger.scene import (
    CUP,
    CUP_YORK,
    LAMP,
    NOON,
    A,
    B,
    allocate,
    available,
    everything,
    inbound,
    minutes,
    on_hand,
    reserve,
    row,
    states,
    stock,
    stock_cups,
    want,
)


def test_a_reservation_takes_units_from_what_is_available_and_not_from_what_is_there(ledger: Ledger) -> None:
    stock(ledger, CUP, 10)
    claims = reserve(ledger, A, want("1", CUP, 4))
    assert [(c.id, c.state, c.quantity, c.expires_at) for c in claims] == [
        ("A-0001", ClaimState.RESERVED, 4, minutes(30))
    ]
    assert (row(ledger, CUP).quantity, row(ledger, CUP).reserved, available(ledger, CUP)) == (10, 4, 6)
    assert list(ledger.claims(A)) == claims


def test_the_last_unit_goes_to_exactly_one_of_two_orders(ledger: Ledger) -> None:
    stock(ledger, CUP, 1)
    reserve(ledger, A, want("1", CUP))
    with pytest.raises(InsufficientStock) as refused:
        reserve(ledger, B, want("1", CUP))
    assert refused.value.shortages == (Shortage(CUP, wanted=1, available=0),)
    assert states(ledger, B) == []


def test_two_lines_on_one_row_are_checked_on_their_sum(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    with pytest.raises(InsufficientStock) as refused:
        reserve(ledger, A, want("1", CUP, 3), want("2", CUP, 3))
    assert refused.value.shortages == (Shortage(CUP, wanted=6, available=5),)
    reserve(ledger, A, want("1", CUP, 3), want("2", CUP, 2))
    assert available(ledger, CUP) == 0


def test_a_refusal_names_every_row_that_failed_with_its_figures(ledger: Ledger) -> None:
    stock_cups(ledger, leeds=1, york=9)
    stock(ledger, LAMP, 2)
    reserve(ledger, B, want("1", LAMP, 1))
    before = everything(ledger)
    with pytest.raises(InsufficientStock) as refused:
        reserve(ledger, A, want("1", CUP, 2), want("2", CUP_YORK, 2), want("3", LAMP, 2))
    assert refused.value.shortages == (Shortage(CUP, 2, 1), Shortage(LAMP, 2, 1))
    assert everything(ledger) == before


def test_a_row_that_was_never_declared_has_nothing_available(ledger: Ledger) -> None:
    with pytest.raises(InsufficientStock) as refused:
        reserve(ledger, A, want("1", CUP))
    assert refused.value.shortages == (Shortage(CUP, 1, 0),)


def test_safety_stock_is_not_promised(ledger: Ledger) -> None:
    stock(ledger, CUP, 5, safety_stock=2)
    with pytest.raises(InsufficientStock) as refused:
        reserve(ledger, A, want("1", CUP, 4))
    assert refused.value.shortages == (Shortage(CUP, 4, 3),)
    reserve(ledger, A, want("1", CUP, 3))
    assert available(ledger, CUP) == 0


def test_a_ring_fence_is_a_row_of_its_own_and_safety_stock_is_held_from_the_common_pool(
    ledger: Ledger,
) -> None:
    fenced = on_hand("cup", "leeds", pool="marketplace")
    stock(ledger, CUP, 2, safety_stock=2)
    stock(ledger, fenced, 3)
    with pytest.raises(InsufficientStock):
        reserve(ledger, A, want("1", CUP))
    reserve(ledger, A, want("1", fenced, 3))
    assert (available(ledger, CUP), available(ledger, fenced)) == (0, 0)


@pytest.mark.parametrize("state", [StockState.DAMAGED, StockState.QUARANTINED])
def test_stock_that_cannot_be_sold_cannot_be_reserved(ledger: Ledger, state: StockState) -> None:
    broken = on_hand("cup", "leeds", state=state)
    stock(ledger, broken, 3)
    with pytest.raises(InsufficientStock) as refused:
        reserve(ledger, A, want("1", broken))
    assert refused.value.shortages == (Shortage(broken, 1, 0),)


def test_without_an_expiry_a_claim_is_firm_at_once_allocated_on_hand_and_backordered_on_an_inbound(
    ledger: Ledger,
) -> None:
    coming = inbound("cup", "leeds", "PO-7")
    stock(ledger, CUP, 1)
    stock(ledger, coming, 5)
    allocate(ledger, A, want("1", CUP, 1), want("1", coming, 2))
    assert states(ledger, A) == [("1", 1, ClaimState.ALLOCATED), ("1", 2, ClaimState.BACKORDERED)]
    assert [c.expires_at for c in ledger.claims(A)] == [None, None]
    assert available(ledger, coming) == 3


def test_an_inbound_is_promised_only_once(ledger: Ledger) -> None:
    coming = inbound("cup", "leeds", "PO-7")
    stock(ledger, coming, 2)
    allocate(ledger, A, want("1", coming, 2))
    with pytest.raises(InsufficientStock):
        allocate(ledger, B, want("1", coming))


def test_each_reservation_of_an_order_raises_its_revision_by_one(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    assert ledger.revision(A) == 0
    reserve(ledger, A, want("1", CUP), want("2", CUP))
    assert ledger.revision(A) == 1
    reserve(ledger, A, want("3", CUP))
    assert (ledger.revision(A), ledger.revision(B)) == (2, 0)
    assert [c.id for c in ledger.claims(A)] == ["A-0001", "A-0002", "A-0003"]


def test_an_order_can_always_consume_its_own_reservation(ledger: Ledger) -> None:
    stock(ledger, CUP, 2)
    reserve(ledger, A, want("1", CUP, 2))
    assert available(ledger, CUP) == 0
    ledger.confirm(Selection(A), now=NOON)
    ledger.ship(Selection(A), now=NOON)
    assert (row(ledger, CUP).quantity, row(ledger, CUP).reserved) == (0, 0)


def test_supply_is_listed_in_order_of_key_for_the_skus_asked_for_only(ledger: Ledger) -> None:
    for key in (CUP_YORK, LAMP, CUP):
        stock(ledger, key, 1)
    assert [r.key for r in ledger.supply([CUP.sku], now=NOON)] == [CUP, CUP_YORK]
    assert [r.key for r in ledger.supply([], now=NOON)] == []


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_quantity_below_one_is_invalid_and_names_the_field(ledger: Ledger, quantity: int) -> None:
    stock(ledger, CUP, 5)
    with pytest.raises(InvalidInput) as refused:
        reserve(ledger, A, want("1", CUP), want("2", CUP, quantity))
    assert refused.value.pointer == "/wanted/1/quantity"
    assert refused.value.fix


def test_reserving_nothing_is_invalid(ledger: Ledger) -> None:
    with pytest.raises(InvalidInput, match="nothing is wanted"):
        reserve(ledger, A)
