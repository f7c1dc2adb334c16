"""The addresses of webhooks and of the feed: what they answer, and what they refuse."""

from typing import Any

import httpx
import pytest

from api.settings import Settings
from api.webhooks import service
from tests.api.support import key, order, running

URL = "https://oms.example.com/hook"


def make(client: httpx.Client, **more: Any) -> dict[str, Any]:
    answer = client.post("/v1/webhooks", json={"url": URL, **more}, headers=key())
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_webhook_is_made_listed_changed_and_removed_and_its_secret_is_shown_once(
    empty: httpx.Client,
) -> None:
    sent = {"url": URL, "types": ["order.shipped", "order.shipped"]}
    answer = empty.post("/v1/webhooks", json=sent, headers=key("make"))
    made = answer.json()
    assert answer.headers["Location"] == f"/v1/webhooks/{made['id']}"
    assert made["secret"].startswith("whsec_")
    assert made["types"] == ["order.shipped"]
    again = empty.post("/v1/webhooks", json=sent, headers=key("make"))
    assert (again.text, again.headers["Idempotent-Replayed"]) == (answer.text, "true")
    shown = {name: value for name, value in made.items() if name not in ("secret", "old_secret_until")}
    assert empty.get("/v1/webhooks").json() == {"items": [shown], "next_cursor": None}
    assert empty.get(answer.headers["Location"]).json() == shown
    changed = empty.patch(answer.headers["Location"], json={"types": [], "is_on": False}).json()
    assert changed == shown | {"types": [], "is_on": False}
    assert empty.delete(answer.headers["Location"]).status_code == 204
    assert empty.delete(answer.headers["Location"]).status_code == 404
    assert empty.get("/v1/webhooks").json()["items"] == []


def test_webhooks_and_deliveries_come_in_pages(empty: httpx.Client) -> None:
    made = sorted(make(empty)["id"] for _ in range(3))
    page = empty.get("/v1/webhooks?limit=2").json()
    assert [one["id"] for one in page["items"]] == made[:2]
    rest = empty.get("/v1/webhooks", params={"cursor": page["next_cursor"]}).json()
    assert [one["id"] for one in rest["items"]] == made[2:]
    told = [empty.post(f"/v1/webhooks/{made[0]}/test", headers=key()).json()["id"] for _ in range(3)]
    address = f"/v1/webhooks/{made[0]}/deliveries"
    page = empty.get(address, params={"limit": 2, "state": "pending"}).json()
    rest = empty.get(address, params={"cursor": page["next_cursor"]}).json()
    assert [one["id"] for one in page["items"] + rest["items"]] == told[::-1]
    assert empty.get(address, params={"state": "delivered"}).json()["items"] == []


@pytest.mark.parametrize(
    ("body", "pointer", "says"),
    [
        ({"url": "ftp://x/"}, "/url", "does not begin with https:// and a host"),
        ({"url": URL, "types": ["order.shiped"]}, "/types/0", "order.shipped"),
        ({"url": URL, "typ": []}, "/typ", "no such field"),
        ({}, "/url", "missing"),
        ({"url": "https://" + "a" * 3_000}, "/url", "2,000"),
    ],
)
def test_what_cannot_be_meant_is_named(refusing: httpx.Client, body: Any, pointer: str, says: str) -> None:
    answer = refusing.post("/v1/webhooks", json=body, headers=key())
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert error["pointer"] == pointer
    assert says in f"{error['detail']} {error.get('allowed', '')}".replace("2000", "2,000")


@pytest.mark.parametrize("url", ["http://example.com/", "https://10.0.0.1/", "https://localhost/"])
def test_outside_demo_mode_webhooks_leave_for_the_public_internet_only(settings: Settings, url: str) -> None:
    with running(settings.model_copy(update={"demo_mode": False})) as client:
        answer = client.post("/v1/webhooks", json={"url": url}, headers=key())
        assert answer.status_code == 422
        assert "webhook_private_targets" in answer.json()["fix"]
        made = make(client)
        assert client.patch(f"/v1/webhooks/{made['id']}", json={"url": url}).status_code == 422
    allowing = {"demo_mode": False, "webhook_private_targets": True}
    with running(settings.model_copy(update=allowing)) as client:
        assert client.post("/v1/webhooks", json={"url": url}, headers=key()).status_code == 201


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/webhooks/whe_0"),
        ("PATCH", "/v1/webhooks/whe_0"),
        ("DELETE", "/v1/webhooks/whe_0"),
        ("GET", "/v1/webhooks/whe_0/deliveries"),
        ("POST", "/v1/webhooks/whe_0/rotate-secret"),
        ("POST", "/v1/webhooks/whe_0/test"),
        ("POST", "/v1/webhooks/whe_0/replay"),
        ("POST", "/v1/webhooks/whe_0/deliveries/dlv_1/retry"),
    ],
)
def test_a_webhook_that_is_not_there_is_not_found(refusing: httpx.Client, method: str, path: str) -> None:
    body = {"since": "2026-11-21T00:00:00Z"} if path.endswith("replay") else {}
    sent = {} if method in ("GET", "DELETE") else {"json": body}
    answer = refusing.request(method, path, headers=key(), **sent)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["detail"]) == (404, "there is no webhook whe_0")


@pytest.mark.parametrize("verb", ["", "/whe_0/rotate-secret", "/whe_0/test", "/whe_0/replay"])
def test_writing_needs_a_key(refusing: httpx.Client, verb: str) -> None:
    body = {"since": "2026-11-21T00:00:00Z"} if verb.endswith("replay") else {"url": URL}
    assert refusing.post(f"/v1/webhooks{verb}", json=body).status_code == 400


def test_a_delivery_that_is_not_there_or_of_another_webhook_is_not_sent(empty: httpx.Client) -> None:
    one, other = make(empty)["id"], make(empty)["id"]
    told = empty.post(f"/v1/webhooks/{one}/test", headers=key()).json()["id"]
    for webhook, name in ((other, told), (one, "dlv_999"), (one, "17"), (one, "dlv_" + "9" * 40)):
        answer = empty.post(f"/v1/webhooks/{webhook}/deliveries/{name}/retry", headers=key())
        assert answer.status_code == 404, name


def test_more_than_the_caps_is_refused_with_the_figures(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_WEBHOOKS", 1)
    monkeypatch.setattr(service, "MAX_REPLAYED", 2)
    made = make(client)
    answer = client.post("/v1/webhooks", json={"url": URL}, headers=key())
    assert (answer.status_code, answer.json()["fix"]) == (409, "Remove one that is not needed")
    for name in "123":
        client.post("/v1/orders", json=order(name, ("T-03", 1)), headers=key())
    client.get("/v1/events")
    address = f"/v1/webhooks/{made['id']}/replay"
    answer = client.post(address, json={"since": "2000-01-01T00:00:00Z"}, headers=key())
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("/since: 3 events happened in that time; at most 2")
    wrong = {"since": "2026-11-21T10:00:00Z", "until": "2026-11-21T10:00:00Z"}
    assert client.post(address, json=wrong, headers=key()).json()["errors"][0]["pointer"] == "/until"


def test_the_feed_is_read_from_where_one_was(client: httpx.Client) -> None:
    start = client.get("/v1/events").json()
    assert (start["items"], start["more"]) == ([], False)
    for name in "12345":
        client.post("/v1/orders", json=order(name, ("T-03", 1)), headers=key())
    seen: list[Any] = []
    cursor, more = start["next_cursor"], True
    while more:
        page = client.get("/v1/events", params={"cursor": cursor, "limit": 2}).json()
        seen += page["items"]
        cursor, more = page["next_cursor"], page["more"]
    assert [event["subject"] for event in seen] == list("12345")
    assert [event["sequence"] for event in seen] == [1, 2, 3, 4, 5]
    last = client.get("/v1/events", params={"cursor": cursor}).json()
    assert last == {"items": [], "next_cursor": cursor, "more": False}
    client.post("/v1/orders/3/cancel", headers=key())
    event = client.get("/v1/events", params={"cursor": cursor}).json()["items"][0]
    assert (event["type"], event["subject"], event["data"]["state"]) == ("order.canceled", "3", "canceled")
    assert event["data"]["unfilled_units"] == 1


def test_what_expired_is_told_before_what_took_its_place_with_the_state_and_units_of_its_lines(
    client: httpx.Client,
) -> None:
    box = {"id": "BOX", "name": "Box", "price": "30", "unit_cost": "12", "case_pack": 1}
    kit = box | {"components": {"K-17": 1, "T-03": 2}}
    assert client.post("/v1/skus/import", json=[kit], headers=key()).status_code == 200
    client.put("/v1/demo/clock", json={"now": "2026-11-22T08:00:00Z"})
    for name, sku in (("1", "K-17"), ("2", "K-17"), ("3", "BOX")):
        client.post("/v1/orders", json=order(name, (sku, 2)), headers=key())
    cursor = client.get("/v1/events").json()["next_cursor"]
    client.put("/v1/demo/clock", json={"now": "2026-11-22T20:00:00Z"})
    again = client.post("/v1/orders", json=order("1", ("K-17", 2)), headers=key())
    assert (again.status_code, again.json()["state"]) == (201, "reserved")
    client.post("/v1/orders", json=order("4", ("BOX", 1)), headers=key())
    told = client.get("/v1/events", params={"cursor": cursor}).json()["items"]
    of_one = [(one["type"], one["data"]["state"]) for one in told if one["subject"] == "1"]
    assert of_one == [("order.expired", "reserved"), ("order.reserved", "reserved")]
    expired = {one["subject"]: one["data"] for one in told if one["type"] == "order.expired"}
    assert {name: (data["state"], data["units"]) for name, data in expired.items()} == {
        "1": ("reserved", 2),
        "2": ("expired", 2),
        "3": ("expired", 2),
    }


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0", "WyItMSJd", "WyIxIiwiMiJd", "WyLCsiJd"])
def test_a_cursor_of_another_list_is_refused(refusing: httpx.Client, cursor: str) -> None:
    answer = refusing.get("/v1/events", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "?cursor")


def test_an_event_of_a_very_large_order_stays_small(client: httpx.Client) -> None:
    lines = [("T-03", 1)] * 60
    assert client.post("/v1/orders", json=order("1", *lines), headers=key()).status_code == 201
    answer = client.get("/v1/events")
    data = answer.json()["items"][0]["data"]
    assert len(data["units"]) == 25
    assert data["units_left_out"] == 35
    assert len(answer.content) < 4_000
