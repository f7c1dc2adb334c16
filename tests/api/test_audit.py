"""Who wrote what: a row for each kind of write, in its transaction, and none for what was not written."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.settings import Settings
from tests.api.support import FILES, key, load, order
from tests.api.test_access import Shop, opened


@pytest.fixture
def shop(settings: Settings) -> Iterator[Shop]:
    """With the small network, imported by the key `plan` and `allocate`."""
    with opened(settings) as shop:
        shop.client.headers.update(shop.bearer("admin"))
        load(shop.client)
        yield shop


def entries(shop: Shop, **params: Any) -> list[dict[str, Any]]:
    """The newest first."""
    answer = shop.send("GET", "/v1/audit", "admin", params=params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def lines(found: list[dict[str, Any]]) -> list[tuple[str, str, str, int]]:
    return [(one["method"], one["route"], one["subject"], one["status"]) for one in found]


def post(shop: Shop, path: str, body: Any = None, name: str = "allocate", **headers: str) -> httpx.Response:
    return shop.send("POST", path, name, json=body, headers=key() | headers)


def test_every_import_has_its_row(shop: Shop) -> None:
    assert lines(entries(shop)) == [
        ("POST", f"/v1/{kind}/import", kind, 200) for kind in reversed(list(FILES))
    ]
    assert {one["actor"] for one in entries(shop)} == {shop.ids["admin"]}


def test_every_other_write_has_its_row_with_who_on_what_and_by_which_request(shop: Shop) -> None:
    before = len(entries(shop))
    made = post(shop, "/v1/orders", order("A", ("K-17", 3)), **{"X-Request-ID": "r-77"})
    assert made.status_code == 201
    for step in ("confirm", "send-to-node", "ship"):
        assert post(shop, f"/v1/orders/A/{step}").status_code == 200
    post(shop, "/v1/orders", order("B", ("K-17", 1), mode="commit"))
    post(shop, "/v1/orders/B/cancel")
    count = {"kind": "count", "sku": "K-17", "node": "DC1", "quantity": 30}
    assert post(shop, "/v1/stock-events", {"events": [count]}).status_code == 200
    switch = {"is_on": False, "off_reason": "flooded"}
    assert shop.send("PATCH", "/v1/nodes/BRS1", "plan", json=switch).status_code == 200
    clock = {"now": "2026-11-21T09:00:00Z"}
    assert shop.send("PUT", "/v1/demo/clock", "admin", json=clock).status_code == 200
    found = entries(shop)[:-before][::-1]
    assert lines(found) == [
        ("POST", "/v1/orders", "A", 201),
        ("POST", "/v1/orders/{order}/confirm", "A", 200),
        ("POST", "/v1/orders/{order}/send-to-node", "A", 200),
        ("POST", "/v1/orders/{order}/ship", "A", 200),
        ("POST", "/v1/orders", "B", 201),
        ("POST", "/v1/orders/{order}/cancel", "B", 200),
        ("POST", "/v1/stock-events", "stock-events", 200),
        ("PATCH", "/v1/nodes/{node}", "BRS1", 200),
        ("PUT", "/v1/demo/clock", "demo", 200),
    ]
    assert found[0]["request_id"] == "r-77"
    assert [one["actor_name"] for one in found] == ["allocate"] * 7 + ["plan", "admin"]
    assert "flooded" not in str(found)  # no bodies
    # By the database's clock: the demo's has just jumped.
    assert not any(one["at"].startswith("2026-11-21T09:00:00") for one in found)


def test_what_was_refused_or_only_asked_leaves_no_row(shop: Shop) -> None:
    before = entries(shop)
    answers = [
        post(shop, "/v1/orders", order("1", ("K-17", 1), mode="quote")),
        post(shop, "/v1/orders", order("1", ("K-17", 1)), "read"),
        post(shop, "/v1/orders", order("1", ("K-17", 900), accept_partial=False)),
        post(shop, "/v1/orders", order("1", ("K-71", 1))),
        post(shop, "/v1/orders/nobody/confirm"),
        post(shop, "/v1/zones/import?check=true", [], "plan"),
        shop.send("PATCH", "/v1/nodes/NONE", "plan", json={"is_on": True}),
    ]
    assert [answer.status_code for answer in answers] == [200, 403, 409, 422, 404, 200, 404]
    assert entries(shop) == before


def test_a_repeated_request_leaves_no_second_row(shop: Shop) -> None:
    body, same = order("1", ("K-17", 1)), key("same")
    first, second = (post(shop, "/v1/orders", body, **same) for _ in range(2))
    assert (first.text, second.headers["Idempotent-Replayed"]) == (second.text, "true")
    assert len(entries(shop, subject="1")) == 1


def test_the_log_is_read_page_by_page_by_actor_and_by_subject(shop: Shop) -> None:
    post(shop, "/v1/orders", order("1", ("K-17", 1)))
    post(shop, "/v1/orders/1/confirm")
    everything = entries(shop)
    paged, cursor = [], None
    while True:
        page = shop.send(
            "GET", "/v1/audit", "admin", params={"limit": 3} | ({"cursor": cursor} if cursor else {})
        ).json()
        paged += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert paged == everything
    assert len(everything) == 7
    assert [one["id"] for one in everything] == sorted((one["id"] for one in everything), reverse=True)
    assert entries(shop, actor=shop.ids["allocate"]) == everything[:2]
    assert entries(shop, subject="1", limit=1) == everything[:1]
    assert entries(shop, subject="1", actor="nobody") == []


@pytest.mark.parametrize(
    "cursor", ["x", "WyIxIiwiMiJd", "WyItMSJd", "WyLCsiJd", "WyI5OTk5OTk5OTk5OTk5OTk5OTk5OTkiXQ"]
)
def test_a_cursor_that_was_made_up_is_refused(shop: Shop, cursor: str) -> None:
    answer = shop.send("GET", "/v1/audit", "admin", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "?cursor")


def test_whoever_needs_no_key_is_nobody_in_the_log(client: httpx.Client) -> None:
    client.post("/v1/orders", json=order("1", ("K-17", 1)), headers=key())
    (entry,) = client.get("/v1/audit", params={"subject": "1"}).json()["items"]
    assert (entry["actor"], entry["actor_name"]) == ("nobody", "")
