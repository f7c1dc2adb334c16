"""Reassigning: over several orders in one step, on the net change per row, on each order's revision."""

import pytest

from fulfillment.errors import (
    CapacityFull,
    IllegalTransition,
    InsufficientStock,
    InvalidInput,
    RevisionConflict,
    Shortage,
)
from fulfillment.ledger.claims import ClaimState
from fulfillment.ledger.protocol import Ledger, Reassignment, Selection
from tests.ledger.scene import (
    COMING,
    CUP,
    CUP_YORK,
    NOON,
    A,
    B,
    allocate,
    available,
    everything,
    minutes,
    on_hand,
    reserve,
    room,
    row,
    states,
    stock,
    stock_cups,
    units,
    used,
    want,
)


def test_the_last_units_are_swapped_between_two_orders(ledger: Ledger) -> None:
    stock_cups(ledger, leeds=1, york=1)
    allocate(ledger, A, want("1", CUP))
    allocate(ledger, B, want("1", CUP_YORK))
    ledger.reassign(
        [Reassignment(A, 1, (want("1", CUP_YORK),)), Reassignment(B, 1, (want("1", CUP),))], now=NOON
    )
    assert [c.peg for c in ledger.claims(A)] == [CUP_YORK]
    assert [c.peg for c in ledger.claims(B)] == [CUP]
    assert (ledger.revision(A), ledger.revision(B)) == (2, 2)
    assert (row(ledger, CUP).reserved, row(ledger, CUP_YORK).reserved) == (1, 1)


def test_only_the_net_change_of_a_row_must_be_available(ledger: Ledger) -> None:
    stock_cups(ledger, leeds=2, york=3)
    allocate(ledger, A, want("1", CUP, 2))
    allocate(ledger, B, want("1", CUP_YORK, 2))
    with pytest.raises(InsufficientStock) as refused:
        ledger.reassign([Reassignment(A, 1, (want("1", CUP_YORK, 2),))], now=NOON)
    assert refused.value.shortages == (Shortage(CUP_YORK, 2, 1),)
    ledger.reassign([Reassignment(A, 1, (want("1", CUP_YORK, 1), want("1", CUP, 1)))], now=NOON)
    assert [(c.id, c.peg, c.quantity) for c in ledger.claims(A)] == [
        ("A-0001", CUP, 1),
        ("A-0002", CUP_YORK, 1),
    ]


def test_one_order_at_an_old_revision_stops_all(ledger: Ledger) -> None:
    stock_cups(ledger, leeds=1, york=1)
    allocate(ledger, A, want("1", CUP))
    allocate(ledger, B, want("1", CUP_YORK))
    before = everything(ledger)
    with pytest.raises(RevisionConflict) as refused:
        ledger.reassign(
            [Reassignment(A, 1, (want("1", CUP_YORK),)), Reassignment(B, 7, (want("1", CUP),))], now=NOON
        )
    assert (refused.value.order, refused.value.found) == (B, 1)
    assert everything(ledger) == before


def test_a_frozen_claim_stays_where_it_is(ledger: Ledger) -> None:
    stock_cups(ledger, leeds=2, york=2)
    allocate(ledger, A, want("1", CUP, 1), want("2", CUP, 1))
    ledger.send_to_node(units(A, **{"1": 1}), now=NOON)
    with pytest.raises(IllegalTransition, match="cannot be reassigned: it is sent_to_node"):
        ledger.reassign([Reassignment(A, 2, (want("1", CUP_YORK),))], now=NOON)
    ledger.reassign([Reassignment(A, 2, (want("2", CUP_YORK),))], now=NOON)
    assert [c.peg for c in ledger.claims(A)] == [CUP, CUP_YORK]


def test_what_has_expired_cannot_be_reassigned(ledger: Ledger) -> None:
    stock_cups(ledger, leeds=1, york=1)
    reserve(ledger, A, want("1", CUP))
    with pytest.raises(IllegalTransition, match="it is expired"):
        ledger.reassign([Reassignment(A, 1, (want("1", CUP_YORK),))], now=minutes(30))


def test_a_soft_claim_stays_soft_until_the_same_instant_and_a_promise_stays(ledger: Ledger) -> None:
    stock_cups(ledger, leeds=1, york=1)
    reserve(ledger, A, want("1", CUP, promised_by=minutes(600)))
    ledger.reassign([Reassignment(A, 1, (want("1", CUP_YORK, promised_by=minutes(900)),))], now=minutes(9))
    (claim,) = ledger.claims(A)
    assert (claim.state, claim.expires_at, claim.promised_by, claim.peg) == (
        ClaimState.RESERVED,
        minutes(30),
        minutes(600),
        CUP_YORK,
    )


def test_a_backorder_is_reassigned_to_stock_on_hand_and_back(ledger: Ledger) -> None:
    stock(ledger, COMING, 1)
    stock(ledger, CUP, 1)
    allocate(ledger, A, want("1", COMING))
    ledger.reassign([Reassignment(A, 1, (want("1", CUP),))], now=NOON)
    assert states(ledger, A) == [("1", 1, ClaimState.ALLOCATED)]
    ledger.reassign([Reassignment(A, 2, (want("1", COMING),))], now=NOON)
    assert states(ledger, A) == [("1", 1, ClaimState.BACKORDERED)]


def test_lines_not_named_stay(ledger: Ledger) -> None:
    stock_cups(ledger, leeds=2, york=1)
    allocate(ledger, A, want("1", CUP), want("2", CUP))
    ledger.reassign([Reassignment(A, 1, (want("2", CUP_YORK),))], now=NOON)
    assert [(c.line, c.peg) for c in ledger.claims(A)] == [("1", CUP), ("2", CUP_YORK)]


@pytest.mark.parametrize("asked", [1, 3])
def test_a_line_keeps_its_units_none_are_lost_or_won_by_moving(ledger: Ledger, asked: int) -> None:
    stock_cups(ledger, leeds=2, york=9)
    allocate(ledger, A, want("1", CUP, 2))
    with pytest.raises(InvalidInput, match=f"has 2 units that can move, {asked} are wanted"):
        ledger.reassign([Reassignment(A, 1, (want("1", CUP_YORK, asked),))], now=NOON)


def test_several_claims_of_a_line_are_laid_out_anew(ledger: Ledger) -> None:
    third = on_hand("cup", "hull")
    for key in (CUP, CUP_YORK, third):
        stock(ledger, key, 5)
    allocate(ledger, A, want("1", CUP, 2), want("1", CUP_YORK, 3))
    ledger.reassign([Reassignment(A, 1, (want("1", third, 4), want("1", CUP, 1)))], now=NOON)
    assert [row(ledger, key).reserved for key in (CUP, CUP_YORK, third)] == [1, 0, 4]
    assert sum(c.quantity for c in ledger.claims(A)) == 5


def test_an_order_is_named_once_per_call(ledger: Ledger) -> None:
    stock(ledger, CUP, 2)
    allocate(ledger, A, want("1", CUP), want("2", CUP))
    with pytest.raises(InvalidInput, match="named twice"):
        ledger.reassign(
            [Reassignment(A, 1, (want("1", CUP),)), Reassignment(A, 1, (want("2", CUP),))], now=NOON
        )


def test_the_room_of_full_days_is_swapped_too(ledger: Ledger) -> None:
    leeds, york = room(ledger, "leeds", 1), room(ledger, "york", 1)
    for key in (CUP, CUP_YORK):
        stock(ledger, key, 5)
    allocate(ledger, A, want("1", CUP, capacity=leeds))
    allocate(ledger, B, want("1", CUP_YORK, capacity=york))
    with pytest.raises(CapacityFull):
        ledger.reassign([Reassignment(A, 1, (want("1", CUP_YORK, capacity=york),))], now=NOON)
    ledger.reassign(
        [
            Reassignment(A, 1, (want("1", CUP_YORK, capacity=york),)),
            Reassignment(B, 1, (want("1", CUP, capacity=leeds),)),
        ],
        now=NOON,
    )
    assert (used(ledger, leeds), used(ledger, york)) == (1, 1)


def test_moving_off_a_row_that_facts_have_emptied_is_possible_and_onto_it_is_not(ledger: Ledger) -> None:
    stock_cups(ledger, leeds=2, york=2)
    allocate(ledger, A, want("1", CUP, 2))
    allocate(ledger, B, want("1", CUP_YORK, 1))
    stock(ledger, CUP, 0)
    with pytest.raises(InsufficientStock):
        ledger.reassign([Reassignment(B, 1, (want("1", CUP),))], now=NOON)
    ledger.reassign([Reassignment(A, 1, (want("1", CUP_YORK, 1), want("1", CUP, 1)))], now=NOON)
    assert (row(ledger, CUP).reserved, available(ledger, CUP_YORK)) == (1, 0)


def test_reassigning_an_order_without_claims_is_refused(ledger: Ledger) -> None:
    stock(ledger, CUP, 2)
    with pytest.raises(IllegalTransition, match="without any claim"):
        ledger.reassign([Reassignment(A, 0, (want("1", CUP),))], now=NOON)


def test_a_reassigned_order_ships_from_its_new_node(ledger: Ledger) -> None:
    stock_cups(ledger, leeds=1, york=1)
    allocate(ledger, A, want("1", CUP))
    ledger.reassign([Reassignment(A, 1, (want("1", CUP_YORK),))], now=NOON)
    ledger.ship(Selection(A), now=NOON)
    assert (row(ledger, CUP).quantity, row(ledger, CUP_YORK).quantity) == (1, 0)


def test_a_refused_exchange_names_the_net_change_of_each_row(ledger: Ledger) -> None:
    stock_cups(ledger, leeds=2, york=3)
    allocate(ledger, A, want("1", CUP, 2))
    allocate(ledger, B, want("1", CUP_YORK, 3))
    with pytest.raises(InsufficientStock) as refused:
        ledger.reassign(
            [
                Reassignment(A, 1, (want("1", CUP, 1), want("1", CUP_YORK, 1))),
                Reassignment(B, 1, (want("1", CUP, 3),)),
            ],
            now=NOON,
        )
    assert refused.value.shortages == (Shortage(CUP, wanted=2, available=0),)


def test_a_refused_exchange_names_the_net_use_of_each_day(ledger: Ledger) -> None:
    leeds, york = room(ledger, "leeds", 2), room(ledger, "york", 3)
    for key in (CUP, CUP_YORK):
        stock(ledger, key, 9)
    allocate(ledger, A, want("1", CUP, 2, capacity=leeds))
    allocate(ledger, B, want("1", CUP_YORK, 3, capacity=york))
    with pytest.raises(CapacityFull) as refused:
        ledger.reassign(
            [
                Reassignment(
                    A, 1, (want("1", CUP, 1, capacity=leeds), want("1", CUP_YORK, 1, capacity=york))
                ),
                Reassignment(B, 1, (want("1", CUP, 3, capacity=leeds),)),
            ],
            now=NOON,
        )
    assert refused.value.shortages == (Shortage(leeds, wanted=2, available=0),)


def test_an_exchange_that_eases_a_row_short_of_units_is_accepted(ledger: Ledger) -> None:
    stock_cups(ledger, leeds=3, york=3)
    allocate(ledger, A, want("1", CUP, 3))
    allocate(ledger, B, want("1", CUP_YORK, 1))
    stock(ledger, CUP, 0)
    ledger.reassign(
        [Reassignment(A, 1, (want("1", CUP_YORK, 3),)), Reassignment(B, 1, (want("1", CUP, 1),))], now=NOON
    )
    assert (row(ledger, CUP).reserved, row(ledger, CUP_YORK).reserved) == (1, 3)
