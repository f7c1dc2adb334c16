"""At the node: sent, picked, shipped, made ready, collected or not, rejected."""

import pytest

from fulfillment.errors import IllegalTransition
from fulfillment.ids import NodeId
from fulfillment.ledger.claims import ClaimState
from fulfillment.ledger.protocol import AdjustKind, Adjustment, Ledger, Selection
from fulfillment.supply import StockState
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
    on_hand,
    quantity,
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


def test_an_order_goes_step_by_step_and_stock_leaves_when_it_ships(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    allocate(ledger, A, want("1", CUP, 2))
    for step, state in (
        (ledger.send_to_node, ClaimState.SENT_TO_NODE),
        (ledger.pick, ClaimState.PICKED),
    ):
        step(Selection(A), now=NOON)
        assert states(ledger, A) == [("1", 2, state)]
        assert (row(ledger, CUP).quantity, row(ledger, CUP).reserved) == (5, 2)
    ledger.ship(Selection(A), now=NOON)
    assert states(ledger, A) == [("1", 2, ClaimState.SHIPPED)]
    assert (row(ledger, CUP).quantity, row(ledger, CUP).reserved) == (3, 0)
    assert ledger.revision(A) == 4


def test_units_leave_the_node_they_are_reserved_at(ledger: Ledger) -> None:
    stock_cups(ledger, leeds=5, york=5)
    allocate(ledger, A, want("1", CUP_YORK, 2))
    ledger.ship(Selection(A), now=NOON)
    assert (quantity(ledger, CUP), quantity(ledger, CUP_YORK)) == (5, 3)


def test_a_node_ships_its_part_and_other_nodes_keep_theirs(ledger: Ledger) -> None:
    stock_cups(ledger, leeds=5, york=5)
    allocate(ledger, A, want("1", CUP, 2), want("2", CUP_YORK, 1))
    ledger.ship(Selection(A, node=NodeId("leeds")), now=NOON)
    assert states(ledger, A) == [("1", 2, ClaimState.SHIPPED), ("2", 1, ClaimState.ALLOCATED)]


def test_a_partial_delivery_ships_part_of_a_claim(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    allocate(ledger, A, want("1", CUP, 5))
    ledger.ship(units(A, **{"1": 3}), now=NOON)
    assert (row(ledger, CUP).quantity, row(ledger, CUP).reserved) == (2, 2)
    ledger.ship(Selection(A), now=NOON)
    assert (row(ledger, CUP).quantity, row(ledger, CUP).reserved) == (0, 0)


def test_of_a_part_the_units_that_have_come_farthest_ship_first(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    allocate(ledger, A, want("1", CUP, 2), want("1", CUP, 2))
    ledger.send_to_node(units(A, **{"1": 2}), now=NOON)
    ledger.ship(units(A, **{"1": 2}), now=NOON)
    assert states(ledger, A) == [("1", 2, ClaimState.SHIPPED), ("1", 2, ClaimState.ALLOCATED)]


def test_a_reservation_is_not_shipped_before_it_is_confirmed(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    reserve(ledger, A, want("1", CUP, 5))
    with pytest.raises(IllegalTransition, match="cannot be shipped: it is reserved"):
        ledger.ship(Selection(A), now=NOON)


def test_part_of_an_order_that_is_not_that_far_holds_back_a_call_for_all_of_it(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    reserve(ledger, A, want("1", CUP, 1), want("2", CUP, 1))
    ledger.confirm(units(A, **{"1": 1}), now=NOON)
    with pytest.raises(IllegalTransition, match="it is reserved"):
        ledger.send_to_node(Selection(A), now=NOON)
    ledger.send_to_node(units(A, **{"1": 1}), now=NOON)


def test_a_backordered_line_does_not_hold_back_the_others_and_cannot_ship(ledger: Ledger) -> None:
    stock(ledger, CUP, 1)
    stock(ledger, COMING, 1)
    allocate(ledger, A, want("1", CUP), want("2", COMING))
    ledger.ship(Selection(A), now=NOON)
    assert states(ledger, A) == [("1", 1, ClaimState.SHIPPED), ("2", 1, ClaimState.BACKORDERED)]
    with pytest.raises(IllegalTransition, match="it is backordered, shipped"):
        ledger.ship(Selection(A), now=NOON)


def test_shipping_twice_is_refused(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    allocate(ledger, A, want("1", CUP, 5))
    ledger.ship(Selection(A), now=NOON)
    before = everything(ledger)
    with pytest.raises(IllegalTransition, match="it is shipped"):
        ledger.ship(Selection(A), now=NOON)
    assert everything(ledger) == before


def test_units_that_the_books_do_not_have_ship_with_a_note(ledger: Ledger) -> None:
    stock(ledger, CUP, 3)
    allocate(ledger, A, want("1", CUP, 2))
    allocate(ledger, B, want("1", CUP, 1))
    ledger.adjust([Adjustment(CUP, AdjustKind.COUNT, 1)], now=NOON)
    ledger.ship(Selection(A), now=NOON)
    assert states(ledger, A) == [("1", 2, ClaimState.SHIPPED)]
    assert (row(ledger, CUP).quantity, row(ledger, CUP).reserved) == (0, 1)
    entry = ledger.entries(order=A)[-1]
    assert (entry.quantity_change, entry.reserved_change) == (-1, -2)
    assert entry.note == "2 said to have gone, 1 on the books"
    assert [(s.claim.order, s.quantity) for s in ledger.shortfalls(now=NOON)] == [(B, 1)]


def test_collecting_takes_stock_from_the_node_and_uncollected_goods_go_back_on_the_shelf(
    ledger: Ledger,
) -> None:
    stock(ledger, CUP, 5)
    allocate(ledger, A, want("1", CUP, 2))
    allocate(ledger, B, want("1", CUP, 1))
    for order in (A, B):
        ledger.send_to_node(Selection(order), now=NOON)
        ledger.make_ready(Selection(order), now=NOON)
    ledger.collect(Selection(A), now=NOON)
    ledger.not_collected(Selection(B), now=NOON)
    assert states(ledger, A) == [("1", 2, ClaimState.COLLECTED)]
    assert states(ledger, B) == [("1", 1, ClaimState.NOT_COLLECTED)]
    assert (row(ledger, CUP).quantity, available(ledger, CUP)) == (3, 3)


def test_only_what_is_ready_can_be_collected(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    allocate(ledger, A, want("1", CUP, 2))
    with pytest.raises(IllegalTransition, match="cannot be collected: it is allocated"):
        ledger.collect(Selection(A), now=NOON)


def test_rejected_units_leave_sellable_stock_and_wait_in_quarantine(ledger: Ledger) -> None:
    day = room(ledger, "leeds", 10)
    stock(ledger, CUP, 5)
    allocate(ledger, A, want("1", CUP, 2, capacity=day))
    ledger.send_to_node(Selection(A), now=NOON)
    ledger.reject(units(A, **{"1": 1}), reason="not on the shelf", now=NOON)
    assert states(ledger, A) == [("1", 1, ClaimState.SENT_TO_NODE), ("1", 1, ClaimState.REJECTED)]
    assert (row(ledger, CUP).quantity, row(ledger, CUP).reserved, available(ledger, CUP)) == (4, 1, 3)
    assert quantity(ledger, on_hand("cup", "leeds", state=StockState.QUARANTINED)) == 1
    assert used(ledger, day) == 1
    assert "not on the shelf" in {entry.note for entry in ledger.entries(order=A)}


def test_a_node_may_reject_more_than_the_books_still_have(ledger: Ledger) -> None:
    stock(ledger, CUP, 2)
    allocate(ledger, A, want("1", CUP, 2))
    ledger.send_to_node(Selection(A), now=NOON)
    ledger.adjust([Adjustment(CUP, AdjustKind.COUNT, 1)], now=NOON)
    ledger.reject(Selection(A), reason="shelf empty", now=NOON)
    assert (row(ledger, CUP).quantity, row(ledger, CUP).reserved) == (0, 0)


def test_only_a_node_that_was_told_can_reject(ledger: Ledger) -> None:
    stock(ledger, CUP, 2)
    allocate(ledger, A, want("1", CUP, 2))
    with pytest.raises(IllegalTransition, match="cannot be rejected: it is allocated"):
        ledger.reject(Selection(A), reason="?", now=NOON)


def test_every_step_leaves_an_entry_with_its_verb(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    reserve(ledger, A, want("1", CUP, 2))
    ledger.confirm(Selection(A), now=NOON)
    ledger.send_to_node(Selection(A), now=NOON)
    ledger.pick(Selection(A), now=NOON)
    ledger.ship(Selection(A), now=NOON)
    assert [(e.verb, e.quantity_change, e.reserved_change) for e in ledger.entries(order=A)] == [
        ("reserve", 0, 2),
        ("confirm", 0, 0),
        ("send_to_node", 0, 0),
        ("pick", 0, 0),
        ("ship", -2, -2),
    ]
    assert [e.sequence for e in ledger.entries()] == [1, 2, 3, 4, 5, 6]
