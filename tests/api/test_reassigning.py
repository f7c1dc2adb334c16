"""Orders sourced again: as is decided anew, or as the caller wants; alone, or several in one step."""

from typing import Any

import httpx
import pytest

from api.settings import Settings
from fulfillment.ids import LineId, NodeId, OrderId, ServiceId, SkuId
from fulfillment.ledger.protocol import Wanted
from fulfillment.supply import SupplyKey
from storage.database import open_database
from tests.api.support import key
from tests.api.walking import balanced, figures, nodes, record, refusal, reserve, set_clock, step, walk


def switch(client: httpx.Client, node: str, *, on: bool) -> None:
    body = {"is_on": True} if on else {"is_on": False, "off_reason": "Flood"}
    assert client.patch(f"/v1/nodes/{node}", json=body).status_code == 200


def several(client: httpx.Client, **body: Any) -> httpx.Response:
    return client.post("/v1/reassignments", json=body, headers=key())


def want(line: str, node: str, quantity: int, **more: Any) -> dict[str, Any]:
    return {"line": line, "node": node, "quantity": quantity, **more}


def held_at_lon(client: httpx.Client, name: str, units: int) -> None:
    """An order that was served from the store because the DC was off."""
    switch(client, "DC1", on=False)
    reserve(client, name, ("K-17", units), mode="commit")
    switch(client, "DC1", on=True)
    assert nodes(client, name) == {"LON1": units}


def test_deciding_again_finds_the_better_node(client: httpx.Client) -> None:
    held_at_lon(client, "1", 2)
    answer = step(client, "1", "reassign").json()
    assert answer["moved"] == 2
    assert answer["orders"][0] == client.get("/v1/orders/1").json()
    assert nodes(client, "1") == {"DC1": 2}
    assert figures(client, "K-17", "LON1") == (12, 0, 11)
    decided = client.get("/v1/orders/1/decision").json()
    assert (decided["revision"], decided["shipments"][0]["node"]) == (answer["orders"][0]["revision"], "DC1")
    assert balanced(client)


def test_what_is_best_already_stays_and_nothing_is_written(client: httpx.Client) -> None:
    reserve(client, "1", ("K-17", 2))
    before = client.get("/v1/orders/1").json()
    answer = step(client, "1", "reassign").json()
    assert answer == {"moved": 0, "orders": [before]}


def test_a_reservation_stays_soft_and_keeps_its_expiry(client: httpx.Client) -> None:
    set_clock(client, "2026-11-21T09:00:00Z")
    switch(client, "DC1", on=False)
    before = reserve(client, "1", ("K-17", 2))
    switch(client, "DC1", on=True)
    set_clock(client, "2026-11-21T09:10:00Z")
    after = step(client, "1", "reassign").json()["orders"][0]
    assert (after["state"], after["expires_at"]) == ("reserved", before["expires_at"])
    set_clock(client, "2026-11-21T09:30:00Z")
    refusal(step(client, "1", "reassign"), 409, "illegal-transition")


def test_claims_left_short_by_a_count_are_sourced_from_elsewhere(client: httpx.Client) -> None:
    held_at_lon(client, "1", 5)
    assert record(client, "count", "K-17", "LON1", 2)["shortfall"] == 3
    (short,) = client.get("/v1/shortfalls").json()["items"]
    answer = step(client, short["order"], "reassign", revision=short["revision"]).json()
    assert answer["moved"] == 5
    assert client.get("/v1/shortfalls").json()["items"] == []
    assert nodes(client, "1") == {"DC1": 5}


def test_what_no_other_node_can_serve_stays_where_it_is(client: httpx.Client) -> None:
    reserve(client, "1", ("M-01", 4), ("T-03", 2), mode="commit")
    record(client, "count", "M-01", "BRS1", 1)
    before = nodes(client, "1")
    assert step(client, "1", "reassign").status_code == 200
    assert nodes(client, "1")["BRS1"] >= 4 <= before["BRS1"]
    assert [s["quantity"] for s in client.get("/v1/shortfalls").json()["items"]] == [3]
    assert balanced(client)


def test_frozen_units_stay_and_the_rest_moves(client: httpx.Client) -> None:
    held_at_lon(client, "1", 2)
    switch(client, "DC1", on=False)
    reserve(client, "2", ("K-17", 1), mode="commit")
    walk(client, "2", "send-to-node")
    switch(client, "DC1", on=True)
    refusal(step(client, "2", "reassign"), 409, "illegal-transition")
    refusal(several(client, orders=["1", "2"]), 409, "illegal-transition")
    assert nodes(client, "1") == {"LON1": 2}  # both or none


def test_the_callers_own_choice_is_made_as_it_is(client: httpx.Client) -> None:
    reserve(client, "1", ("K-17", 5))
    wanted = [want("1", "LON1", 3), want("1", "DC1", 2, service="ground")]
    answer = step(client, "1", "reassign", revision=1, wanted=wanted).json()
    assert (answer["moved"], nodes(client, "1")) == (3, {"LON1": 3, "DC1": 2})
    assert balanced(client)


def test_two_orders_swap_the_last_units(client: httpx.Client) -> None:
    """Each node has one left, and each order holds the other's: only the net change must be available."""
    for node, units in (("LON1", 1), ("DC1", 1), ("BRS1", 0)):
        record(client, "count", "T-03", node, units)
    client.post(
        "/v1/supply/import",
        json=[{"sku": "T-03", "node": "BRS1", "quantity": 0, "safety_stock": 0}],
    )
    first = next(iter(nodes(client, reserve(client, "A", ("T-03", 1), mode="commit")["id"])))
    other = next(iter(nodes(client, reserve(client, "B", ("T-03", 1), mode="commit")["id"])))
    assert {first, other} == {"DC1", "LON1"}
    refusal(
        step(client, "A", "reassign", revision=1, wanted=[want("1", other, 1)]), 409, "insufficient-stock"
    )
    swap = [
        {"order": "A", "revision": 1, "wanted": [want("1", other, 1)]},
        {"order": "B", "revision": 1, "wanted": [want("1", first, 1)]},
    ]
    answer = several(client, changes=swap)
    assert answer.json()["moved"] == 2, answer.text
    assert (nodes(client, "A"), nodes(client, "B")) == ({other: 1}, {first: 1})
    assert balanced(client)


def test_deciding_for_two_orders_swaps_their_last_units_where_that_costs_less(client: httpx.Client) -> None:
    """One order is near each of two stores, and each holds the last unit of the other's."""
    record(client, "count", "K-17", "DC1", 0)
    record(client, "count", "K-17", "LON1", 2)  # one is safety stock
    record(client, "count", "K-17", "BRS1", 1)
    switch(client, "LON1", on=False)
    reserve(client, "east", ("K-17", 1), mode="commit")
    switch(client, "LON1", on=True)
    reserve(client, "west", ("K-17", 1), mode="commit", destination={"zone": "UK-SW"})
    assert (nodes(client, "east"), nodes(client, "west")) == ({"BRS1": 1}, {"LON1": 1})
    assert step(client, "west", "reassign").json()["moved"] == 0
    assert several(client, orders=["east", "west"]).json()["moved"] == 2
    assert (nodes(client, "east"), nodes(client, "west")) == ({"LON1": 1}, {"BRS1": 1})
    assert balanced(client)


def test_a_change_made_for_an_older_revision_is_refused(client: httpx.Client) -> None:
    reserve(client, "1", ("K-17", 2))
    walk(client, "1", "confirm")
    answer = step(client, "1", "reassign", revision=1, wanted=[want("1", "LON1", 2)])
    assert refusal(answer, 409, "revision-conflict")["detail"] == "order 1 is at revision 2, not 1"
    refusal(step(client, "1", "reassign", revision=1), 409, "revision-conflict")


@pytest.mark.parametrize(
    ("wanted", "status", "kind", "pointer"),
    [
        ([want("9", "LON1", 2)], 422, "unknown-reference", "/wanted/0/line"),
        ([want("1", "LON9", 2)], 422, "unknown-reference", "/wanted/0/node"),
        ([want("1", "LON1", 2, source="PO-1")], 422, "unknown-reference", "/wanted/0/source"),
        ([want("1", "LON1", 2, service="air")], 422, "validation", "/wanted/0/service"),
        ([want("1", "LON1", 1)], 422, "invalid-input", "/wanted"),
        ([want("1", "LON1", 0)], 422, "validation", "/wanted/0/quantity"),
        ([want("1", "BRS1", 2)], 409, "insufficient-stock", ""),
        ([], 422, "validation", "/wanted"),
    ],
)
def test_a_bad_wish_is_named(
    client: httpx.Client, wanted: list[dict[str, Any]], status: int, kind: str, pointer: str
) -> None:
    reserve(client, "1", ("K-17", 2))
    problem = refusal(step(client, "1", "reassign", revision=1, wanted=wanted), status, kind)
    assert problem["errors"][0]["pointer"] == pointer
    assert nodes(client, "1") == {"DC1": 2}


def test_a_node_that_is_off_takes_no_orders(client: httpx.Client) -> None:
    reserve(client, "1", ("K-17", 2))
    switch(client, "LON1", on=False)
    answer = step(client, "1", "reassign", revision=1, wanted=[want("1", "LON1", 2)])
    assert refusal(answer, 422, "validation")["errors"][0]["detail"] == "LON1 is off"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "give orders"),
        (
            {"orders": ["1"], "changes": [{"order": "1", "revision": 1, "wanted": [want("1", "DC1", 1)]}]},
            "give",
        ),
        ({"orders": ["1", "1"]}, "order 1 is named twice"),
        ({"orders": []}, "has 0 items"),
        ({"orders": [str(n) for n in range(51)]}, "at most 50"),
    ],
)
def test_a_bad_set_of_orders_is_refused(client: httpx.Client, body: dict[str, Any], says: str) -> None:
    assert says in refusal(several(client, **body), 422, "validation")["detail"]


def test_wanted_needs_a_revision_and_the_order_must_be_known(client: httpx.Client) -> None:
    reserve(client, "1", ("K-17", 2))
    answer = step(client, "1", "reassign", wanted=[want("1", "LON1", 2)])
    assert "revision" in refusal(answer, 422, "validation")["detail"]
    refusal(several(client, orders=["1", "nobody"]), 404, "not-found")


def test_units_of_another_sku_than_the_lines_are_not_moved(client: httpx.Client, settings: Settings) -> None:
    reserve(client, "1", ("K-17", 2), mode="commit")
    database = open_database(settings.database_url)
    with database.writing() as stores:
        part = Wanted(LineId("1"), SupplyKey(SkuId("T-03"), NodeId("DC1")), 1, ServiceId("ground"))
        stores.ledger.reserve(OrderId("1"), [part], expires_at=None, now=stores.now)
    database.close()
    assert (
        "no whole units of its own" in refusal(step(client, "1", "reassign"), 422, "invalid-input")["detail"]
    )
