"""A node's day in slots, over HTTP: what is left of them decides, and what is taken is taken slot by slot.

Picking costs nothing in these shops (`tests.api.shops`). It is Monday, 23 November, 9:00 in London, unless a
case says otherwise. London is the cheaper node, with a morning of 4 units and an afternoon of 6.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from api.explanations.kept import read_kept
from api.settings import Settings
from fulfillment.ids import NodeId
from fulfillment.supply import CapacityRow
from scenarios.question import Question
from tests.api.shops import costs, rate, shop
from tests.api.support import ROOT, Server, database_of, key, order
from tests.api.test_choosing_nodes import decide, in_force, nodes, quote, unfilled
from tests.api.test_imports import listed, send
from tests.api.test_reassigning import want
from tests.api.walking import balanced, refusal, reserve, set_clock, step, walk

MORNING = {"name": "morning", "start": "08:00", "end": "12:00", "units": 4}
AFTERNOON = {"name": "afternoon", "start": "12:00", "end": "18:00", "units": 6}
NOON, EVENING = "2026-11-23T12:00:00Z", "2026-11-23T18:00:00Z"
MONDAY = "2026-11-23"


def two_shops(
    client: httpx.Client, *, slots: list[dict[str, Any]] | None = None, daventry: int = 50, **london: Any
) -> None:
    """London, 2.00 a parcel, with its slots; Daventry, 5.00, never full."""
    parted = {"units_per_day": None, "slots": [MORNING, AFTERNOON] if slots is None else slots, **london}
    shop(
        client,
        skus={"JAR": {}},
        stock={"LON1": {"JAR": 50}, "DC1": {"JAR": daventry}},
        rates=[rate("LON1", "2.00"), rate("DC1", "5.00")],
        nodes={"LON1": parted},
    )


def london(client: httpx.Client) -> dict[str, Any]:
    return next(one for one in listed(client, "nodes") if one["id"] == "LON1")


def change(client: httpx.Client, **fields: Any) -> None:
    """London is imported again with other fields."""
    row = {name: value for name, value in {**london(client), **fields}.items() if value is not None}
    answer = client.post("/v1/nodes/import", json=[row])
    assert answer.status_code == 200, answer.text


def commit(client: httpx.Client, name: str, units: int, **more: Any) -> dict[str, Any]:
    return reserve(client, name, ("JAR", units), mode="commit", **more)


def taken(client: httpx.Client, day: str = MONDAY) -> dict[str, int]:
    """Units taken of each slot of London's day, as the book has it; `day` where it was not parted."""
    entries = client.get("/v1/ledger/entries", params={"node": "LON1", "limit": 1000}).json()["items"]
    found: Counter[str] = Counter()
    for entry in entries:
        if entry["sku"] is None and entry["day"] == day:
            found[entry.get("slot", "day")] += entry["reserved_change"]
    return {slot: units for slot, units in found.items() if units}


def booked(client: httpx.Client, name: str) -> list[tuple[str, str, int]]:
    """Verb, slot and units of each entry of an order that changed what is taken of a slot."""
    entries = client.get("/v1/ledger/entries", params={"order": name, "limit": 1000}).json()["items"]
    return [(one["verb"], one["slot"], one["reserved_change"]) for one in entries if "slot" in one]


def room(client: httpx.Client, name: str) -> int:
    """Units that the decision saw London could still pick."""
    told = client.get(f"/v1/orders/{name}/explanation").json()
    return int(next(one["room"] for one in told["nodes"] if one["node"] == "LON1"))


def test_a_store_picks_in_the_morning_what_fits_and_the_rest_in_the_afternoon(empty: httpx.Client) -> None:
    """At 9:00 London has room for 10. Three jars are picked in the morning. Of two more one is, and one in
    the afternoon: an entry for each. Six do not fit into the 5 that are left, and leave Daventry together,
    for 5.00 and not 2.00 + 5.00; five do. Then London is full, and still is at noon."""
    two_shops(empty)
    first = commit(empty, "1", 3)
    assert (nodes(first), costs(first)) == (["LON1"], {"packages": 2_000_000})
    assert booked(empty, "1") == [("reserve", "morning", 3)]
    commit(empty, "2", 2)
    assert booked(empty, "2") == [("reserve", "morning", 1), ("reserve", "afternoon", 1)]
    third = decide(empty, quote("3", ("JAR", 6)))
    assert (nodes(third), costs(third)) == (["DC1"], {"packages": 5_000_000})
    assert nodes(commit(empty, "3", 5)) == ["LON1"]
    assert booked(empty, "3") == [("reserve", "afternoon", 5)]
    assert taken(empty) == {"morning": 4, "afternoon": 6}
    assert nodes(decide(empty, quote("4", ("JAR", 1)))) == ["DC1"]
    set_clock(empty, NOON)
    assert nodes(decide(empty, quote("4", ("JAR", 1)))) == ["DC1"]
    assert balanced(empty)


def test_what_a_slot_has_not_picked_when_it_ends_is_gone_and_tomorrow_has_its_own(
    empty: httpx.Client,
) -> None:
    """One jar is taken in the morning. At noon 3 of the morning are lost: 6 fit, 7 do not. In the evening
    nothing fits, and on Tuesday 10 do."""
    two_shops(empty)
    commit(empty, "1", 1)
    set_clock(empty, NOON)
    assert nodes(decide(empty, quote("2", ("JAR", 6)))) == ["LON1"]
    assert nodes(decide(empty, quote("3", ("JAR", 7), nodes={"at_most": 1}))) == ["DC1"]
    set_clock(empty, EVENING)
    assert nodes(decide(empty, quote("4", ("JAR", 1)))) == ["DC1"]
    set_clock(empty, "2026-11-24T07:00:00Z")
    commit(empty, "5", 10, nodes={"at_most": 1})
    assert taken(empty, "2026-11-24") == {"morning": 4, "afternoon": 6}
    assert taken(empty) == {"morning": 1}


def test_load_is_the_share_that_is_taken_of_the_slots_that_have_not_ended(empty: httpx.Client) -> None:
    """Another unit is 1.00 dearer in a London that is full. At 9:00 with 2 of 10 taken it is 0.20. The 4 of
    the morning and 2 of the afternoon taken it would be 0.60; at noon it is 2 of 6 in the afternoon: 0.33."""
    two_shops(empty, load_penalty="1.00")
    commit(empty, "1", 2)
    assert costs(decide(empty, quote("2", ("JAR", 1))))["load"] == 200_000
    commit(empty, "3", 4)
    assert costs(decide(empty, quote("4", ("JAR", 1))))["load"] == 600_000
    set_clock(empty, NOON)
    assert costs(decide(empty, quote("4", ("JAR", 1))))["load"] == 333_333


def test_what_is_canceled_rejected_or_expired_goes_back_to_the_slots_it_was_taken_from(
    empty: httpx.Client,
) -> None:
    """Five jars are 4 of the morning and 1 of the afternoon. Two are canceled, which leaves 3; the store
    does not find another; all of a second order, 5 of the afternoon, expire."""
    two_shops(empty, daventry=0)
    commit(empty, "1", 5)
    assert taken(empty) == {"morning": 4, "afternoon": 1}
    reserve(empty, "2", ("JAR", 5))
    assert taken(empty) == {"morning": 4, "afternoon": 6}
    refused = empty.post("/v1/orders", json=order("3", ("JAR", 1)), headers=key())
    refusal(refused, 409, "capacity-full")
    assert step(empty, "1", "cancel", units={"1": 2}).status_code == 200
    after = taken(empty)
    assert sum(after.values()) == 8
    freed = {"morning": 4 - after.get("morning", 0), "afternoon": 6 - after.get("afternoon", 0)}
    told = Counter({slot: -units for verb, slot, units in booked(empty, "1") if verb == "cancel"})
    assert told == Counter({slot: units for slot, units in freed.items() if units})
    walk(empty, "1", "send-to-node")
    assert step(empty, "1", "reject", units={"1": 1}, reason="not found").status_code == 200
    assert sum(taken(empty).values()) == 7
    set_clock(empty, "2026-11-23T11:00:00Z")
    commit(empty, "4", 1)
    assert sum(taken(empty).values()) == 3
    assert step(empty, "4", "cancel").status_code == 200
    walk(empty, "1", "ship")
    assert sum(taken(empty).values()) == 2  # shipped: picked, and not given back
    assert balanced(empty)


def test_a_kit_takes_room_by_the_units_picked_for_it_whichever_slots_they_are_of(empty: httpx.Client) -> None:
    """A gift is a jar and two bowls. Of the 10 units that London can pick three gifts take 9: 4 in the
    morning and 5 in the afternoon; a fourth does not fit. One gift canceled gives 3 units back."""
    shop(
        empty,
        skus={"JAR": {}, "BOWL": {}, "GIFT": {"components": {"JAR": 1, "BOWL": 2}}},
        stock={"LON1": {"JAR": 50, "BOWL": 50}},
        rates=[rate("LON1", "2.00")],
        nodes={"LON1": {"units_per_day": None, "slots": [MORNING, AFTERNOON]}},
    )
    four = reserve(empty, "1", ("GIFT", 4), mode="commit")
    assert unfilled(four) == [("1", 1, "no_capacity")]
    assert "detail" not in four["unfilled"][0]
    assert taken(empty) == {"morning": 4, "afternoon": 5}
    assert step(empty, "1", "cancel", units={"1": 1}).status_code == 200
    assert sum(taken(empty).values()) == 6
    again = reserve(empty, "2", ("GIFT", 1), mode="commit")
    assert unfilled(again) == []
    assert sum(taken(empty).values()) == 9
    set_clock(empty, NOON)
    assert step(empty, "2", "reassign").status_code == 200
    assert step(empty, "1", "cancel").status_code == 200
    assert step(empty, "2", "cancel").status_code == 200
    assert taken(empty) == {}
    assert balanced(empty)


def test_a_slot_has_room_again_for_what_was_canceled_of_it(empty: httpx.Client) -> None:
    two_shops(empty)
    commit(empty, "1", 10)
    assert step(empty, "1", "cancel").status_code == 200
    assert taken(empty) == {}
    commit(empty, "2", 10)
    assert taken(empty) == {"morning": 4, "afternoon": 6}


def test_an_order_sent_twice_with_one_key_takes_its_slots_once(empty: httpx.Client) -> None:
    two_shops(empty)
    sent, headers = order("1", ("JAR", 5)), key()
    first, again = (empty.post("/v1/orders", json=sent, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code, first.content) == (201, 201, again.content)
    assert taken(empty) == {"morning": 4, "afternoon": 1}


def test_after_the_last_slot_the_answer_says_that_it_has_ended_and_when(empty: httpx.Client) -> None:
    """Only London has jars. At 18:00 its last slot has ended: nothing of an order for jars alone is granted;
    of one with bowls, which Daventry has, the jars stay unfilled, with the reason in words. The explanation
    tells it too, and that 3 jars would have shipped if London had had room."""
    shop(
        empty,
        skus={"JAR": {}, "BOWL": {}},
        stock={"LON1": {"JAR": 50}, "DC1": {"BOWL": 50}},
        rates=[rate("LON1", "2.00"), rate("DC1", "5.00")],
        nodes={"LON1": {"units_per_day": None, "slots": [MORNING, AFTERNOON]}},
    )
    set_clock(empty, EVENING)
    problem = refusal(
        empty.post("/v1/orders", json=order("1", ("JAR", 3)), headers=key()), 409, "capacity-full"
    )
    assert problem["errors"][0]["detail"] == (
        "SKU JAR: 3 wanted, 0 can be served; "
        "held back: 50 at LON1 (no room left today: its last slot of today ended at 18:00)"
    )
    assert problem["fix"] == "Ask again on another day, or let the last slot of LON1 end later"
    both = commit_both(empty)
    assert unfilled(both) == [("1", 3, "no_capacity")]
    assert both["unfilled"][0]["detail"] == "LON1: its last slot of today ended at 18:00"
    told = empty.get("/v1/orders/2/explanation").json()
    account = next(one for one in told["nodes"] if one["node"] == "LON1")
    assert (account["state"], account["room"], account["units_per_day"]) == ("full", 0, 0)
    assert account["words"] == "has no room left that day: its last slot of today ended at 18:00"
    answers = {one["topic"]: one for one in told["answers"]}
    assert (
        "Had stock and no room left that day: LON1 (its last slot of today ended at 18:00)."
        in (answers["seen"]["points"])
    )
    assert (
        "nodes have it, and no room left that day (LON1: its last slot of today ended at 18:00)"
        in (answers["unfilled"]["points"][0])
    )
    (binding,) = [one for one in told["binding"] if one["kind"] == "capacity"]
    assert (binding["node"], binding["units"], binding["fills"]) == ("LON1", 6, {"1": 3})


def commit_both(client: httpx.Client) -> dict[str, Any]:
    return reserve(client, "2", ("JAR", 3), ("BOWL", 3), mode="commit")


def test_before_the_last_slot_has_ended_a_full_day_is_told_as_one(empty: httpx.Client) -> None:
    two_shops(empty, daventry=0)
    commit(empty, "1", 10)
    problem = refusal(
        empty.post("/v1/orders", json=order("2", ("JAR", 1)), headers=key()), 409, "capacity-full"
    )
    assert "held back: 40 at LON1 (no room left today)" in problem["errors"][0]["detail"]
    assert problem["fix"] == "Ask again on another day, or raise the units of slots of LON1"


def test_a_conflict_names_the_slot_that_has_ended_beside_a_rule(empty: httpx.Client) -> None:
    """Jars are in London, whose last slot has ended, and in Daventry, which a rule keeps out."""
    two_shops(empty)
    in_force(
        empty, {"kind": "never_ships_to", "name": "closed", "nodes": {"ids": ["DC1"]}, "zones": ["UK-SE"]}
    )
    set_clock(empty, EVENING)
    sent = order("1", ("JAR", 2), accept_partial=False)
    problem = refusal(empty.post("/v1/orders", json=sent, headers=key()), 422, "infeasible")
    details = {one["kind"]: one["detail"] for one in problem["conflict"]}
    assert details["day_full"] == "LON1 has no room left today (its last slot of today ended at 18:00)"
    assert {one["demand"]: one["helps"] for one in problem["relaxations"]} == {"LON1": True, "closed": True}


def test_what_is_reassigned_leaves_its_slot_and_takes_others(empty: httpx.Client) -> None:
    """Four jars of the morning are sourced anew from Daventry, as the caller wants: the morning is free.
    Back in London at noon they take the afternoon, for the morning is over, and 2 more do not fit. In the
    evening London takes none."""
    two_shops(empty)
    commit(empty, "1", 4)
    assert step(empty, "1", "reassign", revision=1, wanted=[want("1", "DC1", 4)]).status_code == 200
    assert taken(empty) == {}
    commit(empty, "2", 5)
    set_clock(empty, NOON)
    assert step(empty, "1", "reassign", revision=2, wanted=[want("1", "LON1", 4)]).json()["moved"] == 4
    assert taken(empty) == {"morning": 4, "afternoon": 5}
    assert nodes(commit(empty, "3", 2)) == ["DC1"]
    crowded = step(empty, "3", "reassign", revision=1, wanted=[want("1", "LON1", 2)])
    assert (
        "LON1 on 2026-11-23, slot afternoon: 2 units wanted, room for 1"
        in (refusal(crowded, 409, "capacity-full")["detail"])
    )
    set_clock(empty, EVENING)
    commit(empty, "4", 1)
    late = step(empty, "4", "reassign", revision=1, wanted=[want("1", "LON1", 1)])
    assert refusal(late, 409, "capacity-full")["detail"] == (
        "LON1 on 2026-11-23: 1 units wanted, room for 0 (LON1: its last slot of today ended at 18:00)"
    )
    assert balanced(empty)


def test_an_order_in_a_slot_that_has_ended_is_sourced_again_in_a_later_one_or_elsewhere(
    empty: httpx.Client,
) -> None:
    """Four jars in the morning were not picked by noon. Decided again they are picked in the afternoon. When
    that has ended, too, they leave Daventry."""
    two_shops(empty)
    commit(empty, "1", 4)
    set_clock(empty, NOON)
    assert step(empty, "1", "reassign").status_code == 200
    assert taken(empty) == {"afternoon": 4}
    set_clock(empty, EVENING)
    assert step(empty, "1", "reassign").json()["moved"] == 4
    assert taken(empty) == {}
    assert balanced(empty)


def test_what_an_order_holds_of_slots_is_free_to_itself_as_long_as_they_last(empty: httpx.Client) -> None:
    """All 10 units of London's day are one order's. Decided again it stays, for no other plan costs less. At
    noon only the 6 of the afternoon could be picked there: it leaves Daventry, 5.00, and not both."""
    two_shops(empty)
    commit(empty, "1", 10)
    assert step(empty, "1", "reassign").json()["moved"] == 0
    assert taken(empty) == {"morning": 4, "afternoon": 6}
    set_clock(empty, NOON)
    assert step(empty, "1", "reassign").json()["moved"] == 10
    assert taken(empty) == {}
    assert balanced(empty)


def test_what_can_be_picked_nowhere_else_keeps_its_place_in_a_slot_that_has_ended(
    empty: httpx.Client,
) -> None:
    """Ten jars are 4 of the morning and 6 of the afternoon, and no other node has jars. At noon 6 are decided
    anew, for as many as they are now. The others stay, and the morning's 4 stay counted; as do all in the
    evening."""
    two_shops(empty, daventry=0)
    commit(empty, "1", 10)
    for now in (NOON, EVENING):
        set_clock(empty, now)
        assert step(empty, "1", "reassign").json()["moved"] == 0
        assert taken(empty) == {"morning": 4, "afternoon": 6}
    assert booked(empty, "1") == [("reserve", "morning", 4), ("reserve", "afternoon", 6)]


def test_slots_may_change_while_units_are_taken_of_them(empty: httpx.Client) -> None:
    """Five jars are 4 of the morning and 1 of the afternoon. The morning shrinks to 2 units and an hour, so
    nothing of it is left; the afternoon, with 3 units, has 2. A slot of a new name starts with nothing taken.
    What was taken of the morning is given back to it."""
    two_shops(empty)
    commit(empty, "1", 5)
    shorter = {**MORNING, "end": "11:00", "units": 2}
    change(empty, slots=[shorter, {**AFTERNOON, "units": 3}])
    commit(empty, "2", 2, nodes={"at_most": 1})
    assert taken(empty) == {"morning": 4, "afternoon": 3}
    assert nodes(decide(empty, quote("3", ("JAR", 1)))) == ["DC1"]
    change(empty, slots=[{**AFTERNOON, "name": "late", "units": 1}])
    commit(empty, "4", 1)
    assert taken(empty) == {"morning": 4, "afternoon": 3, "late": 1}
    assert step(empty, "1", "cancel").status_code == 200
    assert taken(empty) == {"afternoon": 2, "late": 1}
    assert balanced(empty)


def test_a_day_becomes_slots_and_a_day_again(empty: httpx.Client) -> None:
    two_shops(empty, slots=[], units_per_day=5)
    commit(empty, "1", 5)
    assert taken(empty) == {"day": 5}
    change(empty, units_per_day=None, slots=[AFTERNOON])
    commit(empty, "2", 6)
    assert taken(empty) == {"day": 5, "afternoon": 6}
    change(empty, units_per_day=6, slots=None)
    commit(empty, "3", 1)
    assert taken(empty) == {"day": 6, "afternoon": 6}
    assert nodes(decide(empty, quote("4", ("JAR", 1)))) == ["DC1"]


def test_on_a_day_of_23_hours_slots_end_by_the_clock_on_the_wall(empty: httpx.Client) -> None:
    """Sunday, 28 March 2027: London's clock went from 01:00 to 02:00. Noon there is 11:00 in UTC."""
    two_shops(empty)
    set_clock(empty, "2027-03-28T10:59:00Z")
    assert nodes(decide(empty, quote("1", ("JAR", 7), nodes={"at_most": 1}))) == ["LON1"]
    set_clock(empty, "2027-03-28T11:00:00Z")
    assert nodes(decide(empty, quote("1", ("JAR", 7), nodes={"at_most": 1}))) == ["DC1"]
    commit(empty, "2", 1)
    assert taken(empty, "2027-03-28") == {"afternoon": 1}


def test_on_a_day_of_25_hours_the_hour_that_comes_twice_is_one_slot(empty: httpx.Client) -> None:
    """Sunday, 31 October 2027: from 02:00 back to 01:00. A slot until 01:30 is over at 01:30 UTC."""
    night = {"name": "night", "start": "00:00", "end": "01:30", "units": 4}
    two_shops(empty, slots=[night])
    for now, expected in (("00:45", "LON1"), ("01:15", "LON1"), ("01:30", "DC1")):
        set_clock(empty, f"2027-10-31T{now}:00Z")
        assert nodes(decide(empty, quote("1", ("JAR", 1)))) == [expected], now


def test_a_local_day_is_the_nodes_own(empty: httpx.Client) -> None:
    """In Auckland it is Tuesday, 08:00, when it is Monday, 19:00 in UTC: all of its slots are to come."""
    two_shops(empty, time_zone="Pacific/Auckland")
    set_clock(empty, "2026-11-23T19:00:00Z")
    commit(empty, "1", 5)
    assert taken(empty, "2026-11-24") == {"morning": 4, "afternoon": 1}


def test_an_explanation_stays_as_it_was_whatever_becomes_of_the_slots(
    empty: httpx.Client, settings: Settings
) -> None:
    """Decided at noon, with 6 of 6 left, and told in the evening, when London has one slot of another
    name. With room for 2 it would have left Daventry, 5.00 and not 2.00."""
    two_shops(empty, load_penalty="1.00")
    commit(empty, "1", 2)
    set_clock(empty, NOON)
    commit(empty, "2", 3)
    before = empty.get("/v1/orders/2/explanation").text
    set_clock(empty, EVENING)
    change(empty, slots=[{**MORNING, "name": "other", "units": 1}])
    assert empty.get("/v1/orders/2/explanation").text == before
    question = kept(settings, "2")
    site = question.network.nodes[NodeId("LON1")]
    assert (site.units_per_day, question.room(site.id), len(site.slots)) == (6, 6, 2)
    earlier = kept(settings, "1")
    assert (earlier.network.nodes[site.id].units_per_day, earlier.room(site.id)) == (10, 10)
    fewer = {"changes": [{"kind": "capacity", "node": "LON1", "units": 2}]}
    told = empty.post("/v1/orders/2/what-if", json=fewer).json()
    assert (nodes(told), told["more_cost"]["micros"]) == (["DC1"], 3_000_000)


def kept(settings: Settings, name: str) -> Question:
    with database_of(settings.database_url) as database, database.reading() as stores:
        question = read_kept(stores, name).question
    assert question is not None
    return question


def test_the_choice_of_the_oms_goes_against_a_slot_that_has_ended(empty: httpx.Client) -> None:
    two_shops(empty)
    set_clock(empty, EVENING)
    chosen = [{"line": "1", "node": "LON1", "quantity": 2}]
    answer = decide(empty, quote("1", ("JAR", 2), baseline=chosen))
    assert [one["detail"] for one in answer["baseline"]["violations"]] == [
        "LON1 ships 2 units today, has room for 0: its last slot of today ended at 18:00"
    ]


HEAD = (
    "id,name,kind,latitude,longitude,time_zone,labor_per_order,labor_per_line,labor_per_unit,priority,"
    "units_per_day,slots\n"
)
LEEDS = "LDS1,Leeds,store,53.8,-1.5,Europe/London,0,0,0,1"


def test_slots_come_from_a_cell_of_a_csv_and_are_listed_as_they_are_sent(empty: httpx.Client) -> None:
    cell = "early shift:06:30-12:00:40; late : 12:00 - 24:00 : 60"
    assert send(empty, "nodes", f"{HEAD}{LEEDS},,{cell}\n").status_code == 200
    (row,) = listed(empty, "nodes")
    assert row["slots"] == [
        {"name": "early shift", "start": "06:30", "end": "12:00", "units": 40},
        {"name": "late", "start": "12:00", "end": "24:00", "units": 60},
    ]
    assert "units_per_day" not in row
    assert empty.post("/v1/nodes/import", json=[row]).status_code == 200
    assert listed(empty, "nodes") == [row]
    off = empty.patch("/v1/nodes/LDS1", json={"is_on": False, "off_reason": "Flood"}).json()
    assert (off["slots"], off["is_on"]) == (row["slots"], False)
    assert send(empty, "nodes", f"{HEAD}{LEEDS},400,\n").status_code == 200
    (whole,) = listed(empty, "nodes")
    assert (whole["units_per_day"], "slots" in whole) == (400, False)


@pytest.mark.parametrize(
    ("fields", "pointer", "said"),
    [
        ({}, "units_per_day", "is missing: give units_per_day, or slots"),
        ({"slots": []}, "units_per_day", "is missing: give units_per_day, or slots"),
        ({"units_per_day": 5, "slots": [MORNING]}, "slots", "a node has one or the other, so leave one out"),
        ({"slots": [{**MORNING, "end": "07:00"}]}, "slots/0/end", "a slot ends after it starts"),
        (
            {"slots": [MORNING, {**MORNING, "start": "12:00", "end": "13:00"}]},
            "slots/1/name",
            "give each slot",
        ),
        ({"slots": [MORNING, {**AFTERNOON, "start": "11:30"}]}, "slots/1/start", "let it begin at 12:00"),
        ({"slots": [{**MORNING, "name": "day"}]}, "slots/0/name", "stands for the whole day"),
        ({"slots": [{**MORNING, "units": -1}]}, "slots/0/units", "at least 0"),
        ({"slots": [{**MORNING, "start": "8:00"}]}, "slots/0/start", "HH:MM"),
        ({"slots": [{**MORNING, "end": "25:00"}]}, "slots/0/end", "HH:MM"),
        ({"slots": [{**MORNING, "room": 3}]}, "slots/0/room", ""),
        (
            {"slots": [{**MORNING, "name": f"s{n}"} for n in range(49)]},
            "slots",
            "48",
        ),
    ],
)
def test_slots_that_cannot_be_meant_are_named_with_the_remedy(
    refusing: httpx.Client, fields: dict[str, Any], pointer: str, said: str
) -> None:
    row = {name: value for name, value in london(refusing).items() if name != "units_per_day"}
    answer = refusing.post("/v1/nodes/import", json=[{**row, **fields}])
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"] == f"/0/{pointer}"
    assert said in error["detail"]


@pytest.mark.parametrize(
    ("cells", "column", "said"),
    [
        (",", "units_per_day", "is missing: give units_per_day, or slots"),
        ("400,a:08:00-12:00:4", "slots", "leave one out"),
        (",a:08:00:4", "slots", '"a:08:00:4" is not of the form NAME:START-END:UNITS'),
        (",a 08-12:4", "slots", "is not of the form NAME:START-END:UNITS"),
        (",a:08:00-12:00:4;a:12:00-13:00:4", "slots", "give each slot its own"),
        (",a:08:00-12:00:many", "slots", ""),
    ],
)
def test_a_cell_that_holds_no_slots_is_named_by_line_and_column(
    refusing: httpx.Client, cells: str, column: str, said: str
) -> None:
    answer = send(refusing, "nodes", f"{HEAD}{LEEDS},{cells}\n")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["line"], error["column"]) == (2, column)
    assert said in error["detail"]


def test_client_processes_after_one_slot_take_no_unit_more_than_it_has(
    serve: Callable[..., Server],
) -> None:
    """Eight processes want far more than the 4 and 9 units of two slots, which is all the room there is."""
    first = serve()
    servers = [first] if first.database_url.startswith("sqlite") else [first, serve()]
    skus = ("K-17", "T-03", "M-01")
    with first.client() as client:
        shop(
            client,
            skus={sku: {} for sku in skus},
            stock={"LON1": dict.fromkeys(skus, 500)},
            rates=[rate("LON1", "2.00")],
            nodes={"LON1": {"units_per_day": None, "slots": [MORNING, {**AFTERNOON, "units": 9}]}},
        )
        racers = [
            subprocess.Popen(
                [
                    sys.executable,
                    str(ROOT / "tests/api/racer.py"),
                    servers[n % len(servers)].url,
                    f"r{n}",
                    "5",
                    "one",
                ],
                stdout=subprocess.PIPE,
                env={"PYTHONPATH": str(ROOT)},
            )
            for n in range(8)
        ]
        told = [racer.communicate(timeout=300)[0].decode() for racer in racers]
        assert [racer.returncode for racer in racers] == [0] * 8
        assert any('"status": 409' in one for one in told)
        assert taken(client) == {"morning": 4, "afternoon": 9}
        assert balanced(client)
        rows = capacity(first)
        assert {row.key.slot: (row.limit, row.used) for row in rows} == {
            "morning": (4, 4),
            "afternoon": (9, 9),
        }
        granted = client.get("/v1/orders", params={"limit": 200}).json()["items"]
        for one in granted:
            assert step(client, one["id"], "cancel").status_code == 200
        assert taken(client) == {}
        assert balanced(client)


def capacity(server: Server) -> list[CapacityRow]:
    with database_of(server.database_url) as database, database.reading() as stores:
        day = stores.now.date()
        return list(stores.ledger.capacity([(NodeId("LON1"), day)], now=stores.now))
