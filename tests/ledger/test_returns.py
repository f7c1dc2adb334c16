"""Returns: goods come back to any node, in any state, as many as were handed over."""

import pytest

from fulfillment.errors import IllegalTransition
from fulfillment.ids import NodeId
from fulfillment.ledger.claims import ClaimState
from fulfillment.ledger.protocol import Ledger, Selection
from fulfillment.supply import StockState
from tests.ledger.scene import (
    CUP,
    NOON,
    A,
    allocate,
    available,
    on_hand,
    quantity,
    states,
    stock,
    units,
    want,
)

YORK = NodeId("york")


@pytest.mark.parametrize("state", list(StockState))
def test_a_return_goes_where_and_in_which_state_the_operator_says(ledger: Ledger, state: StockState) -> None:
    stock(ledger, CUP, 5)
    allocate(ledger, A, want("1", CUP, 3))
    ledger.ship(Selection(A), now=NOON)
    ledger.take_back(Selection(A), to=YORK, state=state, now=NOON)
    back = on_hand("cup", "york", state=state)
    assert (quantity(ledger, CUP), quantity(ledger, back)) == (2, 3)
    assert available(ledger, back) == (3 if state is StockState.SELLABLE else 0)
    assert states(ledger, A) == [("1", 3, ClaimState.RETURNED)]


def test_part_of_a_shipment_comes_back_and_no_more_than_went_out(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    allocate(ledger, A, want("1", CUP, 3), want("2", CUP, 1))
    ledger.ship(units(A, **{"1": 3}), now=NOON)
    ledger.take_back(units(A, **{"1": 1}), to=CUP.node, state=StockState.SELLABLE, now=NOON)
    with pytest.raises(IllegalTransition, match=r"3 units of line 1 .* only 2"):
        ledger.take_back(units(A, **{"1": 3}), to=CUP.node, state=StockState.SELLABLE, now=NOON)
    ledger.take_back(Selection(A), to=CUP.node, state=StockState.SELLABLE, now=NOON)
    assert quantity(ledger, CUP) == 5
    assert [s for line, _, s in states(ledger, A) if line == "2"] == [ClaimState.ALLOCATED]


def test_what_never_left_cannot_come_back(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    allocate(ledger, A, want("1", CUP, 3))
    with pytest.raises(IllegalTransition, match="cannot be taken back: it is allocated"):
        ledger.take_back(Selection(A), to=YORK, state=StockState.SELLABLE, now=NOON)


def test_collected_goods_can_be_returned_to_another_node(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    allocate(ledger, A, want("1", CUP, 2))
    ledger.send_to_node(Selection(A), now=NOON)
    ledger.make_ready(Selection(A), now=NOON)
    ledger.collect(Selection(A), now=NOON)
    ledger.take_back(Selection(A), to=YORK, state=StockState.SELLABLE, now=NOON)
    assert quantity(ledger, on_hand("cup", "york")) == 2
