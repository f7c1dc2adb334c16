"""Stock-outs from the ledger: what sold and was damaged through the API flags the demand that is kept."""

from typing import Any

import httpx
import pytest

from tests.api.support import key, load
from tests.api.walking import record, reserve, set_clock

NOTHING = {"series": 0, "stocked_out": 0, "sold_out": 0}


def keep(client: httpx.Client, *series: tuple[str, str, list[int]], **more: Any) -> None:
    """Weeks up to that of 16 November 2026."""
    rows = [
        {"sku": sku, "place": place, "first": f"2026-11-{23 - 7 * len(units):02}", "units": units, **more}
        for sku, place, units in series
    ]
    assert client.post("/v1/demand/history", json=rows, headers=key()).status_code == 200


def flag(client: httpx.Client, **query: Any) -> dict[str, int]:
    answer = client.post("/v1/demand/stock-outs", params=query, headers=key())
    assert answer.status_code == 200, answer.text
    found: dict[str, int] = answer.json()
    return found


def flags(client: httpx.Client, sku: str, place: str, grain: str = "week") -> tuple[list[bool], list[bool]]:
    found = client.get(f"/v1/demand/history/{sku}/{place}", params={"grain": grain}).json()
    return found["stocked_out"], found["sold_out"]


@pytest.fixture
def shelves(empty: httpx.Client) -> httpx.Client:
    """London sells its kettles out and is filled again after six days; Bristol breaks its mugs and towels."""
    set_clock(empty, "2026-10-26T08:00:00Z")
    load(empty)
    set_clock(empty, "2026-11-03T10:00:00Z")
    record(empty, "walk_in_sale", "K-17", "LON1", 12)
    set_clock(empty, "2026-11-09T12:00:00Z")
    record(empty, "correction", "K-17", "LON1", 6, reason="found")
    set_clock(empty, "2026-11-11T10:00:00Z")
    record(empty, "damage", "M-01", "BRS1", 5)
    record(empty, "damage", "T-03", "BRS1", 8)
    return empty


def test_weeks_of_an_empty_shelf_are_flagged_by_what_emptied_it(shelves: httpx.Client) -> None:
    keep(shelves, ("K-17", "LON1", [12, 3, 4]), ("M-01", "BRS1", [2, 1, 0]), ("K-17", "UK-SE", [1, 1, 1]))
    assert flag(shelves) == {"series": 2, "stocked_out": 2, "sold_out": 1}
    assert flags(shelves, "K-17", "LON1") == ([], [True, False, False])  # half a day of the second week
    assert flags(shelves, "M-01", "BRS1") == ([False, True, True], [])
    assert flags(shelves, "K-17", "UK-SE") == ([], [])
    assert shelves.get("/v1/demand/history/M-01/BRS1").json()["units"] == [2, 1, 0]
    assert flag(shelves) == NOTHING


def test_days_are_flagged_day_by_day(shelves: httpx.Client) -> None:
    row = {"sku": "K-17", "place": "LON1", "first": "2026-11-02", "units": [1, 12, 0, 0, 0, 0, 0, 0, 2]}
    assert shelves.post("/v1/demand/history?grain=day", json=[row], headers=key()).status_code == 200
    assert flag(shelves) == NOTHING
    assert flag(shelves, grain="day") == {"series": 1, "stocked_out": 0, "sold_out": 7}
    assert flags(shelves, "K-17", "LON1", "day") == ([], [False, *[True] * 7, False])


def test_units_that_are_reserved_are_not_on_the_shelf(shelves: httpx.Client) -> None:
    set_clock(shelves, "2026-11-17T10:00:00Z")
    for node in ("DC1", "BRS1"):
        shelves.patch(f"/v1/nodes/{node}", json={"is_on": False, "off_reason": "Flood"})
    reserve(shelves, "1", ("K-17", 5))
    record(shelves, "walk_in_sale", "K-17", "LON1", 1)
    keep(shelves, ("K-17", "LON1", [12, 3, 4]))
    flag(shelves)
    assert flags(shelves, "K-17", "LON1") == ([], [True, False, True])


def test_a_flag_that_is_kept_stays_as_it_is(shelves: httpx.Client) -> None:
    keep(shelves, ("M-01", "BRS1", [2, 1, 0]), sold_out=[True, False, True])
    assert flag(shelves) == {"series": 1, "stocked_out": 1, "sold_out": 0}
    assert flags(shelves, "M-01", "BRS1") == ([False, True, False], [True, False, True])


def test_what_was_on_the_shelf_does_not_become_announced(shelves: httpx.Client) -> None:
    keep(shelves, ("T-03", "BRS1", [2]), ("M-01", "BRS1", [2, 1, 0]))
    assert flag(shelves)["series"] == 1
    assert flags(shelves, "T-03", "BRS1") == ([], [])


def test_a_ledger_that_tells_of_no_empty_shelf_flags_nothing(client: httpx.Client) -> None:
    assert flag(client) == NOTHING
