"""Units that a claim has to leave for others: they stay available, and are nobody's until they are taken."""

from dataclasses import replace

import pytest

from fulfillment.errors import InsufficientStock, Shortage
from fulfillment.ledger.protocol import Ledger, Reassignment
from tests.ledger.scene import CUP, CUP_YORK, NOON, A, B, available, reserve, stock, stock_cups, want


def test_a_claim_that_has_to_leave_units_is_refused_where_it_would_not(ledger: Ledger) -> None:
    stock(ledger, CUP, 5, safety_stock=1)
    with pytest.raises(InsufficientStock) as refused:
        reserve(ledger, A, replace(want("1", CUP, 3), kept=2))
    assert refused.value.shortages == (Shortage(CUP, wanted=3, available=2),)
    reserve(ledger, A, replace(want("1", CUP, 2), kept=2))
    assert available(ledger, CUP) == 2
    reserve(ledger, B, want("1", CUP, 2))
    assert available(ledger, CUP) == 0


def test_of_two_lines_that_leave_units_both_leave_the_same(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    lines = [replace(want(line, CUP, 2), kept=2) for line in ("1", "2")]
    with pytest.raises(InsufficientStock) as refused:
        reserve(ledger, A, *lines)
    assert refused.value.shortages == (Shortage(CUP, wanted=4, available=3),)


def test_a_claim_that_moves_leaves_units_where_it_goes_and_none_where_it_stays(ledger: Ledger) -> None:
    stock_cups(ledger, leeds=3, york=3)
    reserve(ledger, A, want("1", CUP, 3))
    there = replace(want("1", CUP_YORK, 3), kept=1)
    with pytest.raises(InsufficientStock) as refused:
        ledger.reassign([Reassignment(A, 1, (there,))], now=NOON)
    assert refused.value.shortages == (Shortage(CUP_YORK, wanted=3, available=2),)
    ledger.reassign([Reassignment(A, 1, (replace(want("1", CUP, 3), kept=3),))], now=NOON)  # where it is
    ledger.reassign([Reassignment(A, 2, (replace(there, kept=0),))], now=NOON)
    assert (available(ledger, CUP), available(ledger, CUP_YORK)) == (3, 0)
