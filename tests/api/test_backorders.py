"""Backorders over HTTP: what no node has is promised from what is on its way, with its date."""

from typing import Any

import httpx
import pytest

from tests.api.support import key, order
from tests.api.walking import balanced, figures, nodes, record, refusal, reserve, set_clock, step, walk


@pytest.fixture
def client(client: httpx.Client) -> httpx.Client:
    """M-01: five in Bristol, and two deliveries to come; K-17 as elsewhere."""
    set_clock(client, "2026-11-21T09:00:00Z")
    record(client, "inbound", "M-01", "DC1", 4, source="PO-2", earliest="2026-12-03")
    record(client, "inbound", "M-01", "LON1", 3, source="PO-1", earliest="2026-11-28")
    return client


def waiting(answer: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(one["source"], one["expected"], one["quantity"]) for one in answer["backordered"]]


def test_missing_units_wait_for_the_earliest_delivery_and_its_date_is_shown(client: httpx.Client) -> None:
    answer = reserve(client, "1", ("M-01", 9), mode="commit", allow_backorder=True)
    assert answer["state"] == "allocated"
    assert waiting(answer) == [("PO-1", "2026-11-28", 3), ("PO-2", "2026-12-03", 1)]
    assert (answer["unfilled"], answer["unfilled_units"], answer["backordered_units"]) == ([], 0, 4)
    claims = client.get("/v1/orders/1").json()["claims"]
    assert [(c["state"], c["expected"], c["promised_by"]) for c in claims] == [
        ("allocated", None, None),
        ("backordered", "2026-11-28", "2026-11-28T23:59:59Z"),
        ("backordered", "2026-12-03", "2026-12-03T23:59:59Z"),
    ]
    kept = client.get("/v1/orders/1/decision").json()
    assert kept["backordered"] == answer["backordered"]
    assert balanced(client)


def test_without_the_wish_missing_units_are_unfilled_as_before(client: httpx.Client) -> None:
    answer = reserve(client, "1", ("M-01", 9), mode="commit")
    assert (answer["unfilled_units"], answer["backordered"]) == (4, [])


def test_an_order_of_which_everything_waits_is_granted_and_says_so(client: httpx.Client) -> None:
    reserve(client, "1", ("M-01", 5), mode="commit")
    refused = client.post("/v1/orders", json=order("2", ("M-01", 2)), headers=key())
    refusal(refused, 409, "insufficient-stock")
    quote = client.post("/v1/orders", json=order("2", ("M-01", 2), mode="quote", allow_backorder=True)).json()
    assert (quote["reservable"], waiting(quote)) == (True, [("PO-1", "2026-11-28", 2)])
    answer = reserve(client, "2", ("M-01", 2), mode="commit", allow_backorder=True)
    assert (answer["state"], answer["shipments"]) == ("backordered", [])


def test_a_reservation_of_what_is_to_come_expires_as_any_other(client: httpx.Client) -> None:
    reserve(client, "1", ("M-01", 7), allow_backorder=True)
    set_clock(client, "2026-11-21T09:30:00Z")
    refusal(step(client, "1", "confirm"), 409, "reservation-expired")
    assert reserve(client, "2", ("M-01", 12), allow_backorder=True)["backordered_units"] == 7
    assert walk(client, "2", "confirm") == ["allocated"]


def test_what_nobody_has_and_nobody_sends_is_still_unfilled(client: httpx.Client) -> None:
    answer = reserve(client, "1", ("M-01", 20), allow_backorder=True)
    assert answer["unfilled"] == [{"line": "1", "sku": "M-01", "quantity": 8, "reason": "no_stock"}]
    assert (answer["unfilled_units"], answer["unfilled_bound"]) == (8, 8)
    whole = order("2", ("M-01", 1), allow_backorder=True, accept_partial=False)
    refusal(client.post("/v1/orders", json=whole, headers=key()), 409, "insufficient-stock")


def test_an_order_to_be_filled_whole_may_be_filled_by_waiting(client: httpx.Client) -> None:
    answer = reserve(client, "1", ("M-01", 9), allow_backorder=True, accept_partial=False)
    assert answer["backordered_units"] == 4


def test_a_full_day_is_no_reason_to_wait_for_a_delivery(client: httpx.Client) -> None:
    node = client.get("/v1/nodes?limit=1").json()["items"][0]
    client.post("/v1/nodes/import", json=[{**node, "units_per_day": 3}])
    answer = reserve(client, "1", ("M-01", 5), allow_backorder=True)
    assert [one["reason"] for one in answer["unfilled"]] == ["no_capacity"]
    assert answer["backordered"] == []


def test_a_node_that_is_off_promises_nothing_it_waits_for(client: httpx.Client) -> None:
    client.patch("/v1/nodes/LON1", json={"is_on": False, "off_reason": "Closed"})
    answer = reserve(client, "1", ("M-01", 6), allow_backorder=True)
    assert waiting(answer) == [("PO-2", "2026-12-03", 1)]


def test_a_delivery_that_is_overdue_is_expected_today(client: httpx.Client) -> None:
    set_clock(client, "2026-11-30T09:00:00Z")
    assert waiting(reserve(client, "1", ("M-01", 6), allow_backorder=True)) == [("PO-1", "2026-11-30", 1)]


def test_a_channel_waits_for_its_own_deliveries_and_no_other_does(client: httpx.Client) -> None:
    record(client, "inbound", "M-01", "DC1", 2, source="PO-3", earliest="2026-11-25", pool="app")
    assert waiting(reserve(client, "web", ("M-01", 6), allow_backorder=True))[0][0] == "PO-1"
    app = reserve(client, "app", ("M-01", 4), allow_backorder=True, channel="app")
    assert waiting(app) == [("PO-3", "2026-11-25", 1)]


def test_a_backorder_is_sourced_from_stock_that_turns_up_elsewhere(client: httpx.Client) -> None:
    reserve(client, "1", ("M-01", 7), mode="commit", allow_backorder=True)
    record(client, "count", "M-01", "DC1", 10)
    assert step(client, "1", "reassign").json()["moved"] >= 2
    claims = client.get("/v1/orders/1").json()["claims"]
    assert {c["state"] for c in claims} == {"allocated"}
    assert any(c["promised_by"] == "2026-11-28T23:59:59Z" for c in claims)  # what was promised stays
    assert balanced(client)


def test_a_caller_may_peg_a_line_to_a_delivery(client: httpx.Client) -> None:
    reserve(client, "1", ("M-01", 2), mode="commit")
    wanted = [{"line": "1", "node": "DC1", "quantity": 2, "source": "PO-2"}]
    answer = step(client, "1", "reassign", revision=1, wanted=wanted).json()
    assert answer["orders"][0]["state"] == "backordered"
    assert (nodes(client, "1"), figures(client, "M-01", "BRS1")) == ({"DC1": 2}, (5, 0, 5))


@pytest.mark.parametrize("bad", ["yes", 1, None])
def test_allow_backorder_is_true_or_false(client: httpx.Client, bad: object) -> None:
    body = order("1", ("M-01", 1), allow_backorder=bad)
    problem = refusal(client.post("/v1/orders", json=body, headers=key()), 422, "validation")
    assert problem["errors"][0]["pointer"] == "/allow_backorder"
