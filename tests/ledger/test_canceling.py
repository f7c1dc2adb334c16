"""Canceling: soft or firm, whole or part, until the goods have left; never twice."""

import pytest

from fulfillment.errors import IllegalTransition
from fulfillment.ids import NodeId
from fulfillment.ledger.claims import ClaimState
from fulfillment.ledger.protocol import Ledger, Selection
from tests.ledger.scene import (
    COMING,
    CUP,
    CUP_YORK,
    NOON,
    A,
    allocate,
    available,
    everything,
    reserve,
    room,
    states,
    stock,
    stock_cups,
    units,
    used,
    want,
)


def test_canceling_a_reservation_frees_its_units(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    reserve(ledger, A, want("1", CUP, 5))
    ledger.cancel(Selection(A), now=NOON)
    assert available(ledger, CUP) == 5
    assert states(ledger, A) == [("1", 5, ClaimState.CANCELED)]
    assert ledger.revision(A) == 2


def test_a_part_is_canceled_by_splitting_the_claim(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    allocate(ledger, A, want("1", CUP, 5))
    canceled = ledger.cancel(units(A, **{"1": 2}), now=NOON)
    assert [(c.id, c.quantity) for c in canceled] == [("A-0002", 2)]
    assert states(ledger, A) == [("1", 3, ClaimState.ALLOCATED), ("1", 2, ClaimState.CANCELED)]
    assert available(ledger, CUP) == 2


def test_canceling_at_one_node_leaves_the_others_alone(ledger: Ledger) -> None:
    stock_cups(ledger, leeds=5, york=5)
    allocate(ledger, A, want("1", CUP, 2), want("1", CUP_YORK, 2))
    ledger.cancel(Selection(A, node=NodeId("york")), now=NOON)
    assert (available(ledger, CUP), available(ledger, CUP_YORK)) == (3, 5)


def test_a_backorder_can_be_canceled(ledger: Ledger) -> None:
    stock(ledger, COMING, 5)
    allocate(ledger, A, want("1", COMING, 5))
    ledger.cancel(Selection(A), now=NOON)
    assert available(ledger, COMING) == 5


def test_of_a_part_the_units_that_have_come_least_far_are_canceled_first(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    allocate(ledger, A, want("1", CUP, 2), want("1", CUP, 2))
    ledger.send_to_node(units(A, **{"1": 2}), now=NOON)
    ledger.cancel(units(A, **{"1": 2}), now=NOON)
    assert states(ledger, A) == [("1", 2, ClaimState.SENT_TO_NODE), ("1", 2, ClaimState.CANCELED)]


def test_canceling_gives_the_day_back(ledger: Ledger) -> None:
    day = room(ledger, "leeds", 10)
    stock(ledger, CUP, 5)
    allocate(ledger, A, want("1", CUP, 5, capacity=day))
    ledger.cancel(units(A, **{"1": 2}), now=NOON)
    assert used(ledger, day) == 3


def test_canceling_twice_is_refused_and_frees_nothing_twice(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    reserve(ledger, A, want("1", CUP, 5))
    ledger.cancel(Selection(A), now=NOON)
    before = everything(ledger)
    with pytest.raises(IllegalTransition, match="cannot be canceled: it is canceled"):
        ledger.cancel(Selection(A), now=NOON)
    with pytest.raises(IllegalTransition, match="it has 5 canceled"):
        ledger.cancel(units(A, **{"1": 1}), now=NOON)
    assert everything(ledger) == before


def test_what_has_shipped_cannot_be_canceled_but_the_rest_can(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    allocate(ledger, A, want("1", CUP, 5))
    ledger.ship(units(A, **{"1": 2}), now=NOON)
    ledger.cancel(Selection(A), now=NOON)
    assert states(ledger, A) == [("1", 3, ClaimState.CANCELED), ("1", 2, ClaimState.SHIPPED)]
    with pytest.raises(IllegalTransition, match="it is canceled, shipped"):
        ledger.cancel(Selection(A), now=NOON)
