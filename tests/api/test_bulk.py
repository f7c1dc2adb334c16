"""Many orders or moves in one call: each answered as the single call would be, none with two effects."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.edge.idempotency import Call, part
from api.edge.scopes import Caller, Scope
from api.orders import bulk
from api.orders.bulk_schemas import MAX_BULK_MOVES, MAX_BULK_ORDERS, MAX_JOB_ORDERS
from api.settings import Settings
from storage.audit import NOBODY, Act
from storage.errors import StorageUnavailable
from tests.api.support import key, load, order, start_server
from tests.api.workers import LEASE, units_held, wait_until

PASSING = ("request_id", "seconds", "decided_at", "expires_at")


def told(body: dict[str, Any]) -> dict[str, Any]:
    """An answer without what is different every time."""
    return {name: value for name, value in body.items() if name not in PASSING}


def in_bulk(client: httpx.Client, orders: list[Any], name: str | None = None) -> httpx.Response:
    return client.post("/v1/orders/bulk", json={"orders": orders}, headers=key(name))


def test_each_order_is_answered_as_the_single_call_would_be(client: httpx.Client) -> None:
    mixed = [
        order("1", ("K-17", 2)),
        order("2", ("K-17", 0)),
        order("3", ("K-71", 1)),
        order("4", ("K-17", 500), accept_partial=False),
        order("5", ("T-03", 1), mode="commit"),
        order("1", ("K-17", 2)),
        order("6", ("T-03", 1), mode="quote"),
        {"mode": "reserve", "shoe_size": 9},
    ]
    results = in_bulk(client, mixed).json()["results"]
    assert [one["index"] for one in results] == list(range(8))
    assert [one["status"] for one in results] == [201, 422, 422, 409, 201, 409, 200, 422]
    assert [row["id"] for row in client.get("/v1/orders").json()["items"]] == ["1", "5"]
    for index in (1, 2, 3, 5, 6, 7):  # what is refused or quoted, the single call answers now as well
        single = client.post("/v1/orders", json=mixed[index], headers=key())
        assert (single.status_code, told(single.json())) == (
            results[index]["status"],
            told(results[index]["body"]),
        )
    assert told(client.get("/v1/orders/1/decision").json() | {"seen": None}) == told(
        results[0]["body"] | {"seen": None}
    )


def test_each_move_is_answered_as_its_own_address_would_and_in_the_order_sent(client: httpx.Client) -> None:
    for name in ("1", "2"):
        client.post("/v1/orders", json=order(name, ("T-03", 2)), headers=key())
    moves = [
        {"order": "1", "verb": "confirm"},
        {"order": "1", "verb": "send-to-node"},
        {"order": "1", "verb": "ship", "selection": {"units": {"1": 1}}},
        {"order": "2", "verb": "ship"},
        {"order": "nobody", "verb": "confirm"},
        {"order": "2", "verb": "cancel", "selection": {"units": {"9": 1}}},
        {"order": "2", "verb": "cancel", "selection": {"revision": "first"}},
    ]
    results = client.post("/v1/orders/bulk-moves", json={"moves": moves}, headers=key()).json()["results"]
    assert [one["status"] for one in results] == [200, 200, 200, 409, 404, 422, 422]
    for move, result in list(zip(moves, results, strict=True))[3:]:
        path = f"/v1/orders/{move['order']}/{move['verb']}"
        single = client.post(path, json=move.get("selection"), headers=key())
        assert (single.status_code, told(single.json())) == (result["status"], told(result["body"]))
    assert client.get("/v1/orders/1").json() == results[2]["body"]


def test_a_move_that_cannot_be_meant_is_refused_alone_and_its_field_named(client: httpx.Client) -> None:
    client.post("/v1/orders", json=order("1", ("T-03", 1)), headers=key())
    moves = [{"order": "1", "verb": "fly"}, {"verb": "ship"}, {"order": "1", "verb": "confirm"}]
    results = client.post("/v1/orders/bulk-moves", json={"moves": moves}, headers=key()).json()["results"]
    assert [one["status"] for one in results] == [422, 422, 200]
    assert [one["body"]["errors"][0]["pointer"] for one in results[:2]] == ["/verb", "/order"]


def test_a_repeated_call_gets_the_stored_answer_and_has_one_effect(client: httpx.Client) -> None:
    orders = [order("1", ("K-17", 2)), order("2", ("K-71", 1))]
    first, second = (in_bulk(client, orders, "k") for _ in range(2))
    assert (second.status_code, second.text) == (200, first.text)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert client.get("/v1/orders/1").json()["revision"] == 1
    other = in_bulk(client, orders[:1], "k")
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-mismatch")


def test_caps_are_published_and_refused_by_name(client: httpx.Client) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    for path, field, model, cap in (
        ("bulk", "orders", "BulkOrdersIn", MAX_BULK_ORDERS),
        ("bulk-moves", "moves", "BulkMovesIn", MAX_BULK_MOVES),
        ("bulk-jobs", "orders", "JobOrdersIn", MAX_JOB_ORDERS),
    ):
        assert schemas[model]["properties"][field]["maxItems"] == cap
        answer = client.post(f"/v1/orders/{path}", json={field: [{}] * (cap + 1)}, headers=key())
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == f"/{field}"
        assert str(cap) in answer.json()["errors"][0]["detail"]
        assert client.post(f"/v1/orders/{path}", json={field: []}, headers=key()).status_code == 422
        missing = client.post(f"/v1/orders/{path}", json={field: [{}]})
        assert missing.json()["type"] == "/problems/idempotency-key-missing"


def test_while_a_call_is_at_work_the_same_key_is_told_to_come_back(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(*arguments: Any, **named: Any) -> Any:
        begun.set()
        assert go_on.wait(30)
        return original(*arguments, **named)

    original = bulk.source_item
    monkeypatch.setattr(bulk, "source_item", slow)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(in_bulk, client, [order("1", ("K-17", 1))], "k")
        assert begun.wait(30)
        second = in_bulk(client, [order("1", ("K-17", 1))], "k")
        go_on.set()
    assert (second.status_code, second.json()["type"]) == (409, "/problems/idempotency-in-flight")
    assert 1 <= int(second.headers["Retry-After"]) <= 5
    assert second.json()["retry"] == "same-key"
    assert first.result().json()["results"][0]["status"] == 201
    assert in_bulk(client, [order("1", ("K-17", 1))], "k").text == first.result().text


def test_a_call_that_failed_half_way_goes_on_under_the_same_key(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any, **named: Any) -> Any:
        if len(done) == 2:
            raise RuntimeError("inside")
        done.append(arguments)
        return original(*arguments, **named)

    done: list[Any] = []
    original = bulk.source_item
    orders = [order(name, ("K-17", 1)) for name in ("1", "2", "3")]
    with monkeypatch.context() as patched:
        patched.setattr(bulk, "source_item", fail)
        assert in_bulk(client, orders, "k").status_code == 500
    results = in_bulk(client, orders, "k").json()["results"]
    assert [one["status"] for one in results] == [201, 201, 201]
    assert [client.get(f"/v1/orders/{name}").json()["revision"] for name in ("1", "2", "3")] == [1, 1, 1]


def test_when_the_database_goes_away_half_way_the_answer_says_what_is_done_and_the_key_stays(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*arguments: Any, **named: Any) -> Any:
        if len(done) == 1:
            raise StorageUnavailable("it is away; nothing was written", fix="Repeat")
        done.append(arguments)
        return original(*arguments, **named)

    done: list[Any] = []
    original = bulk.source_item
    with monkeypatch.context() as patched:
        patched.setattr(bulk, "source_item", away)
        stopped = in_bulk(client, [order("1", ("K-17", 1)), order("2", ("K-17", 1))], "k")
    assert (stopped.status_code, stopped.json()["type"]) == (503, "/problems/storage-unavailable")
    assert "item 0 of 2 is done" in stopped.json()["detail"]
    assert "nothing was written" not in stopped.text
    assert "same body" in stopped.json()["fix"]
    other = in_bulk(client, [order("x", ("T-03", 5)), order("y", ("K-17", 1))], "k")
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-mismatch")
    results = in_bulk(client, [order("1", ("K-17", 1)), order("2", ("K-17", 1))], "k").json()["results"]
    assert [(one["status"], one["body"]["id"]) for one in results] == [(201, "1"), (201, "2")]
    assert [client.get(f"/v1/orders/{name}").json().get("revision") for name in ("1", "2", "x")] == [
        1,
        1,
        None,
    ]


def test_a_part_of_a_call_is_not_answered_for_other_content() -> None:
    act = Act(NOBODY, "POST", "/v1/orders/bulk", "", "")
    call = Call("s", "k", "", Caller(NOBODY, frozenset(Scope)), act)
    assert part(call, 1, {"id": "1", "lines": []}) == part(call, 1, {"lines": [], "id": "1"})
    assert part(call, 1, {"id": "1"}).fingerprint != part(call, 1, {"id": "2"}).fingerprint
    assert part(call, 1).fingerprint == '{"address":"","body":null}'


def test_after_a_kill_the_call_is_taken_over_and_no_order_has_two_effects(
    settings: Settings, tmp_path: Path
) -> None:
    orders = [order(f"o{number}", ("T-03", 1)) for number in range(MAX_BULK_ORDERS)]
    first = start_server(tmp_path, settings.database_url, **LEASE)
    with first.client() as client, ThreadPoolExecutor() as pool:
        load(client)
        lost = pool.submit(in_bulk, client, orders, "k")
        with first.client() as watching:
            wait_until(lambda: units_held(watching, "T-03") >= 5)
        first.kill()
        with pytest.raises(httpx.HTTPError):
            lost.result()
    second = start_server(tmp_path, settings.database_url, **LEASE)
    try:
        with second.client() as client:
            before = units_held(client, "T-03")
            assert 5 <= before < MAX_BULK_ORDERS
            other = in_bulk(client, orders[:-1], "k")
            wait_until(lambda: in_bulk(client, orders, "k").status_code == 200, seconds=30)
            results = in_bulk(client, orders, "k").json()["results"]
            assert [one["status"] for one in results] == [201] * MAX_BULK_ORDERS
            assert [one["body"]["revision"] for one in results] == [1] * MAX_BULK_ORDERS
            assert units_held(client, "T-03") == MAX_BULK_ORDERS
            assert other.status_code in (409, 422)
            assert client.get("/v1/orders/o99").json()["revision"] == 1
    finally:
        second.process.terminate()
        second.process.wait(timeout=20)
