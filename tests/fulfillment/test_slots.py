"""Slots of a node's day: which make one, when they end by the node's own clock, and what is left of them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from fulfillment.capacity import (
    as_of,
    capacity_of,
    in_slots,
    of_all_day,
    open_capacity,
    room_in,
    why_none_left,
)
from fulfillment.errors import CapacityFull, InvalidInput
from fulfillment.ids import LineId, NodeId, ServiceId, SkuId
from fulfillment.ledger.protocol import Wanted
from fulfillment.money import Micros
from fulfillment.network import LaborCost, Network, Node, NodeKind, Place
from fulfillment.slots import MAX_SLOTS, Slot, clock, end_of, minute_of
from fulfillment.supply import CapacityKey, SupplyKey

MORNING = Slot("morning", 8 * 60, 12 * 60, 4)
AFTERNOON = Slot("afternoon", 12 * 60, 18 * 60, 6)
TODAY = date(2026, 11, 23)
LONDON = Node(
    NodeId("LON1"),
    "London",
    NodeKind.STORE,
    Place(51.5, -0.1),
    "Europe/London",
    LaborCost(Micros(0), Micros(0), Micros(0)),
    units_per_day=10,
    priority=1,
    load_penalty=Micros(1_000_000),
    slots=(MORNING, AFTERNOON),
)
DAY = CapacityKey(LONDON.id, TODAY)
FIRST, SECOND = DAY._replace(slot="morning"), DAY._replace(slot="afternoon")


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 23, hour, minute, tzinfo=UTC)


def left(now: datetime, node: Node = LONDON) -> list[str]:
    return [row.key.slot for row in open_capacity(node, now=now)]


def wanting(*units: int, capacity: CapacityKey | None = DAY) -> list[Wanted]:
    peg = SupplyKey(SkuId("cup"), LONDON.id)
    return [
        Wanted(LineId(str(line)), peg, count, ServiceId("ground"), capacity)
        for line, count in enumerate(units, start=1)
    ]


def test_a_slot_is_over_at_its_end_to_the_instant() -> None:
    assert left(at(0)) == ["morning", "afternoon"]
    assert left(at(12) - timedelta(microseconds=1)) == ["morning", "afternoon"]
    assert left(at(12)) == ["afternoon"]
    assert left(at(18)) == []
    assert why_none_left(LONDON, at(17, 59)) == ""
    assert why_none_left(LONDON, at(18)) == "its last slot of today ended at 18:00"


def test_a_node_without_slots_has_its_whole_day_until_midnight() -> None:
    whole = replace(LONDON, slots=())
    assert [row.key for row in open_capacity(whole, now=at(23, 59))] == [DAY]
    assert why_none_left(whole, at(23, 59)) == ""


def test_slots_are_in_order_of_time_however_they_are_given() -> None:
    assert replace(LONDON, slots=(AFTERNOON, MORNING)).slots == (MORNING, AFTERNOON)


def test_a_slot_may_last_until_midnight() -> None:
    late = replace(LONDON, slots=(replace(AFTERNOON, end=24 * 60),))
    assert left(at(23, 59), late) == ["afternoon"]
    assert end_of("Europe/London", TODAY, 24 * 60) == at(23) + timedelta(hours=1)
    assert clock(24 * 60) == "24:00"


@pytest.mark.parametrize("shown", ["00:00", "08:05", "23:59", "24:00"])
def test_minutes_and_clocks_say_the_same(shown: str) -> None:
    assert clock(minute_of(shown)) == shown


@pytest.mark.parametrize(
    ("day", "minute", "ends"),
    [
        # 29 March 2026, 23 hours long: London's clock goes from 01:00 to 02:00.
        (date(2026, 3, 29), 12 * 60, datetime(2026, 3, 29, 11, tzinfo=UTC)),
        (date(2026, 3, 29), 60, datetime(2026, 3, 29, 1, tzinfo=UTC)),
        (date(2026, 3, 29), 90, datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # left out: 02:30 on the clock
        # 25 October 2026, 25 hours long: from 02:00 back to 01:00.
        (date(2026, 10, 25), 12 * 60, datetime(2026, 10, 25, 12, tzinfo=UTC)),
        (date(2026, 10, 25), 60, datetime(2026, 10, 25, 1, tzinfo=UTC)),  # shown twice: the second time
        (date(2026, 10, 25), 90, datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        (date(2026, 10, 25), 24 * 60, datetime(2026, 10, 26, tzinfo=UTC)),
    ],
)
def test_a_slot_ends_by_the_clock_on_days_of_23_and_of_25_hours(
    day: date, minute: int, ends: datetime
) -> None:
    assert end_of("Europe/London", day, minute) == ends


def test_a_slot_that_has_ended_does_not_begin_anew_when_the_clock_is_put_back() -> None:
    night = replace(LONDON, slots=(Slot("night", 0, 90, 5), Slot("early", 90, 18 * 60, 5)))
    midnight = datetime(2026, 10, 24, 23, tzinfo=UTC)
    seen = [left(midnight + timedelta(minutes=10 * n), night) for n in range(25 * 6)]
    assert [len(one) for one in seen] == sorted((len(one) for one in seen), reverse=True)
    # From 00:00 to 01:30 the second time: two hours and a half.
    assert sum("night" in one for one in seen) == 15


def test_units_come_from_the_earliest_slot_with_room_and_spill_into_the_next() -> None:
    rooms = {LONDON.id: {FIRST: 4, SECOND: 6}}
    taken = in_slots(wanting(3, 2, 1), rooms)
    assert [(one.line, one.quantity, one.capacity) for one in taken] == [
        ("1", 3, FIRST),
        ("2", 1, FIRST),
        ("2", 1, SECOND),
        ("3", 1, SECOND),
    ]


def test_what_is_more_than_there_is_room_for_is_asked_of_the_last_slot() -> None:
    taken = in_slots(wanting(9), {LONDON.id: {FIRST: 0, SECOND: 6}})
    assert [(one.quantity, one.capacity) for one in taken] == [(9, SECOND)]


def test_where_no_slot_is_left_nothing_can_be_taken() -> None:
    with pytest.raises(CapacityFull, match="LON1 on 2026-11-23: 2 units wanted, room for 0"):
        in_slots(wanting(2), {LONDON.id: {}})


def test_whole_days_and_what_uses_no_room_stay_as_they_are() -> None:
    plain, none = wanting(2), wanting(3, capacity=None)
    assert in_slots(plain, {LONDON.id: {DAY: 5}}) == tuple(plain)
    assert in_slots(plain, {}) == tuple(plain)
    assert in_slots(none, {LONDON.id: {FIRST: 1}}) == tuple(none)


def test_a_network_as_of_an_instant_has_the_units_of_what_is_left_of_the_day() -> None:
    network = Network({LONDON.id: LONDON}, {}, {}, {})
    noon, evening = as_of(network, at(12)), as_of(network, at(18))
    assert [one.nodes[LONDON.id].units_per_day for one in (noon, evening)] == [6, 0]
    assert as_of(evening, at(9)) == network  # from any hour to any other
    assert of_all_day(evening.nodes[LONDON.id]) == LONDON
    # 3 of the 6 of the afternoon taken: half its load, whatever the morning did.
    assert noon.nodes[LONDON.id].load_cost(3) == 500_000
    whole = Network({LONDON.id: replace(LONDON, slots=())}, {}, {}, {})
    assert as_of(whole, at(18)) is whole


def test_the_rows_of_a_day_are_those_of_its_slots() -> None:
    assert [(row.key, row.limit, row.used) for row in capacity_of(LONDON, TODAY)] == [
        (FIRST, 4, 0),
        (SECOND, 6, 0),
    ]
    assert room_in({LONDON.id: {FIRST: 1, SECOND: 6}, NodeId("x"): {}}) == {LONDON.id: 7, NodeId("x"): 0}


@pytest.mark.parametrize(
    ("slots", "pointer", "said"),
    [
        ([replace(MORNING, end=480)], "/slots/0/end", "is 08:00, and it starts at 08:00: a slot ends after"),
        ([AFTERNOON, replace(MORNING, end=420)], "/slots/1/end", "one that runs over midnight is two"),
        ([replace(MORNING, end=24 * 60 + 1)], "/slots/0/end", "24:00 at the latest"),
        ([MORNING, replace(AFTERNOON, name="morning")], "/slots/1/name", "is the name of slot 1, too"),
        ([replace(MORNING, name="day")], "/slots/0/name", "it stands for the whole day; call it otherwise"),
        ([replace(MORNING, name="")], "/slots/0/name", "cannot name a slot"),
        (
            [replace(AFTERNOON, start=660), MORNING],
            "/slots/0/start",
            r"afternoon \(11:00 to 18:00\) begins before morning \(08:00 to 12:00\) has ended: let it begin "
            "at 12:00 or later",
        ),
        ([replace(MORNING, units=-1)], "/slots/0/units", "is -1: give 0 to 1,000,000,000"),
        (
            [replace(MORNING, units=900_000_000), replace(AFTERNOON, units=900_000_000)],
            "/slots",
            "have 1,800,000,000 units together",
        ),
        (
            [Slot(str(n), n, n + 1, 1) for n in range(MAX_SLOTS + 1)],
            "/slots",
            "are 49 slots: give at most 48",
        ),
    ],
)
def test_what_is_no_part_of_a_day_is_named(slots: list[Slot], pointer: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as refused:
        replace(LONDON, slots=tuple(slots))
    assert refused.value.pointer == pointer
