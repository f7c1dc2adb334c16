"""Capacity slot by slot: each is a row of its own, guarded as a day is, and gets back what it gave."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.capacity import Rooms, capacity_of, in_slots, open_capacity
from fulfillment.errors import CapacityFull, Refused, Shortage
from fulfillment.ids import NodeId, OrderId
from fulfillment.ledger.claims import MOVABLE
from fulfillment.ledger.memory import InMemoryLedger
from fulfillment.ledger.protocol import Ledger, Reassignment, Selection
from fulfillment.money import Micros
from fulfillment.network import LaborCost, Node, NodeKind, Place
from fulfillment.slots import Slot
from fulfillment.supply import CapacityRow
from tests.ledger.scene import (
    CUP,
    NOON,
    TODAY,
    A,
    B,
    allocate,
    day_of,
    everything,
    reserve,
    stock,
    units,
    used,
    want,
)

MORNING, AFTERNOON = (day_of("leeds")._replace(slot=name) for name in ("morning", "afternoon"))


@pytest.fixture
def parted(ledger: Ledger) -> Ledger:
    """Ten cups, and room for 2 in the morning and for 3 in the afternoon."""
    stock(ledger, CUP, 10)
    ledger.set_capacity([CapacityRow(MORNING, 2), CapacityRow(AFTERNOON, 3)], now=NOON)
    return ledger


def test_each_slot_is_guarded_by_itself_and_all_or_nothing_is_taken(parted: Ledger) -> None:
    reserve(parted, A, want("1", CUP, 1, capacity=MORNING))
    before = everything(parted)
    both = (want("1", CUP, 2, capacity=MORNING), want("1", CUP, 2, capacity=AFTERNOON))
    with pytest.raises(CapacityFull, match="leeds on 2011-11-21, slot morning: 2 units wanted, room for 1"):
        reserve(parted, B, *both)
    with pytest.raises(CapacityFull) as refused:
        reserve(parted, B, *both)
    assert refused.value.shortages == (Shortage(MORNING, 2, 1),)
    assert everything(parted) == before


def test_units_of_a_line_are_given_back_to_the_slots_they_were_taken_from(parted: Ledger) -> None:
    allocate(parted, A, want("1", CUP, 2, capacity=MORNING), want("1", CUP, 3, capacity=AFTERNOON))
    parted.cancel(units(A, **{"1": 1}), now=NOON)
    assert used(parted, MORNING) + used(parted, AFTERNOON) == 4
    parted.cancel(Selection(A), now=NOON)
    assert (used(parted, MORNING), used(parted, AFTERNOON)) == (0, 0)


def test_an_expired_reservation_frees_its_slots(parted: Ledger) -> None:
    reserve(parted, A, want("1", CUP, 2, capacity=MORNING), want("1", CUP, 3, capacity=AFTERNOON))
    later = NOON + timedelta(hours=1)
    assert (used(parted, MORNING, now=later), used(parted, AFTERNOON, now=later)) == (0, 0)
    reserve(parted, B, want("1", CUP, 2, capacity=MORNING), now=later)
    assert used(parted, MORNING, now=later) == 2


def test_what_is_reassigned_moves_from_slot_to_slot_by_the_net_change(parted: Ledger) -> None:
    allocate(parted, A, want("1", CUP, 2, capacity=MORNING), want("1", CUP, 3, capacity=AFTERNOON))
    swapped = (want("1", CUP, 3, capacity=AFTERNOON), want("1", CUP, 2, capacity=MORNING))
    parted.reassign([Reassignment(A, parted.revision(A), swapped)], now=NOON)
    assert (used(parted, MORNING), used(parted, AFTERNOON)) == (2, 3)
    crowded = (want("1", CUP, 3, capacity=MORNING), want("1", CUP, 2, capacity=AFTERNOON))
    with pytest.raises(CapacityFull) as refused:
        parted.reassign([Reassignment(A, parted.revision(A), crowded)], now=NOON)
    assert refused.value.shortages == (Shortage(MORNING, 1, 0),)


SHOP = Node(
    NodeId("leeds"),
    "Leeds",
    NodeKind.STORE,
    Place(53.8, -1.5),
    "Europe/London",
    LaborCost(Micros(0), Micros(0), Micros(0)),
    units_per_day=12,
    priority=1,
    slots=(Slot("early", 360, 600, 3), Slot("noon", 660, 840, 0), Slot("late", 840, 1320, 9)),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 180)),
        st.tuples(st.just("want"), st.integers(1, 6)),
        st.tuples(st.just("want on old figures"), st.integers(1, 6)),
        st.tuples(st.just("cancel"), st.integers(1, 4)),
        st.tuples(st.just("send and reject"), st.integers(1, 2)),
    ),
    max_size=25,
)


@given(STEPS)
def test_whatever_happens_no_slot_gives_more_than_it_has_and_all_that_is_canceled_comes_back(
    steps: list[tuple[str, int]],
) -> None:
    """Orders come all day, some decided on figures of hours ago; parts of them are canceled or not found."""
    ledger, now = InMemoryLedger(), datetime(2011, 11, 21, tzinfo=UTC)
    stock(ledger, CUP, 1_000)
    ledger.set_capacity(capacity_of(SHOP, TODAY), now=now)
    old = rooms(ledger, now)
    made: list[OrderId] = []
    for number, (what, count) in enumerate(steps):
        if what == "wait":
            now = min(now + timedelta(minutes=count), datetime(2011, 11, 21, 23, 59, tzinfo=UTC))
        elif what.startswith("want"):
            seen = old if what.endswith("figures") else rooms(ledger, now)
            order = OrderId(f"order-{number}")
            fits = sum(rooms(ledger, now)[SHOP.id].values()) >= count
            try:
                wanted = in_slots([want("1", CUP, count, capacity=day_of("leeds"))], seen)
                ledger.reserve(order, wanted, expires_at=None, now=now)
            except CapacityFull:
                assert seen is old or not fits  # on figures of this instant nothing that fits is refused
            else:
                assert seen is old or fits
                made.append(order)
        elif made:
            try:
                part = Selection(made[number % len(made)], units={want("1", CUP).line: count})
                if what == "cancel":
                    ledger.cancel(part, now=now)
                else:
                    ledger.send_to_node(part, now=now)
                    ledger.reject(part, reason="not there", now=now)
            except Refused:
                pass  # fewer are left of it
        assert_rows_follow(ledger, made)
    for order in made:
        if any(claim.state in MOVABLE for claim in ledger.claims(order)):
            ledger.cancel(Selection(order), now=now)
    assert [row.used for row in ledger.capacity([(SHOP.id, TODAY)], now=now)] == [0, 0, 0]
    assert list(ledger.reconcile()) == []


def rooms(ledger: Ledger, now: datetime) -> Rooms:
    """What a decider reads: what is left of the slots that have not ended."""
    left = {row.key: row.available for row in ledger.capacity([(SHOP.id, TODAY)], now=now)}
    return {SHOP.id: {row.key: left[row.key] for row in open_capacity(SHOP, now=now)}}


def assert_rows_follow(ledger: Ledger, made: list[OrderId]) -> None:
    held: Counter[str] = Counter()
    for claim in (claim for order in made for claim in ledger.claims(order)):
        if claim.state in MOVABLE and claim.capacity is not None:
            held[claim.capacity.slot] += claim.quantity
    for row in ledger.capacity([(SHOP.id, TODAY)], now=NOON):
        assert row.used <= row.limit
        assert row.used == held[row.key.slot]
