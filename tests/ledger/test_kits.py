"""Kits: whole or not at all, over components that other lines want too. A gift is two cups and a lamp."""

import pytest

from fulfillment.errors import CapacityFull, IllegalTransition, InsufficientStock, InvalidInput
from fulfillment.ids import LineId, NodeId, OrderId
from fulfillment.ledger.claims import Claim, ClaimState
from fulfillment.ledger.protocol import AdjustKind, Adjustment, Ledger, Reassignment, Selection
from fulfillment.ledger.whole_kits import units_in
from fulfillment.supply import StockState
from tests.ledger.scene import (
    COMING,
    CUP,
    CUP_YORK,
    LAMP,
    NOON,
    A,
    B,
    allocate,
    available,
    everything,
    inbound,
    kit,
    minutes,
    on_hand,
    quantity,
    reserve,
    room,
    stock,
    units,
    used,
    want,
)

LAMP_YORK = on_hand("lamp", "york")
GIFT = {CUP: 2, LAMP: 1}
GIFT_YORK = {CUP_YORK: 2, LAMP_YORK: 1}
CUP_APP = on_hand("cup", "leeds", pool="app")


@pytest.fixture
def shelves(ledger: Ledger) -> Ledger:
    """Eight cups and four lamps at Leeds, half as many at York."""
    for key, count in ((CUP, 8), (LAMP, 4), (CUP_YORK, 4), (LAMP_YORK, 2)):
        stock(ledger, key, count)
    return ledger


def by_state(ledger: Ledger, order: OrderId, line: str = "1") -> dict[ClaimState, int]:
    """Kits of a line in each state; fails if they are not whole."""
    found: dict[ClaimState, list[Claim]] = {}
    for claim in ledger.claims(order):
        if claim.line == line:
            found.setdefault(claim.state, []).append(claim)
    kits = {state: units_in(claims) for state, claims in found.items()}
    for state, claims in found.items():
        assert sum(c.quantity for c in claims) == 3 * kits[state], f"torn: {claims}"
    return kits


def test_a_kit_holds_units_of_every_component(shelves: Ledger) -> None:
    claims = reserve(shelves, A, *kit("1", 3, of=GIFT))
    assert [(c.peg, c.quantity, c.per_unit) for c in claims] == [(CUP, 6, 2), (LAMP, 3, 1)]
    assert (available(shelves, CUP), available(shelves, LAMP)) == (2, 1)
    assert list(shelves.claims(A)) == claims
    assert list(shelves.reconcile()) == []


def test_a_kit_short_of_one_component_holds_nothing_of_the_others(shelves: Ledger) -> None:
    before = everything(shelves)
    with pytest.raises(InsufficientStock) as caught:
        reserve(shelves, A, *kit("1", 5, of=GIFT))
    assert [(s.key, s.wanted, s.available) for s in caught.value.shortages] == [(CUP, 10, 8), (LAMP, 5, 4)]
    assert everything(shelves) == before


def test_two_lines_or_kits_that_share_a_component_are_checked_together(shelves: Ledger) -> None:
    pair = {CUP: 1, LAMP: 1}
    for together in (
        [*kit("1", 3, of=GIFT), want("2", CUP, 3)],  # a kit and its component: 6 + 3 of 8 cups
        [*kit("1", 3, of=GIFT), *kit("2", 3, of=pair)],  # two kits: 6 + 3 cups, 3 + 3 of 4 lamps
        [*kit("1", 3, of=GIFT), *kit("2", 2, of=GIFT)],  # two lines of one kit: 6 + 4 cups
    ):
        before = everything(shelves)
        with pytest.raises(InsufficientStock):
            reserve(shelves, A, *together)
        assert everything(shelves) == before
    reserve(shelves, A, *kit("1", 3, of=GIFT), want("2", CUP, 2), want("3", LAMP, 1))
    assert (available(shelves, CUP), available(shelves, LAMP)) == (0, 0)


def test_of_a_kit_only_whole_ones_from_one_node_can_be_wanted(shelves: Ledger) -> None:
    for torn in (
        [*kit("1", of={CUP: 2}), *kit("1", of={LAMP_YORK: 1})],  # cups from Leeds, the lamp from York
        [*kit("1", 2, of={CUP: 2}), *kit("1", 1, of={LAMP: 1})],  # four cups and one lamp
        [*kit("1", of={CUP: 2}), *kit("1", of={CUP_YORK: 1})],  # two cups in a kit, or one?
    ):
        with pytest.raises(InvalidInput):
            reserve(shelves, A, *torn)
    reserve(shelves, A, *kit("1", 2, of=GIFT), *kit("1", 1, of=GIFT_YORK))
    assert by_state(shelves, A) == {ClaimState.RESERVED: 3}


def test_a_component_may_come_from_two_pools_of_the_node(shelves: Ledger) -> None:
    stock(shelves, CUP_APP, 3)
    wanted = [*kit("1", 2, of={LAMP: 1}), *kit("1", 1, of={CUP: 2})]
    wanted[1:] = [
        type(wanted[1])(LineId("1"), key, count, wanted[1].service, per_unit=2)
        for key, count in ((CUP_APP, 3), (CUP, 1))
    ]
    allocate(shelves, A, *wanted)
    assert by_state(shelves, A) == {ClaimState.ALLOCATED: 2}
    shelves.cancel(units(A, **{"1": 1}), now=NOON)
    assert by_state(shelves, A) == {ClaimState.CANCELED: 1, ClaimState.ALLOCATED: 1}
    assert list(shelves.reconcile()) == []


def test_units_of_a_kits_line_are_kits_in_every_verb(shelves: Ledger) -> None:
    allocate(shelves, A, *kit("1", 4, of=GIFT))
    shelves.cancel(units(A, **{"1": 1}), now=NOON)
    assert (available(shelves, CUP), available(shelves, LAMP)) == (2, 1)
    shelves.send_to_node(units(A, **{"1": 2}), now=NOON)
    shelves.pick(units(A, **{"1": 1}), now=NOON)
    assert by_state(shelves, A) == {
        ClaimState.CANCELED: 1,
        ClaimState.ALLOCATED: 1,
        ClaimState.SENT_TO_NODE: 1,
        ClaimState.PICKED: 1,
    }
    shelves.ship(units(A, **{"1": 2}), now=NOON)  # what has come farthest
    assert by_state(shelves, A)[ClaimState.SHIPPED] == 2
    assert by_state(shelves, A)[ClaimState.ALLOCATED] == 1
    assert (quantity(shelves, CUP), quantity(shelves, LAMP)) == (4, 2)
    shelves.take_back(units(A, **{"1": 1}), to=NodeId("york"), state=StockState.SELLABLE, now=NOON)
    assert (quantity(shelves, CUP_YORK), quantity(shelves, LAMP_YORK)) == (6, 3)
    assert list(shelves.reconcile()) == []


def test_kits_that_cannot_be_found_wait_in_quarantine_whole(shelves: Ledger) -> None:
    allocate(shelves, A, *kit("1", 2, of=GIFT))
    shelves.send_to_node(Selection(A), now=NOON)
    shelves.reject(units(A, **{"1": 1}), reason="lamp broken", now=NOON)
    assert by_state(shelves, A) == {ClaimState.SENT_TO_NODE: 1, ClaimState.REJECTED: 1}
    doubtful = on_hand("cup", "leeds", state=StockState.QUARANTINED)
    assert quantity(shelves, doubtful) == 2


def test_more_kits_than_there_are_cannot_be_moved(shelves: Ledger) -> None:
    allocate(shelves, A, *kit("1", 2, of=GIFT))
    with pytest.raises(IllegalTransition, match=r"3 units of line 1 .* only 2: it has 2 allocated"):
        shelves.ship(units(A, **{"1": 3}), now=NOON)


def test_the_kits_of_one_node_can_be_meant_and_each_comes_from_one(shelves: Ledger) -> None:
    allocate(shelves, A, *kit("1", 1, of=GIFT), *kit("1", 2, of=GIFT_YORK))
    shelves.ship(Selection(A, node=NodeId("york")), now=NOON)
    assert by_state(shelves, A) == {ClaimState.ALLOCATED: 1, ClaimState.SHIPPED: 2}
    shelves.take_back(units(A, **{"1": 1}), to=NodeId("leeds"), state=StockState.SELLABLE, now=NOON)
    assert {c.node for c in shelves.claims(A) if c.state is ClaimState.RETURNED} == {"york"}
    with pytest.raises(IllegalTransition, match="only 1"):
        shelves.ship(Selection(A, node=NodeId("leeds"), units={LineId("1"): 2}), now=NOON)


def test_kits_of_two_nodes_are_moved_node_by_node(shelves: Ledger) -> None:
    allocate(shelves, A, *kit("1", 1, of=GIFT), *kit("1", 2, of=GIFT_YORK))
    shelves.send_to_node(Selection(A, node=NodeId("york"), units={LineId("1"): 1}), now=NOON)
    shelves.cancel(units(A, **{"1": 2}), now=NOON)  # what has come least far: one here, one there
    assert by_state(shelves, A) == {ClaimState.CANCELED: 2, ClaimState.SENT_TO_NODE: 1}
    assert available(shelves, CUP) == 8
    assert available(shelves, CUP_YORK) == 2


def test_a_kit_with_a_component_still_to_come_does_not_leave_without_it(shelves: Ledger) -> None:
    lamps = inbound("lamp", "leeds", "PO-1")
    stock(shelves, COMING, 4)
    stock(shelves, lamps, 2)
    allocate(shelves, A, *kit("1", 2, of={COMING: 2, lamps: 1}))
    shelves.receive(COMING, 4, now=NOON)
    for early in (shelves.send_to_node, shelves.ship):
        with pytest.raises(IllegalTransition):
            early(Selection(A), now=NOON)
    shelves.receive(lamps, 1, now=NOON)
    shelves.ship(Selection(A), now=NOON)
    shipped = [(c.peg.sku, c.quantity) for c in shelves.claims(A) if c.state is ClaimState.SHIPPED]
    assert sorted(shipped) == [("cup", 2), ("lamp", 1)]
    shelves.cancel(Selection(A), now=NOON)  # what waits can always be let go
    assert list(shelves.reconcile()) == []


def test_kits_expire_and_are_confirmed_whole(shelves: Ledger) -> None:
    reserve(shelves, A, *kit("1", 2, of=GIFT), expires_in=10)
    reserve(shelves, B, *kit("1", 2, of=GIFT), expires_in=10)
    shelves.confirm(units(B, **{"1": 1}), now=minutes(5))
    assert by_state(shelves, B) == {ClaimState.RESERVED: 1, ClaimState.ALLOCATED: 1}
    assert available(shelves, CUP, now=minutes(10)) == 6
    assert available(shelves, LAMP, now=minutes(10)) == 3


def test_kits_are_reassigned_whole_and_from_the_components_they_have(shelves: Ledger) -> None:
    allocate(shelves, A, *kit("1", 2, of=GIFT))
    revision = shelves.revision(A)
    for wrong in (
        kit("1", 2, of={CUP_YORK: 2}),  # the lamps would be forgotten
        kit("1", 2, of={CUP_YORK: 1, LAMP_YORK: 1}),  # other kits
        [*kit("1", 2, of={CUP_YORK: 2}), *kit("1", 2, of={LAMP: 1})],  # torn apart
    ):
        with pytest.raises(InvalidInput):
            shelves.reassign([Reassignment(A, revision, tuple(wrong))], now=NOON)
    moved = (*kit("1", 1, of=GIFT), *kit("1", 1, of=GIFT_YORK))
    shelves.reassign([Reassignment(A, revision, moved)], now=NOON)
    assert (available(shelves, CUP), available(shelves, CUP_YORK)) == (6, 2)
    assert (available(shelves, LAMP), available(shelves, LAMP_YORK)) == (3, 1)
    assert by_state(shelves, A) == {ClaimState.ALLOCATED: 2}
    assert list(shelves.reconcile()) == []


def test_a_line_keeps_its_components_as_long_as_any_of_it_is_under_way(shelves: Ledger) -> None:
    allocate(shelves, A, *kit("1", 1, of=GIFT))
    changed = {CUP: 1, LAMP: 1}
    for other in (kit("1", 1, of=changed), [want("1", CUP)]):
        with pytest.raises(InvalidInput, match="a unit of line 1 of order A is 2 of cup, 1 of lamp"):
            allocate(shelves, A, *other)
    allocate(shelves, A, *kit("1", 1, of=GIFT), *kit("2", 1, of=changed))
    shelves.cancel(Selection(A), now=NOON)
    allocate(shelves, A, *kit("1", 2, of=changed))
    shelves.ship(units(A, **{"1": 1}), now=NOON)
    assert (quantity(shelves, CUP), quantity(shelves, LAMP)) == (7, 3)


def test_a_kit_uses_the_days_capacity_by_the_units_picked(shelves: Ledger) -> None:
    day = room(shelves, "leeds", 7)
    allocate(shelves, A, *kit("1", 2, of=GIFT, capacity=day))
    assert used(shelves, day) == 6
    with pytest.raises(CapacityFull):
        allocate(shelves, B, *kit("1", 1, of=GIFT, capacity=day))
    shelves.cancel(units(A, **{"1": 1}), now=NOON)
    assert used(shelves, day) == 3


def test_a_count_that_leaves_too_few_of_a_component_names_the_kits_claim(shelves: Ledger) -> None:
    allocate(shelves, A, *kit("1", 3, of=GIFT))
    fact = Adjustment(CUP, AdjustKind.COUNT, 3)
    (short,) = shelves.adjust([fact], now=NOON)
    assert (short.claim.peg, short.claim.per_unit, short.quantity) == (CUP, 2, 3)
    assert available(shelves, LAMP) == 1


@pytest.mark.parametrize("kits", [1, 3, 100_000])
def test_any_number_of_kits_is_split_off_in_a_few_claims(ledger: Ledger, kits: int) -> None:
    stock(ledger, CUP, 200_000)
    stock(ledger, LAMP, 100_000)
    allocate(ledger, A, *kit("1", 100_000, of=GIFT))
    ledger.ship(units(A, **{"1": kits}), now=NOON)
    assert by_state(ledger, A)[ClaimState.SHIPPED] == kits
    assert len(ledger.claims(A)) == (2 if kits == 100_000 else 4)


def test_a_kit_of_one_component_and_one_unit_is_a_sku_under_another_name(ledger: Ledger) -> None:
    stock(ledger, CUP, 2)
    reserve(ledger, A, *kit("1", 2, of={CUP: 1}))
    ledger.confirm(units(A, **{"1": 1}), now=NOON)
    assert sorted(c.state for c in ledger.claims(A)) == [ClaimState.ALLOCATED, ClaimState.RESERVED]
