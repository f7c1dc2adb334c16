"""Expiry: `expires_at <= now` is expired everywhere at once; the sweeper only tidies."""

import pytest

from fulfillment.errors import IllegalTransition, InsufficientStock, InvalidInput, ReservationExpired
from fulfillment.ledger.claims import ClaimState
from fulfillment.ledger.protocol import Ledger, Selection
from tests.ledger.scene import (
    CUP,
    NOON,
    A,
    B,
    available,
    everything,
    minutes,
    reserve,
    room,
    row,
    states,
    stock,
    units,
    used,
    want,
)


@pytest.fixture
def reserved_for_30_minutes(ledger: Ledger) -> Ledger:
    stock(ledger, CUP, 3)
    reserve(ledger, A, want("1", CUP, 3))
    return ledger


def test_until_the_last_instant_before_expiry_units_are_held(reserved_for_30_minutes: Ledger) -> None:
    ledger = reserved_for_30_minutes
    assert available(ledger, CUP, now=minutes(29)) == 0
    with pytest.raises(InsufficientStock):
        reserve(ledger, B, want("1", CUP), now=minutes(29))
    ledger.confirm(Selection(A), now=minutes(29))
    assert states(ledger, A) == [("1", 3, ClaimState.ALLOCATED)]


def test_at_the_instant_of_expiry_units_are_free_without_any_sweep(reserved_for_30_minutes: Ledger) -> None:
    ledger = reserved_for_30_minutes
    assert available(ledger, CUP, now=minutes(30)) == 3
    reserve(ledger, B, want("1", CUP, 3), now=minutes(30))
    assert states(ledger, A) == [("1", 3, ClaimState.EXPIRED)]
    assert row(ledger, CUP).reserved == 3


def test_a_refusal_after_expiry_counts_the_expired_units_as_available(
    reserved_for_30_minutes: Ledger,
) -> None:
    with pytest.raises(InsufficientStock) as refused:
        reserve(reserved_for_30_minutes, B, want("1", CUP, 4), now=minutes(31))
    assert [(s.wanted, s.available) for s in refused.value.shortages] == [(4, 3)]


@pytest.mark.parametrize("swept", [False, True])
def test_confirming_too_late_is_refused_swept_or_not(reserved_for_30_minutes: Ledger, swept: bool) -> None:
    ledger = reserved_for_30_minutes
    if swept:
        assert ledger.sweep(now=minutes(30)) == 1
    before = everything(ledger)
    for selection in (Selection(A), units(A, **{"1": 1})):
        with pytest.raises(ReservationExpired) as refused:
            ledger.confirm(selection, now=minutes(30))
        assert refused.value.expired_at == minutes(30)
    assert everything(ledger) == before


@pytest.mark.parametrize("swept", [False, True])
def test_canceling_what_has_expired_is_refused_and_says_so(
    reserved_for_30_minutes: Ledger, swept: bool
) -> None:
    ledger = reserved_for_30_minutes
    if swept:
        ledger.sweep(now=minutes(30))
    with pytest.raises(IllegalTransition, match="it is expired"):
        ledger.cancel(Selection(A), now=minutes(30))


def test_sweeping_marks_what_has_expired_once_and_changes_no_answer(reserved_for_30_minutes: Ledger) -> None:
    ledger = reserved_for_30_minutes
    assert ledger.sweep(now=minutes(29)) == 0
    seen = available(ledger, CUP, now=minutes(31))
    assert ledger.sweep(now=minutes(31)) == 1
    assert ledger.sweep(now=minutes(31)) == 0
    assert available(ledger, CUP, now=minutes(31)) == seen == 3
    assert ledger.revision(A) == 2


def test_a_confirmed_reservation_never_expires(reserved_for_30_minutes: Ledger) -> None:
    ledger = reserved_for_30_minutes
    ledger.confirm(Selection(A), now=minutes(1))
    assert ledger.sweep(now=minutes(1000)) == 0
    assert available(ledger, CUP, now=minutes(1000)) == 0


def test_nothing_extends_a_reservation(ledger: Ledger) -> None:
    stock(ledger, CUP, 3)
    reserve(ledger, A, want("1", CUP))
    reserve(ledger, A, want("2", CUP), now=minutes(20))
    assert [c.expires_at for c in ledger.claims(A)] == [minutes(30), minutes(50)]
    assert available(ledger, CUP, now=minutes(30)) == 2


def test_after_expiry_an_order_can_reserve_again_and_confirm_the_new_claims(
    reserved_for_30_minutes: Ledger,
) -> None:
    ledger = reserved_for_30_minutes
    reserve(ledger, A, want("1", CUP, 2), now=minutes(40))
    ledger.confirm(Selection(A), now=minutes(41))
    assert states(ledger, A) == [("1", 3, ClaimState.EXPIRED), ("1", 2, ClaimState.ALLOCATED)]


def test_expiry_gives_the_day_back(ledger: Ledger) -> None:
    day = room(ledger, "leeds", 3)
    stock(ledger, CUP, 9)
    reserve(ledger, A, want("1", CUP, 3, capacity=day))
    assert used(ledger, day, now=minutes(29)) == 3
    assert used(ledger, day, now=minutes(30)) == 0
    reserve(ledger, B, want("1", CUP, 3, capacity=day), now=minutes(30))
    assert used(ledger, day, now=minutes(30)) == 3


def test_an_expiry_that_is_not_in_the_future_is_invalid(ledger: Ledger) -> None:
    stock(ledger, CUP, 3)
    with pytest.raises(InvalidInput) as refused:
        ledger.reserve(A, [want("1", CUP)], expires_at=NOON, now=NOON)
    assert refused.value.pointer == "/expires_at"
