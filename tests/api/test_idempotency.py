"""A repeated POST has one effect and one answer."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.api.support import SUPPLY, key, order


def test_a_writing_post_without_a_key_is_refused_and_the_header_named(client: httpx.Client) -> None:
    for path, body in (
        ("/v1/orders", order("1", ("K-17", 1))),
        ("/v1/orders/1/confirm", None),
        ("/v1/stock-events", {"events": []}),
    ):
        answer = client.post(path, json=body)
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/idempotency-key-missing")
        assert "Idempotency-Key" in answer.json()["detail"]
    assert client.get("/v1/orders").json()["items"] == []


@pytest.mark.parametrize("bad", ["two words", "x" * 256])
def test_a_malformed_key_is_refused(client: httpx.Client, bad: str) -> None:
    answer = client.post("/v1/orders", json=order("1", ("K-17", 1)), headers=key(bad))
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/idempotency-key-missing")
    assert "malformed" in answer.json()["detail"]


def test_a_repeated_key_replays_the_answer_and_has_one_effect(client: httpx.Client) -> None:
    first, second = (
        client.post("/v1/orders", json=order("1", ("K-17", 2)), headers=key("k")) for _ in range(2)
    )
    assert (second.status_code, second.text) == (first.status_code, first.text)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Location"] == first.headers["Location"]
    assert client.get("/v1/orders/1").json()["revision"] == 1


def test_a_step_is_replayed_even_when_the_order_has_gone_on(client: httpx.Client) -> None:
    client.post("/v1/orders", json=order("1", ("K-17", 2)), headers=key())
    confirmed = client.post("/v1/orders/1/confirm", headers=key("c"))
    client.post("/v1/orders/1/ship", headers=key())
    again = client.post("/v1/orders/1/confirm", headers=key("c"))
    assert (again.status_code, again.text) == (200, confirmed.text)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"lines": [{"id": "1", "sku": "K-17", "quantity": 3}]}, "/lines/0/quantity"),
        ({"accept_partial": False}, "/accept_partial"),
        ({"destination": {"zone": "UK-SW"}}, "/destination/zone"),
        (
            {
                "lines": [
                    {"id": "1", "sku": "K-17", "quantity": 2},
                    {"id": "2", "sku": "T-03", "quantity": 1},
                ]
            },
            "/lines/1",
        ),
    ],
)
def test_another_body_under_the_same_key_names_the_first_difference(
    client: httpx.Client, change: dict[str, object], pointer: str
) -> None:
    body = order("1", ("K-17", 2))
    client.post("/v1/orders", json=body, headers=key("k"))
    answer = client.post("/v1/orders", json={**body, **change}, headers=key("k"))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency-mismatch")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert client.get("/v1/orders/1").json()["revision"] == 1


def test_a_key_used_for_another_order_says_so(client: httpx.Client) -> None:
    for name in ("1", "2"):
        client.post("/v1/orders", json=order(name, ("K-17", 2)), headers=key())
    client.post("/v1/orders/1/confirm", headers=key("c"))
    answer = client.post("/v1/orders/2/confirm", headers=key("c"))
    assert answer.status_code == 422
    assert "it was for /v1/orders/1/confirm" in answer.json()["detail"]
    assert client.get("/v1/orders/2").json()["state"] == "reserved"


def test_the_order_of_names_and_white_space_are_no_difference(client: httpx.Client) -> None:
    line = '{"id":"1","sku":"K-17","quantity":1}'
    turned = '{"sku":"K-17","quantity":1, "id":"1"}'
    body = f'{{"mode":"reserve","id":"1","lines":[{line}],"destination":{{"zone":"UK-SE"}}}}'
    other = f'{{"id":"1", "destination":{{"zone":"UK-SE"}},\n"lines":[{turned}], "mode":"reserve"}}'
    headers = {**key("k"), "Content-Type": "application/json"}
    first, second = (client.post("/v1/orders", content=text, headers=headers) for text in (body, other))
    assert (second.status_code, second.text) == (201, first.text)


def test_a_refused_request_leaves_no_key(client: httpx.Client) -> None:
    refused = client.post("/v1/orders", json=order("1", ("M-01", 9), accept_partial=False), headers=key("k"))
    assert refused.status_code == 409
    receipt = {"kind": "correction", "sku": "M-01", "node": "BRS1", "quantity": 4, "reason": "found"}
    assert client.post("/v1/stock-events", json={"events": [receipt]}, headers=key()).status_code == 200
    again = client.post("/v1/orders", json=order("1", ("M-01", 9), accept_partial=False), headers=key("k"))
    assert again.status_code == 201


def test_of_many_at_once_with_one_key_one_commits_and_all_get_its_answer(client: httpx.Client) -> None:
    def send(_: int) -> httpx.Response:
        return client.post("/v1/orders", json=order("1", ("K-17", 2)), headers=key("k"))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(16)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert client.get("/v1/orders/1").json()["revision"] == 1


def test_of_many_at_once_for_one_order_id_one_wins(client: httpx.Client) -> None:
    def send(_: int) -> httpx.Response:
        return client.post("/v1/orders", json=order("1", ("K-17", 2)), headers=key())

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(answer.status_code for answer in pool.map(send, range(8)))
    assert statuses == [201] + [409] * 7
    assert client.get("/v1/orders/1").json()["revision"] == 1


def test_stock_events_are_recorded_once(client: httpx.Client) -> None:
    body = {"events": [{"kind": "walk_in_sale", "sku": "K-17", "node": "LON1", "quantity": 1}]}
    for _ in range(2):
        assert client.post("/v1/stock-events", json=body, headers=key("till-1")).status_code == 200
    item = client.get("/v1/availability?sku=K-17&node=LON1").json()["items"][0]
    assert item["on_hand"] == 11


def test_an_import_may_carry_a_key(client: httpx.Client) -> None:
    headers = {**key("file-1"), "Content-Type": "text/csv"}
    first = client.post("/v1/supply/import", content=SUPPLY, headers=headers)
    again = client.post("/v1/supply/import", content=SUPPLY, headers=headers)
    other = client.post("/v1/supply/import", content=SUPPLY + "K-17,BRS1,1,0,,,\n", headers=headers)
    assert (first.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert other.json()["type"] == "/problems/idempotency-mismatch"
