"""Confirming: soft claims become firm, once, whole or by units."""

import pytest

from fulfillment.errors import IllegalTransition, InvalidInput, RevisionConflict
from fulfillment.ledger.claims import ClaimState
from fulfillment.ledger.protocol import Ledger, Selection
from tests.ledger.scene import (
    COMING,
    CUP,
    CUP_YORK,
    NOON,
    A,
    allocate,
    minutes,
    reserve,
    states,
    stock,
    stock_cups,
    units,
    want,
)


def test_confirming_makes_claims_firm_and_forgets_the_expiry(ledger: Ledger) -> None:
    stock(ledger, CUP, 3)
    stock(ledger, COMING, 3)
    reserve(ledger, A, want("1", CUP, 2), want("2", COMING, 1))
    confirmed = ledger.confirm(Selection(A), now=minutes(5))
    assert states(ledger, A) == [("1", 2, ClaimState.ALLOCATED), ("2", 1, ClaimState.BACKORDERED)]
    assert [c.expires_at for c in confirmed] == [None, None]
    assert ledger.revision(A) == 2


def test_confirming_a_part_splits_the_claim_and_the_rest_still_expires(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    reserve(ledger, A, want("1", CUP, 5))
    ledger.confirm(units(A, **{"1": 2}), now=NOON)
    assert states(ledger, A) == [("1", 3, ClaimState.RESERVED), ("1", 2, ClaimState.ALLOCATED)]
    ledger.sweep(now=minutes(30))
    assert states(ledger, A) == [("1", 3, ClaimState.EXPIRED), ("1", 2, ClaimState.ALLOCATED)]


def test_confirming_the_rest_leaves_what_is_firm_alone(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    reserve(ledger, A, want("1", CUP, 2), want("2", CUP, 3))
    ledger.confirm(units(A, **{"1": 2}), now=NOON)
    assert [c.line for c in ledger.confirm(Selection(A), now=NOON)] == ["2"]


def test_confirming_twice_is_refused_and_says_the_state(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    reserve(ledger, A, want("1", CUP, 2))
    ledger.confirm(Selection(A), now=NOON)
    with pytest.raises(IllegalTransition, match="cannot be confirmed: it is allocated"):
        ledger.confirm(Selection(A), now=NOON)


def test_confirming_an_unknown_order_is_refused(ledger: Ledger) -> None:
    with pytest.raises(IllegalTransition, match="without any claim"):
        ledger.confirm(Selection(A), now=NOON)


def test_confirming_at_another_revision_is_refused(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    reserve(ledger, A, want("1", CUP, 2))
    with pytest.raises(RevisionConflict) as refused:
        ledger.confirm(Selection(A, revision=2), now=NOON)
    assert (refused.value.expected, refused.value.found) == (2, 1)
    ledger.confirm(Selection(A, revision=1), now=NOON)


def test_more_units_than_a_line_has_are_refused_with_its_figures(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    reserve(ledger, A, want("1", CUP, 2))
    with pytest.raises(IllegalTransition, match=r"3 units of line 1 .* only 2: it has 2 reserved"):
        ledger.confirm(units(A, **{"1": 3}), now=NOON)


def test_units_of_a_line_from_several_nodes_are_told_together(ledger: Ledger) -> None:
    stock_cups(ledger, leeds=5, york=5)
    reserve(ledger, A, want("1", CUP, 2), want("1", CUP_YORK, 3))
    with pytest.raises(IllegalTransition, match=r"only 5: it has 5 reserved"):
        ledger.confirm(units(A, **{"1": 9}), now=NOON)


@pytest.mark.parametrize("by_line", [{}, {"1": 0}])
def test_a_selection_of_no_units_is_invalid(ledger: Ledger, by_line: dict[str, int]) -> None:
    stock(ledger, CUP, 5)
    reserve(ledger, A, want("1", CUP, 2))
    with pytest.raises(InvalidInput) as refused:
        ledger.confirm(units(A, **by_line), now=NOON)
    assert refused.value.pointer.startswith("/units")


def test_a_firm_order_has_nothing_to_confirm(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    allocate(ledger, A, want("1", CUP, 2))
    with pytest.raises(IllegalTransition, match="it is allocated"):
        ledger.confirm(Selection(A), now=NOON)
