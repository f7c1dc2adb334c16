"""Transfers: free units leave one node, are inbound at the other, and arrive there."""

import pytest

from fulfillment.errors import InsufficientStock, InvalidInput, Shortage
from fulfillment.ids import NodeId
from fulfillment.ledger.claims import ClaimState
from fulfillment.ledger.protocol import Ledger
from fulfillment.supply import ON_HAND, SupplyKey
from tests.ledger.scene import (
    CUP,
    CUP_YORK,
    DAY,
    NOON,
    TODAY,
    A,
    allocate,
    available,
    inbound,
    quantity,
    states,
    stock,
    want,
)

YORK = NodeId("york")
TOMORROW = TODAY + DAY


def test_units_on_their_way_are_inbound_at_the_other_node_and_can_be_promised_there(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    coming = ledger.transfer_out(CUP, YORK, 3, transfer="T-1", arrives=TOMORROW, now=NOON)
    assert coming == inbound("cup", "york", "T-1", in_days=1)
    assert (quantity(ledger, CUP), available(ledger, coming), quantity(ledger, CUP_YORK)) == (2, 3, 0)
    allocate(ledger, A, want("1", coming, 2))
    ledger.transfer_in(coming, 3, now=NOON)
    assert states(ledger, A) == [("1", 2, ClaimState.ALLOCATED)]
    assert (quantity(ledger, CUP_YORK), available(ledger, CUP_YORK)) == (3, 1)


def test_reserved_units_and_safety_stock_are_not_sent(ledger: Ledger) -> None:
    stock(ledger, CUP, 5, safety_stock=1)
    allocate(ledger, A, want("1", CUP, 2))
    with pytest.raises(InsufficientStock) as refused:
        ledger.transfer_out(CUP, YORK, 3, transfer="T-1", arrives=TOMORROW, now=NOON)
    assert refused.value.shortages == (Shortage(CUP, 3, 2),)
    ledger.transfer_out(CUP, YORK, 2, transfer="T-1", arrives=TOMORROW, now=NOON)


def test_a_transfer_may_leave_in_two_loads_and_arrive_in_two(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    for load in (2, 3):
        coming = ledger.transfer_out(CUP, YORK, load, transfer="T-1", arrives=TOMORROW, now=NOON)
    ledger.transfer_in(coming, 4, now=NOON)
    assert (quantity(ledger, coming), quantity(ledger, CUP_YORK)) == (1, 4)
    assert [e.verb for e in ledger.entries()][-1] == "transfer_in"


@pytest.mark.parametrize(
    ("key", "to", "count", "transfer", "pointer"),
    [
        (CUP, "leeds", 1, "T-1", "/to"),
        (CUP, "york", 0, "T-1", "/quantity"),
        (CUP, "york", 1, "", "/transfer"),
        (CUP, "york", 1, ON_HAND, "/transfer"),
        (inbound("cup", "leeds", "PO-1"), "york", 1, "T-1", "/key"),
    ],
)
def test_a_transfer_that_cannot_be_meant_names_the_field(
    ledger: Ledger, key: SupplyKey, to: str, count: int, transfer: str, pointer: str
) -> None:
    stock(ledger, key, 5)
    with pytest.raises(InvalidInput) as refused:
        ledger.transfer_out(key, NodeId(to), count, transfer=transfer, arrives=TOMORROW, now=NOON)
    assert refused.value.pointer == pointer
