"""Facts are always accepted; what they leave without stock is said per claim, latest promise first."""

import pytest

from fulfillment.errors import InvalidInput
from fulfillment.ledger.claims import ClaimState
from fulfillment.ledger.protocol import AdjustKind, Adjustment, Ledger, Selection, Shortfall
from fulfillment.supply import MAX_UNITS, StockState, SupplyKey, SupplyRow
from tests.ledger.scene import (
    COMING,
    CUP,
    CUP_YORK,
    NOON,
    TODAY,
    A,
    B,
    allocate,
    available,
    everything,
    minutes,
    on_hand,
    quantity,
    reserve,
    row,
    stock,
    units,
    want,
)


def adjust(
    ledger: Ledger, kind: AdjustKind, count: int, *, key: SupplyKey = CUP, reason: str = ""
) -> list[Shortfall]:
    return list(ledger.adjust([Adjustment(key, kind, count, reason)], now=NOON))


def briefly(shortfalls: list[Shortfall]) -> list[tuple[str, int]]:
    return [(short.claim.order, short.quantity) for short in shortfalls]


@pytest.mark.parametrize(
    ("kind", "count", "left"),
    [
        (AdjustKind.COUNT, 7, 7),
        (AdjustKind.COUNT, 2, 2),
        (AdjustKind.WALK_IN_SALE, 2, 3),
        (AdjustKind.DAMAGE, 2, 3),
        (AdjustKind.CORRECTION, 2, 7),
        (AdjustKind.CORRECTION, -2, 3),
    ],
)
def test_each_kind_of_fact_sets_the_row_as_it_says(
    ledger: Ledger, kind: AdjustKind, count: int, left: int
) -> None:
    stock(ledger, CUP, 5)
    assert adjust(ledger, kind, count, reason="till 3") == []
    assert quantity(ledger, CUP) == left
    entry = [e for e in ledger.entries() if e.key == CUP][-1]
    assert (entry.verb, entry.quantity_change, entry.note) == (kind, left - 5, "till 3")


def test_damaged_units_stay_on_the_books_as_damaged(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    adjust(ledger, AdjustKind.DAMAGE, 2)
    assert quantity(ledger, on_hand("cup", "leeds", state=StockState.DAMAGED)) == 2


def test_a_till_sale_below_what_is_reserved_is_accepted_and_availability_shows_zero(ledger: Ledger) -> None:
    stock(ledger, CUP, 3)
    allocate(ledger, A, want("1", CUP, 3))
    short = adjust(ledger, AdjustKind.WALK_IN_SALE, 2)
    assert briefly(short) == [("A", 2)]
    assert (row(ledger, CUP).quantity, row(ledger, CUP).reserved, available(ledger, CUP)) == (1, 3, 0)
    assert list(ledger.shortfalls(now=NOON)) == short


def test_who_was_promised_latest_goes_without_first(ledger: Ledger) -> None:
    stock(ledger, CUP, 6)
    allocate(ledger, A, want("1", CUP, 2, promised_by=minutes(600)))
    allocate(ledger, B, want("1", CUP, 2, promised_by=minutes(900)), want("2", CUP, 2))
    short = adjust(ledger, AdjustKind.COUNT, 1)
    assert [(s.claim.order, s.claim.line, s.quantity) for s in short] == [
        ("B", "2", 2),
        ("B", "1", 2),
        ("A", "1", 1),
    ]


def test_of_equal_promises_a_soft_claim_goes_without_before_a_firm_one(ledger: Ledger) -> None:
    stock(ledger, CUP, 4)
    reserve(ledger, A, want("1", CUP, 2))
    allocate(ledger, B, want("1", CUP, 2))
    assert briefly(adjust(ledger, AdjustKind.COUNT, 2)) == [("A", 2)]


def test_units_that_are_picked_are_not_the_missing_ones(ledger: Ledger) -> None:
    stock(ledger, CUP, 4)
    allocate(ledger, A, want("1", CUP, 2, promised_by=minutes(900)))
    allocate(ledger, B, want("1", CUP, 2, promised_by=minutes(600)))
    ledger.send_to_node(Selection(A), now=NOON)
    ledger.pick(Selection(A), now=NOON)
    assert briefly(adjust(ledger, AdjustKind.COUNT, 2)) == [("B", 2)]


def test_a_fact_returns_only_what_it_adds_to_the_shortfalls(ledger: Ledger) -> None:
    stock(ledger, CUP, 4)
    allocate(ledger, A, want("1", CUP, 4))
    assert briefly(adjust(ledger, AdjustKind.WALK_IN_SALE, 1)) == [("A", 1)]
    assert briefly(adjust(ledger, AdjustKind.WALK_IN_SALE, 2)) == [("A", 2)]
    assert briefly(list(ledger.shortfalls(now=NOON))) == [("A", 3)]


def test_a_shortfall_ends_with_a_cancellation_a_count_or_an_expiry(ledger: Ledger) -> None:
    stock(ledger, CUP, 4)
    allocate(ledger, A, want("1", CUP, 2))
    reserve(ledger, B, want("1", CUP, 2))
    adjust(ledger, AdjustKind.COUNT, 1)
    assert briefly(list(ledger.shortfalls(now=NOON))) == [("B", 2), ("A", 1)]
    assert briefly(list(ledger.shortfalls(now=minutes(30)))) == [("A", 1)]
    ledger.cancel(units(A, **{"1": 1}), now=NOON)
    assert list(ledger.shortfalls(now=minutes(30))) == []
    adjust(ledger, AdjustKind.COUNT, 3)
    assert list(ledger.shortfalls(now=NOON)) == []


def test_selling_more_than_the_books_hold_takes_what_there_is_and_notes_the_rest(ledger: Ledger) -> None:
    stock(ledger, CUP, 2)
    adjust(ledger, AdjustKind.WALK_IN_SALE, 5, reason="till 3")
    last = list(ledger.entries())[-1]
    assert (last.quantity_change, last.note) == (-2, "till 3; 5 said to have gone, 2 on the books")
    assert quantity(ledger, CUP) == 0


def test_more_damage_than_stock_damages_what_there_is(ledger: Ledger) -> None:
    stock(ledger, CUP, 2)
    adjust(ledger, AdjustKind.DAMAGE, 5)
    assert quantity(ledger, CUP) == 0
    assert quantity(ledger, on_hand("cup", "leeds", state=StockState.DAMAGED)) == 2


def test_counting_what_nobody_knew_of_puts_it_on_the_books(ledger: Ledger) -> None:
    adjust(ledger, AdjustKind.COUNT, 4)
    assert available(ledger, CUP) == 4


def test_facts_on_one_row_in_one_call_follow_one_another(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    ledger.adjust(
        [Adjustment(CUP, AdjustKind.WALK_IN_SALE, 2), Adjustment(CUP, AdjustKind.COUNT, 4)], now=NOON
    )
    assert [e.quantity_change for e in ledger.entries()] == [5, -2, 1]


def test_an_inbound_that_shrinks_leaves_backorders_short(ledger: Ledger) -> None:
    stock(ledger, COMING, 5)
    allocate(ledger, A, want("1", COMING, 5))
    assert briefly(adjust(ledger, AdjustKind.COUNT, 2, key=COMING)) == [("A", 3)]


def test_a_new_declaration_below_what_is_reserved_is_accepted(ledger: Ledger) -> None:
    stock(ledger, CUP, 5)
    allocate(ledger, A, want("1", CUP, 5))
    stock(ledger, CUP, 2, safety_stock=1)
    assert (row(ledger, CUP).quantity, row(ledger, CUP).reserved) == (2, 5)
    assert briefly(list(ledger.shortfalls(now=NOON))) == [("A", 3)]


def test_declaring_the_same_again_writes_nothing(ledger: Ledger) -> None:
    stock(ledger, CUP, 5, safety_stock=1)
    stock(ledger, CUP, 5, safety_stock=1)
    assert [e.verb for e in ledger.entries()] == ["open"]
    stock(ledger, CUP, 5, safety_stock=2)
    assert [(e.verb, e.quantity_change, e.note) for e in ledger.entries()][1:] == [
        ("declare", 0, "safety stock 1 to 2")
    ]


def test_a_declaration_says_nothing_of_what_is_reserved(ledger: Ledger) -> None:
    ledger.set_supply([SupplyRow(CUP, 5, reserved=3)], now=NOON)
    assert row(ledger, CUP).reserved == 0


@pytest.mark.parametrize(
    ("rows", "pointer"),
    [
        ([SupplyRow(CUP, 5), SupplyRow(on_hand("lamp", "leeds"), -1)], "/1/quantity"),
        ([SupplyRow(CUP, 5, safety_stock=-1)], "/0/safety_stock"),
        ([SupplyRow(CUP, 5), SupplyRow(CUP, 6)], "/1"),
        ([SupplyRow(CUP, 10**9 + 1)], "/0/quantity"),
    ],
)
def test_a_bad_declaration_names_the_row_and_writes_none(
    ledger: Ledger, rows: list[SupplyRow], pointer: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        ledger.set_supply(rows, now=NOON)
    assert refused.value.pointer == pointer
    assert list(ledger.entries()) == []


@pytest.mark.parametrize("kind", [AdjustKind.COUNT, AdjustKind.WALK_IN_SALE, AdjustKind.DAMAGE])
def test_a_negative_fact_is_invalid(ledger: Ledger, kind: AdjustKind) -> None:
    with pytest.raises(InvalidInput) as refused:
        adjust(ledger, kind, -1)
    assert refused.value.pointer == "/0/quantity"


def test_on_hand_is_the_sum_of_all_that_came_and_went(ledger: Ledger) -> None:
    stock(ledger, CUP, 10)
    stock(ledger, COMING, 4)
    ledger.receive(COMING, 4, now=NOON)
    sent = ledger.transfer_out(CUP, CUP_YORK.node, 2, transfer="T-1", arrives=TODAY, now=NOON)
    allocate(ledger, A, want("1", CUP, 3))
    ledger.ship(Selection(A), now=NOON)
    allocate(ledger, B, want("1", CUP, 2))
    ledger.send_to_node(Selection(B), now=NOON)
    ledger.make_ready(Selection(B), now=NOON)
    ledger.collect(Selection(B), now=NOON)
    ledger.take_back(units(A, **{"1": 1}), to=CUP.node, state=StockState.SELLABLE, now=NOON)
    adjust(ledger, AdjustKind.WALK_IN_SALE, 1)
    adjust(ledger, AdjustKind.CORRECTION, 2)
    ledger.transfer_in(sent, 2, now=NOON)
    assert quantity(ledger, CUP) == 10 + 4 - 2 - 3 - 2 + 1 - 1 + 2
    assert quantity(ledger, CUP_YORK) == 2
    assert {c.state for c in ledger.claims(B)} == {ClaimState.COLLECTED}


@pytest.mark.parametrize(
    "misdated",
    [CUP._replace(earliest=TODAY), CUP._replace(source="PO-1")],
    ids=["dated stock on hand", "undated inbound"],
)
def test_only_what_is_to_come_has_a_date(ledger: Ledger, misdated: SupplyKey) -> None:
    before = everything(ledger)
    with pytest.raises(InvalidInput) as refused:
        ledger.set_supply([SupplyRow(CUP, 5), SupplyRow(misdated, 5)], now=NOON)
    assert refused.value.pointer == "/1/earliest"
    assert everything(ledger) == before


def test_a_row_does_not_grow_beyond_what_every_database_can_keep(ledger: Ledger) -> None:
    stock(ledger, CUP, 1)
    adjust(ledger, AdjustKind.CORRECTION, MAX_UNITS - 1)
    before = everything(ledger)
    with pytest.raises(InvalidInput, match="SKU cup at leeds would have 1,000,000,002 units"):
        adjust(ledger, AdjustKind.CORRECTION, 2)
    assert everything(ledger) == before


def test_declaring_less_than_is_reserved_returns_what_it_leaves_short(ledger: Ledger) -> None:
    stock_both = [SupplyRow(CUP, 6), SupplyRow(COMING, 4), SupplyRow(CUP_YORK, 5)]
    assert list(ledger.set_supply(stock_both, now=NOON)) == []
    allocate(ledger, A, want("1", CUP, 3, promised_by=minutes(600)), want("2", COMING, 4))
    allocate(ledger, B, want("1", CUP, 3, promised_by=minutes(900)), want("2", CUP_YORK, 2))
    lower = [SupplyRow(CUP, 2), SupplyRow(COMING, 3), SupplyRow(CUP_YORK, 2)]
    short = list(ledger.set_supply(lower, now=NOON))
    assert sorted(briefly(short)) == [("A", 1), ("A", 1), ("B", 3)]
    assert list(ledger.shortfalls(now=NOON)) == short
    assert briefly(list(ledger.set_supply([SupplyRow(CUP, 1)], now=NOON))) == [("A", 1)]
    assert list(ledger.set_supply([SupplyRow(CUP, 1, safety_stock=1)], now=NOON)) == []
    assert list(ledger.set_supply([SupplyRow(CUP, 9)], now=NOON)) == []


def test_declaring_less_leaves_nobody_short_whose_reservation_has_expired(ledger: Ledger) -> None:
    stock(ledger, CUP, 4)
    reserve(ledger, A, want("1", CUP, 4))
    assert list(ledger.set_supply([SupplyRow(CUP, 0)], now=minutes(30))) == []
