"""Quote, reserve, commit, and an order's way to the shopper."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from api.orders import deciding, sourcing
from tests.api.support import key, order


def reserve(client: httpx.Client, body: dict[str, Any]) -> httpx.Response:
    return client.post("/v1/orders", json=body, headers=key())


def step(client: httpx.Client, name: str, verb: str, body: dict[str, Any] | None = None) -> httpx.Response:
    return client.post(f"/v1/orders/{name}/{verb}", json=body, headers=key())


def available(client: httpx.Client, sku: str, node: str) -> int:
    answer = client.get("/v1/availability", params={"sku": sku, "node": node}).json()
    units: int = answer["items"][0]["available"]
    return units


def set_clock(client: httpx.Client, now: str) -> None:
    assert client.put("/v1/demo/clock", json={"now": now}).status_code == 200


def test_a_quote_writes_nothing_and_needs_no_key(client: httpx.Client) -> None:
    answer = client.post("/v1/orders", json=order("1", ("K-17", 2), mode="quote"))
    assert answer.status_code == 200
    assert answer.json()["state"] == "quoted"
    assert answer.json()["reservable"] is True
    assert available(client, "K-17", "DC1") == 40
    assert client.get("/v1/orders").json()["items"] == []
    assert client.get("/v1/orders/1").status_code == 404


def test_a_quote_of_what_is_gone_says_that_it_would_not_be_granted(client: httpx.Client) -> None:
    answer = client.post("/v1/orders", json=order("1", ("M-01", 9), mode="quote", accept_partial=False))
    assert answer.status_code == 200
    assert answer.json()["reservable"] is False
    assert answer.json()["unfilled"] == [{"line": "1", "sku": "M-01", "quantity": 4, "reason": "no_stock"}]


def test_reserving_holds_the_units_until_the_reservation_expires(client: httpx.Client) -> None:
    set_clock(client, "2026-11-21T09:00:00Z")
    answer = reserve(client, order("1", ("K-17", 2)))
    assert answer.status_code == 201
    assert answer.headers["Location"] == "/v1/orders/1"
    assert answer.json()["expires_at"] == "2026-11-21T09:30:00Z"
    assert available(client, "K-17", "DC1") == 38
    set_clock(client, "2026-11-21T09:30:00Z")
    assert available(client, "K-17", "DC1") == 40
    assert client.get("/v1/orders/1").json()["state"] == "expired"
    late = step(client, "1", "confirm")
    assert (late.status_code, late.json()["type"]) == (409, "/problems/reservation-expired")
    again = reserve(client, order("1", ("K-17", 2)))
    assert (again.status_code, again.json()["state"]) == (201, "reserved")


def test_commit_is_firm_at_once(client: httpx.Client) -> None:
    answer = reserve(client, order("1", ("K-17", 2), mode="commit")).json()
    assert (answer["state"], answer["expires_at"]) == ("allocated", None)


def test_cost_lines_add_up_and_the_bound_is_no_dearer(client: httpx.Client) -> None:
    answer = reserve(client, order("1", ("K-17", 45), ("T-03", 3), ("M-01", 7))).json()
    lines = answer["cost_lines"]
    for unit in ("micros", "minor"):
        assert sum(line[unit] for line in lines) == answer["total"][unit]
        parts = ("cash", "lost_margin", "steering")
        assert sum(answer[part][unit] for part in parts) == answer["total"][unit]
        for part in ("cash", "steering"):
            assert sum(line[unit] for line in lines if line[f"is_{part}"]) == answer[part][unit]
    assert answer["bound"]["micros"] <= answer["total"]["micros"]
    assert answer["gap"]["micros"] == answer["total"]["micros"] - answer["bound"]["micros"]
    assert answer["unfilled_units"] == 2


def test_an_order_served_in_part_is_granted_and_names_what_is_missing(client: httpx.Client) -> None:
    answer = reserve(client, order("1", ("M-01", 9)))
    assert answer.status_code == 201
    assert answer.json()["unfilled"] == [{"line": "1", "sku": "M-01", "quantity": 4, "reason": "no_stock"}]
    assert client.get("/v1/orders/1").json()["lines"][0]["held"] == 5


def test_an_order_to_be_filled_whole_is_refused_if_it_cannot_be(client: httpx.Client) -> None:
    answer = reserve(client, order("1", ("T-03", 1), ("M-01", 9), accept_partial=False))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/insufficient-stock")
    assert answer.json()["errors"] == [
        {
            "pointer": "/lines/1",
            "detail": "SKU M-01: 9 wanted, 5 can be served; available: 5 at BRS1",
        }
    ]
    assert client.get("/v1/orders/1").status_code == 404
    assert available(client, "M-01", "BRS1") == 5


def test_an_order_of_which_nothing_can_be_served_is_refused(client: httpx.Client) -> None:
    assert reserve(client, order("1", ("M-01", 5))).status_code == 201
    answer = reserve(client, order("2", ("M-01", 1)))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/insufficient-stock")
    assert "none is available anywhere" in answer.json()["detail"]


def test_a_ring_fence_serves_its_channel_first_and_no_other(client: httpx.Client) -> None:
    assert reserve(client, order("1", ("M-01", 9), channel="app")).json()["unfilled_units"] == 1
    claims = client.get("/v1/orders/1").json()["claims"]
    assert {(claim["pool"], claim["quantity"]) for claim in claims} == {("app", 3), ("common", 5)}


def test_two_lines_of_one_sku_are_checked_together(client: httpx.Client) -> None:
    answer = reserve(client, order("1", ("M-01", 3), ("M-01", 3)))
    assert answer.status_code == 201
    assert answer.json()["unfilled_units"] == 1
    assert available(client, "M-01", "BRS1") == 0


def test_a_node_ships_no_more_in_a_day_than_it_can(client: httpx.Client) -> None:
    set_clock(client, "2026-11-21T09:00:00Z")
    node = client.get("/v1/nodes?limit=1").json()["items"][0]
    assert node["id"] == "BRS1"
    assert client.post("/v1/nodes/import", json=[{**node, "units_per_day": 3}]).status_code == 200
    assert reserve(client, order("1", ("M-01", 5))).json()["unfilled_units"] == 2
    assert reserve(client, order("2", ("M-01", 1))).status_code == 409
    set_clock(client, "2026-11-22T09:00:00Z")
    assert reserve(client, order("3", ("M-01", 1))).status_code == 201


def test_a_node_that_is_off_sources_nothing(client: httpx.Client) -> None:
    assert client.patch("/v1/nodes/DC1", json={"is_on": False, "off_reason": "Flood"}).status_code == 200
    assert reserve(client, order("1", ("K-17", 2))).json()["shipments"][0]["node"] == "LON1"


def test_stock_at_a_node_that_is_off_is_not_called_available(client: httpx.Client) -> None:
    for node in ("DC1", "LON1"):
        client.patch(f"/v1/nodes/{node}", json={"is_on": False, "off_reason": "Flood"})
    answer = reserve(client, order("1", ("K-17", 2)))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/insufficient-stock")
    assert answer.json()["errors"] == [
        {
            "pointer": "/lines/0",
            "detail": "SKU K-17: 2 wanted, 0 can be served; held back: 40 at DC1 (off), 11 at LON1 (off)",
        }
    ]
    assert answer.json()["fix"].startswith("Turn DC1, LON1 on again")


@pytest.mark.parametrize("units_per_day", [0, 3])
def test_stock_without_room_to_ship_it_today_is_a_full_day(client: httpx.Client, units_per_day: int) -> None:
    node = client.get("/v1/nodes?limit=1").json()["items"][0]
    sent = client.post("/v1/nodes/import", json=[{**node, "units_per_day": units_per_day}])
    assert sent.status_code == 200
    answer = reserve(client, order("1", ("M-01", 5), accept_partial=False))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/capacity-full")
    assert answer.json()["errors"] == [
        {
            "pointer": "/lines/0",
            "detail": f"SKU M-01: 5 wanted, {units_per_day} can be served; "
            "held back: 5 at BRS1 (no room left today)",
        }
    ]
    assert answer.json()["fix"] == "Ask again on another day, or raise units_per_day of BRS1"
    too_many = reserve(client, order("1", ("M-01", 6), accept_partial=False))
    assert too_many.json()["type"] == "/problems/insufficient-stock"


@pytest.mark.parametrize("mode", ["quote", "reserve"])
def test_units_left_for_a_full_day_are_told_from_those_without_stock(client: httpx.Client, mode: str) -> None:
    node = client.get("/v1/nodes?limit=1").json()["items"][0]
    assert client.post("/v1/nodes/import", json=[{**node, "units_per_day": 3}]).status_code == 200
    sent = order("1", ("M-01", 4), ("M-01", 3), mode=mode)
    answer = client.post("/v1/orders", json=sent, headers=key()).json()
    reasons: Counter[str] = Counter()
    for one in answer["unfilled"]:
        reasons[one["reason"]] += one["quantity"]
    # Bristol has 5 mugs and room for 3: of 7, two wait for room, and two are nowhere.
    assert reasons == {"no_capacity": 2, "no_stock": 2}
    assert answer["unfilled_units"] == 4
    if mode == "reserve":
        kept = client.get("/v1/orders/1/decision").json()
        assert kept["unfilled"] == answer["unfilled"]


def test_stock_at_a_node_that_is_off_is_no_matter_of_room(client: httpx.Client) -> None:
    node = client.get("/v1/nodes?limit=1").json()["items"][0]
    assert client.post("/v1/nodes/import", json=[{**node, "units_per_day": 0}]).status_code == 200
    assert client.patch("/v1/nodes/BRS1", json={"is_on": False, "off_reason": "Flood"}).status_code == 200
    answer = client.post("/v1/orders", json=order("1", ("M-01", 1), mode="quote"), headers=key()).json()
    assert [one["reason"] for one in answer["unfilled"]] == ["no_stock"]


@pytest.mark.parametrize("change", [{"is_on": False}, {"units_per_day": 1}])
def test_a_node_turned_off_or_cut_while_deciding_is_not_used(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    dc = next(node for node in client.get("/v1/nodes").json()["items"] if node["id"] == "DC1")
    decide = sourcing.decide
    lasts: list[bool] = []

    def decide_slowly(snapshot: deciding.Snapshot, *, fast: bool, **more: Any) -> deciding.Decided:
        decided = decide(snapshot, fast=fast, **more)
        if not lasts:
            assert [shipment.node for shipment in decided.outcome.plan.shipments] == ["DC1"]
            if "is_on" in change:
                sent = client.patch("/v1/nodes/DC1", json={**change, "off_reason": "Flood"})
            else:
                sent = client.post("/v1/nodes/import", json=[{**dc, **change}])
            assert sent.status_code == 200, sent.text
        lasts.append(fast)
        return decided

    monkeypatch.setattr(sourcing, "decide", decide_slowly)
    with httpx.Client(base_url=client.base_url, timeout=60) as other:
        answer = reserve(other, order("1", ("K-17", 2)))
    assert answer.status_code == 201, answer.text
    held = {s["node"]: sum(line["quantity"] for line in s["lines"]) for s in answer.json()["shipments"]}
    assert "DC1" not in held or held["DC1"] <= change.get("units_per_day", 0)
    assert sum(held.values()) == 2
    assert lasts == [False, False]


def test_one_order_id_is_reserved_once_and_again_after_it_was_canceled(client: httpx.Client) -> None:
    assert reserve(client, order("1", ("K-17", 2))).status_code == 201
    second = reserve(client, order("1", ("K-17", 2)))
    assert (second.status_code, second.json()["type"]) == (409, "/problems/order-exists")
    assert second.json()["detail"] == "order 1 is reserved already; an order is reserved once"
    assert available(client, "K-17", "DC1") == 38
    assert step(client, "1", "cancel").json()["state"] == "canceled"
    assert reserve(client, order("1", ("K-17", 3))).status_code == 201
    assert client.get("/v1/orders/1").json()["lines"][0]["quantity"] == 3


def test_an_order_goes_from_reserved_to_shipped(client: httpx.Client) -> None:
    reserve(client, order("1", ("K-17", 2)))
    early = step(client, "1", "ship")
    assert (early.status_code, early.json()["type"]) == (409, "/problems/illegal-transition")
    assert step(client, "1", "confirm").json()["state"] == "allocated"
    assert step(client, "1", "send-to-node", {"node": "DC1"}).json()["state"] == "sent_to_node"
    assert step(client, "1", "ship").json()["state"] == "shipped"
    assert step(client, "1", "cancel").status_code == 409
    assert client.get("/v1/orders").json()["items"][0]["state"] == "shipped"


def test_units_of_a_line_are_canceled_and_shipped_in_parts(client: httpx.Client) -> None:
    reserve(client, order("1", ("K-17", 5), mode="commit"))
    canceled = step(client, "1", "cancel", {"units": {"1": 2}}).json()
    assert canceled["lines"][0]["held"] == 3
    assert available(client, "K-17", "DC1") == 37
    shipped = step(client, "1", "ship", {"units": {"1": 1}}).json()
    assert shipped["state"] == "allocated"
    assert sorted((c["state"], c["quantity"]) for c in shipped["claims"]) == [
        ("allocated", 2),
        ("canceled", 2),
        ("shipped", 1),
    ]
    too_many = step(client, "1", "ship", {"units": {"1": 3}})
    assert (too_many.status_code, too_many.json()["type"]) == (409, "/problems/illegal-transition")


def test_a_revision_that_is_not_the_newest_is_refused(client: httpx.Client) -> None:
    reserve(client, order("1", ("K-17", 5)))
    stale = step(client, "1", "confirm", {"revision": 0})
    assert (stale.status_code, stale.json()["type"]) == (409, "/problems/revision-conflict")
    assert step(client, "1", "confirm", {"revision": 1}).json()["revision"] == 2


def test_a_selection_of_unknown_lines_or_nodes_names_them(client: httpx.Client) -> None:
    reserve(client, order("1", ("K-17", 5)))
    answer = step(client, "1", "cancel", {"units": {"7": 1}, "node": "LON1"}).json()
    assert answer["type"] == "/problems/unknown-reference"
    assert [error["pointer"] for error in answer["errors"]] == ["/units/7", "/node"]
    assert [error["allowed"] for error in answer["errors"]] == ["1", "DC1"]


@pytest.mark.parametrize("verb", ["confirm", "cancel", "send-to-node", "ship"])
def test_an_order_never_seen_is_not_found(client: httpx.Client, verb: str) -> None:
    answer = step(client, "nobody", verb)
    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        "order nobody was never seen, or was purged",
    )


def test_the_decision_is_kept_with_the_figures_it_was_made_from(client: httpx.Client) -> None:
    given = reserve(client, order("1", ("K-17", 2))).json()
    client.post("/v1/orders/1/cancel", headers=key())
    kept = client.get("/v1/orders/1/decision").json()
    assert kept.pop("seen") == {
        "nodes": ["DC1", "LON1"],
        "stock": {"K-17": [40, 11]},
        "capacity": [5000, 400],
    }
    assert kept == given


@pytest.fixture
def broken_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ArithmeticError("no pivot")

    monkeypatch.setattr(deciding, "source", fail)


@pytest.mark.usefixtures("broken_solver")
def test_a_broken_solver_leaves_an_answer_by_rule_that_says_so(client: httpx.Client) -> None:
    answer = reserve(client, order("1", ("K-17", 2)))
    assert answer.status_code == 201
    assert (answer.json()["degraded"], answer.json()["engine"]) == (True, "rule")
    assert answer.json()["shipments"][0]["node"] == "LON1"  # the nearest
    assert step(client, "1", "confirm").json()["state"] == "allocated"


def test_orders_come_in_pages(client: httpx.Client) -> None:
    for name in ("a", "b", "c"):
        reserve(client, order(name, ("T-03", 1)))
    first = client.get("/v1/orders?limit=2").json()
    assert [item["id"] for item in first["items"]] == ["a", "b"]
    second = client.get("/v1/orders", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [item["id"] for item in second["items"]] == ["c"]
    assert second["next_cursor"] is None


def test_an_order_is_dated_by_its_own_instant_or_by_now(client: httpx.Client) -> None:
    set_clock(client, "2026-11-21T09:00:00Z")
    reserve(client, order("1", ("T-03", 1), placed_at="2026-11-20T23:00:00-01:00"))
    reserve(client, order("2", ("T-03", 1)))
    placed = [datetime.fromisoformat(client.get(f"/v1/orders/{n}").json()["placed_at"]) for n in ("1", "2")]
    assert placed[1] - placed[0] == timedelta(hours=9)


def test_equal_orders_in_equal_states_get_equal_decisions(client: httpx.Client) -> None:
    body = order("1", ("K-17", 45), ("T-03", 105), ("M-01", 2), mode="quote")
    first, second = (client.post("/v1/orders", json=body).json() for _ in range(2))
    for answer in (first, second):
        del answer["seconds"], answer["decided_at"]
    assert first == second
