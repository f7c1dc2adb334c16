"""Whatever is refused leaves rows, claims, revisions and entries exactly as they were."""

from collections.abc import Callable

import pytest

from fulfillment.errors import NodewiseError
from fulfillment.ids import NodeId, OrderId
from fulfillment.ledger.protocol import AdjustKind, Adjustment, Ledger, Reassignment, Selection
from fulfillment.supply import CapacityRow, StockState, SupplyRow
from tests.ledger.scene import (
    COMING,
    CUP,
    LAMP,
    NOON,
    TODAY,
    A,
    B,
    allocate,
    day_of,
    everything,
    inbound,
    minutes,
    reserve,
    room,
    stock,
    units,
    want,
)

SOLD, SOFT, LATE = OrderId("sold"), OrderId("soft"), OrderId("late")
LEEDS, YORK = NodeId("leeds"), NodeId("york")
NOW = minutes(20)  # LATE has expired, nobody has swept

REFUSED: dict[str, Callable[[Ledger], object]] = {
    "reserve too much of the second row": lambda ledger: reserve(
        ledger, B, want("1", CUP), want("2", LAMP, 9), now=NOW
    ),
    "reserve on a full day": lambda ledger: reserve(
        ledger, B, want("1", CUP), want("2", CUP, 9, capacity=day_of("leeds")), now=NOW
    ),
    "reserve nothing of the second line": lambda ledger: reserve(
        ledger, B, want("1", CUP), want("2", CUP, 0), now=NOW
    ),
    "confirm what expired": lambda ledger: ledger.confirm(Selection(LATE), now=NOW),
    "confirm one line too much": lambda ledger: ledger.confirm(units(SOFT, **{"1": 1, "2": 5}), now=NOW),
    "confirm at an old revision": lambda ledger: ledger.confirm(Selection(SOFT, revision=9), now=NOW),
    "cancel what shipped": lambda ledger: ledger.cancel(Selection(SOLD), now=NOW),
    "cancel what expired": lambda ledger: ledger.cancel(Selection(LATE), now=NOW),
    "cancel more than there is of the second line": lambda ledger: ledger.cancel(
        units(A, **{"1": 1, "2": 5}), now=NOW
    ),
    "ship what is soft": lambda ledger: ledger.ship(Selection(SOFT), now=NOW),
    "ship more than there is of the second line": lambda ledger: ledger.ship(
        units(A, **{"1": 1, "2": 5}), now=NOW
    ),
    "pick what was not sent": lambda ledger: ledger.pick(Selection(A), now=NOW),
    "make ready what was not sent": lambda ledger: ledger.make_ready(Selection(A), now=NOW),
    "collect what is not ready": lambda ledger: ledger.collect(Selection(A), now=NOW),
    "not collected, but not ready": lambda ledger: ledger.not_collected(Selection(A), now=NOW),
    "reject what was not sent": lambda ledger: ledger.reject(Selection(A), reason="", now=NOW),
    "send what is soft": lambda ledger: ledger.send_to_node(Selection(SOFT), now=NOW),
    "take back what never left": lambda ledger: ledger.take_back(
        Selection(A), to=YORK, state=StockState.SELLABLE, now=NOW
    ),
    "take back to nowhere": lambda ledger: ledger.take_back(
        Selection(SOLD), to=NodeId(""), state=StockState.SELLABLE, now=NOW
    ),
    "reassign where the second order cannot": lambda ledger: ledger.reassign(
        [
            Reassignment(A, 1, (want("1", COMING, 2),)),
            Reassignment(SOFT, 1, (want("1", LAMP, 2),)),
        ],
        now=NOW,
    ),
    "declare a bad second row": lambda ledger: ledger.set_supply(
        [SupplyRow(CUP, 99), SupplyRow(LAMP, -1)], now=NOW
    ),
    "declare a bad second day": lambda ledger: ledger.set_capacity(
        [CapacityRow(day_of("leeds"), 99), CapacityRow(day_of("york"), -1)], now=NOW
    ),
    "a bad second fact": lambda ledger: ledger.adjust(
        [Adjustment(CUP, AdjustKind.COUNT, 1), Adjustment(LAMP, AdjustKind.COUNT, -1)], now=NOW
    ),
    "receive what is there": lambda ledger: ledger.receive(CUP, 1, now=NOW),
    "receive what nobody announced": lambda ledger: ledger.receive(
        inbound("cup", "leeds", "PO-9"), 1, now=NOW
    ),
    "transfer what is not free": lambda ledger: ledger.transfer_out(
        CUP, YORK, 99, transfer="T-1", arrives=TODAY, now=NOW
    ),
    "transfer in what is there": lambda ledger: ledger.transfer_in(CUP, 1, now=NOW),
}


@pytest.fixture
def busy(ledger: Ledger) -> Ledger:
    """Orders in several states, one of them expired and not swept, one row short of units."""
    day = room(ledger, "leeds", 8)
    stock(ledger, CUP, 10)
    stock(ledger, LAMP, 2)
    stock(ledger, COMING, 4)
    allocate(ledger, A, want("1", CUP, 2, capacity=day), want("2", LAMP, 2))
    allocate(ledger, SOLD, want("1", CUP, 1))
    ledger.ship(Selection(SOLD), now=NOON)
    reserve(ledger, SOFT, want("1", CUP, 2), want("2", CUP, 1))
    reserve(ledger, LATE, want("1", CUP, 1), expires_in=10)
    ledger.adjust([Adjustment(LAMP, AdjustKind.COUNT, 1)], now=NOON)
    return ledger


@pytest.mark.parametrize("what", list(REFUSED))
def test_a_refused_operation_changes_nothing(busy: Ledger, what: str) -> None:
    before = everything(busy)
    with pytest.raises(NodewiseError) as refused:
        REFUSED[what](busy)
    assert refused.value.fix
    assert everything(busy) == before


def test_the_scene_shows_what_is_compared(busy: Ledger) -> None:
    before = everything(busy)
    busy.sweep(now=NOW)
    assert everything(busy) != before
