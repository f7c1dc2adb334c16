"""Receiving: inbound becomes on hand, pegs go with the units, earliest promise first."""

import pytest

from fulfillment.errors import InvalidInput, UnknownReference
from fulfillment.ledger.claims import ClaimState
from fulfillment.ledger.protocol import Ledger, Selection
from tests.ledger.scene import (
    COMING,
    CUP,
    NOON,
    A,
    B,
    allocate,
    available,
    inbound,
    minutes,
    on_hand,
    quantity,
    reserve,
    row,
    states,
    stock,
    want,
)


def test_a_receipt_turns_inbound_into_on_hand_and_backorders_into_allocations(ledger: Ledger) -> None:
    stock(ledger, COMING, 5)
    allocate(ledger, A, want("1", COMING, 3))
    ledger.receive(COMING, 5, now=NOON)
    assert (quantity(ledger, COMING), row(ledger, COMING).reserved) == (0, 0)
    assert (row(ledger, CUP).quantity, row(ledger, CUP).reserved, available(ledger, CUP)) == (5, 3, 2)
    (claim,) = ledger.claims(A)
    assert (claim.id, claim.state, claim.peg) == ("A-0001", ClaimState.ALLOCATED, CUP)
    ledger.ship(Selection(A), now=NOON)


def test_a_reservation_on_an_inbound_stays_soft_when_it_arrives(ledger: Ledger) -> None:
    stock(ledger, COMING, 5)
    reserve(ledger, A, want("1", COMING, 3))
    ledger.receive(COMING, 5, now=minutes(5))
    assert states(ledger, A) == [("1", 3, ClaimState.RESERVED)]
    assert available(ledger, CUP, now=minutes(30)) == 5


def test_a_part_received_serves_the_earliest_promise_and_splits_the_next(ledger: Ledger) -> None:
    stock(ledger, COMING, 6)
    allocate(ledger, A, want("1", COMING, 3, promised_by=minutes(900)))
    allocate(ledger, B, want("1", COMING, 3, promised_by=minutes(600)))
    ledger.receive(COMING, 4, now=NOON)
    assert states(ledger, B) == [("1", 3, ClaimState.ALLOCATED)]
    assert states(ledger, A) == [("1", 2, ClaimState.BACKORDERED), ("1", 1, ClaimState.ALLOCATED)]
    assert (row(ledger, COMING).quantity, row(ledger, COMING).reserved) == (2, 2)
    ledger.receive(COMING, 2, now=NOON)
    assert {state for _, _, state in states(ledger, A)} == {ClaimState.ALLOCATED}


def test_free_units_of_a_part_received_wait_until_pegs_are_served(ledger: Ledger) -> None:
    stock(ledger, COMING, 6)
    allocate(ledger, A, want("1", COMING, 3))
    ledger.receive(COMING, 4, now=NOON)
    assert (available(ledger, CUP), available(ledger, COMING)) == (1, 2)


def test_more_than_was_announced_is_accepted_and_noted(ledger: Ledger) -> None:
    stock(ledger, COMING, 2)
    ledger.receive(COMING, 5, now=NOON)
    assert (quantity(ledger, COMING), quantity(ledger, CUP)) == (0, 5)
    assert "5 arrived, 2 announced" in {entry.note for entry in ledger.entries()}


def test_a_receipt_keeps_the_pool(ledger: Ledger) -> None:
    coming = inbound("cup", "leeds", "PO-2")
    fenced = type(coming)(coming.sku, coming.node, coming.source, coming.earliest, "marketplace")
    stock(ledger, fenced, 2)
    ledger.receive(fenced, 2, now=NOON)
    assert quantity(ledger, on_hand("cup", "leeds", pool="marketplace")) == 2


def test_a_receipt_raises_the_revision_of_the_orders_it_serves(ledger: Ledger) -> None:
    stock(ledger, COMING, 5)
    allocate(ledger, A, want("1", COMING, 3))
    ledger.receive(COMING, 5, now=NOON)
    assert ledger.revision(A) == 2


def test_an_expired_reservation_on_an_inbound_gets_nothing(ledger: Ledger) -> None:
    stock(ledger, COMING, 3)
    reserve(ledger, A, want("1", COMING, 3))
    ledger.receive(COMING, 3, now=minutes(30))
    assert states(ledger, A) == [("1", 3, ClaimState.EXPIRED)]
    assert available(ledger, CUP, now=minutes(30)) == 3


def test_receiving_what_was_never_announced_is_refused(ledger: Ledger) -> None:
    with pytest.raises(UnknownReference, match='no inbound named "PO-1"'):
        ledger.receive(COMING, 1, now=NOON)


def test_receiving_stock_on_hand_or_no_units_is_invalid(ledger: Ledger) -> None:
    stock(ledger, CUP, 1)
    stock(ledger, COMING, 1)
    with pytest.raises(InvalidInput, match="cannot be received"):
        ledger.receive(CUP, 1, now=NOON)
    with pytest.raises(InvalidInput) as refused:
        ledger.receive(COMING, 0, now=NOON)
    assert refused.value.pointer == "/quantity"
