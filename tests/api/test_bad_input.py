"""Whatever is sent, the answer is a problem document that names field and fix, and nothing is written."""

from typing import Any

import httpx
import pytest

from api.settings import Settings
from tests.api.support import key, order, running

JSON = {"Content-Type": "application/json"}
GOOD = order("1", ("K-17", 1))


def refused(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem: dict[str, Any] = answer.json()
    assert problem["type"] == f"/problems/{kind}"
    assert problem["status"] == status
    assert problem["fix"]
    assert problem["detail"]
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    return problem


def test_every_unknown_sku_and_zone_is_named_with_the_nearest(refusing: httpx.Client) -> None:
    body = order("1", ("K-71", 1), ("K-17", 1), ("TX-3", 1), destination={"zone": "UK-SX"})
    problem = refused(refusing.post("/v1/orders", json=body, headers=key()), 422, "unknown-reference")
    assert [(error["pointer"], error["value"]) for error in problem["errors"]] == [
        ("/lines/0/sku", "K-71"),
        ("/lines/2/sku", "TX-3"),
        ("/destination/zone", "UK-SX"),
    ]
    assert "did you mean K-17?" in problem["errors"][0]["detail"]
    assert refusing.get("/v1/orders").json()["items"] == []


@pytest.mark.parametrize(
    ("change", "pointer", "allowed"),
    [
        ({"lines": []}, "/lines", "at least 1"),
        ({"lines": [{"id": "1", "sku": "K-17", "quantity": 0}]}, "/lines/0/quantity", "at least 1"),
        ({"lines": [{"id": "1", "sku": "K-17", "quantity": -5}]}, "/lines/0/quantity", "at least 1"),
        ({"lines": [{"id": "1", "sku": "K-17", "quantity": 10**9}]}, "/lines/0/quantity", "at most 100000"),
        ({"lines": [{"id": "1", "sku": "K-17", "quantity": 10**30}]}, "/lines/0/quantity", "at most 100000"),
        ({"lines": [{"id": "1", "sku": "K-17", "quantity": 1.5}]}, "/lines/0/quantity", "an integer"),
        ({"lines": [{"id": "1", "sku": "K-17", "quantity": "1"}]}, "/lines/0/quantity", "an integer"),
        ({"lines": [{"id": "1", "sku": "K-17", "quantity": True}]}, "/lines/0/quantity", "an integer"),
        ({"lines": [{"id": "1", "sku": "K-17"}]}, "/lines/0/quantity", "a value"),
        ({"lines": [{"id": "1", "sku": 17, "quantity": 1}]}, "/lines/0/sku", "text"),
        ({"lines": {"id": "1"}}, "/lines", "a list"),
        ({"mode": "book"}, "/mode", "'quote', 'shadow', 'reserve' or 'commit'"),
        ({"id": "a/b"}, "/id", "letters, digits and . _ : + -"),
        ({"id": "x" * 65}, "/id", "length at most 64"),
        ({"destination": {}}, "/destination/zone", "a value"),
        ({"destination": {"zone": "UK-SE", "latitude": 51}}, "/destination", ""),
        (
            {"destination": {"zone": "UK-SE", "latitude": 99, "longitude": 0}},
            "/destination/latitude",
            "at most 90",
        ),
        ({"placed_at": "yesterday"}, "/placed_at", "an instant such as 2026-11-21T09:30:00Z"),
        ({"placed_at": "2026-11-21T09:30:00"}, "/placed_at", "an instant with its offset"),
        ({"placed_at": 17}, "/placed_at", ""),
        ({"placed_at": "0001-01-01T00:00:00+14:00"}, "/placed_at", ""),
        ({"accept_partial": "no"}, "/accept_partial", "true or false"),
        ({"limits": {"branches": 0}}, "/limits/branches", "at least 1"),
        ({"customer_name": "A. Person"}, "/customer_name", ""),
    ],
)
def test_a_bad_field_is_named_with_what_is_allowed(
    refusing: httpx.Client, change: dict[str, Any], pointer: str, allowed: str
) -> None:
    answer = refusing.post("/v1/orders", json={**GOOD, **change}, headers=key())
    problem = refused(answer, 422, "validation")
    assert problem["errors"][0]["pointer"] == pointer
    assert allowed in problem["errors"][0].get("allowed", "")
    assert "A. Person" not in answer.text
    assert refusing.get("/v1/orders").json()["items"] == []


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"lines": []}, "has 0 items; must have at least 1"),
        ({"lines": [{"id": "1", "sku": "K-17", "quantity": 1.5}]}, "is 1.5; must be an integer"),
        ({"lines": [{"id": "1", "sku": "K-17", "quantity": -5}]}, "is -5; must be at least 1"),
        ({"lines": ["K-17"]}, 'is "K-17"; must be an object'),
        ({"id": "a/b"}, 'is "a/b"; must be letters, digits and . _ : + - (spaces inside)'),
        ({"placed_at": "yesterday"}, 'is "yesterday"; must be an instant such as 2026-11-21T09:30:00Z'),
        ({"placed_at": "2026-11-21T09:30:00"}, "must be an instant with its offset"),
    ],
)
def test_a_bad_field_is_told_in_words_of_people(
    refusing: httpx.Client, change: dict[str, Any], detail: str
) -> None:
    answer = refusing.post("/v1/orders", json={**GOOD, **change}, headers=key())
    assert detail in refused(answer, 422, "validation")["errors"][0]["detail"]


def test_all_bad_fields_are_named_at_once(refusing: httpx.Client) -> None:
    body = {"mode": "reserve", "lines": [{"id": "1", "sku": "K-17", "quantity": 0}, {"id": "2"}]}
    problem = refused(refusing.post("/v1/orders", json=body, headers=key()), 422, "validation")
    assert [error["pointer"] for error in problem["errors"]] == [
        "/id",
        "/lines/0/quantity",
        "/lines/1/sku",
        "/lines/1/quantity",
        "/destination",
    ]


def test_repeated_line_ids_are_all_named(refusing: httpx.Client) -> None:
    line = {"id": "1", "sku": "K-17", "quantity": 1}
    answer = refusing.post("/v1/orders", json={**GOOD, "lines": [line, line, line]}, headers=key())
    problem = refused(answer, 422, "validation")
    assert [error["pointer"] for error in problem["errors"]] == ["/lines/1/id", "/lines/2/id"]
    assert problem["detail"] == "/lines/1/id: the same id as line 0; nothing was written"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "is missing"),
        (b"not json", "line 1, column 1"),
        (b'{"mode": "reserve",}', "line 1, column 20"),
        (b'{"mode": "reserve", "id": "\xff"}', "byte 0xff at offset 27, line 1"),
        (b'{"lines": [{"quantity": NaN}]}', "NaN"),
        (b'{"lines": [{"quantity": -Infinity}]}', "-Infinity"),
        (b'{"lines": [{"quantity": ' + b"9" * 5000 + b"}]}", "5000 digits"),
        (b'{"lines": [{"quantity": 1e' + b"9" * 50 + b"}]}", "characters"),
        (b'{"lines": [{"quantity": 1e99999999999999999999}]}', "exponent is out of range"),
        (b'{"lines": [{"quantity": 1e-99999999999999999999}]}', "exponent is out of range"),
        (b'{"id": "1", "id": "2"}', '"id" stands twice'),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "nested too deeply"),
        (b'"text"', "must be"),
        (b"null", "must be"),
        (b'{"id": "\\ud800"}', "lone surrogate"),
    ],
)
def test_a_body_that_cannot_be_read_says_why(refusing: httpx.Client, body: bytes, says: str) -> None:
    answer = refusing.post("/v1/orders", content=body, headers={**JSON, **key()})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"], answer.text


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "nonsense"])
def test_another_content_type_is_refused_and_the_right_one_named(
    refusing: httpx.Client, content_type: str
) -> None:
    headers = {**key(), **({"Content-Type": content_type} if content_type else {})}
    answer = refusing.post("/v1/orders", content=b'{"mode": "quote"}', headers=headers)
    problem = refused(answer, 415, "unsupported-media-type")
    assert problem["fix"] == "Send Content-Type: application/json"


def test_an_unknown_address_and_method_are_told(refusing: httpx.Client) -> None:
    refused(refusing.get("/v1/warehouses"), 404, "not-found")
    refused(refusing.delete("/v1/orders/1"), 405, "method-not-allowed")


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/orders", "GET, POST"),
        ("/v1/orders/1", "GET"),
        ("/v1/nodes/DC1", "PATCH"),
        ("/v1/nodes/import", "POST"),
        ("/ready", "GET"),
    ],
)
def test_a_wrong_method_is_answered_with_all_the_right_ones(
    refusing: httpx.Client, path: str, methods: str
) -> None:
    answer = refusing.delete(path)
    problem = refused(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == methods
    assert problem["fix"] == f"Use {methods}"


def test_a_body_over_the_limit_is_refused_told_or_untold(settings: Settings) -> None:
    small = settings.model_copy(update={"max_body_bytes": 2_000})
    with running(small) as client:
        told = client.post("/v1/orders", content=b"x" * 3_000, headers={**JSON, **key()})
        problem = refused(told, 413, "too-large")
        assert "at most 2,000" in problem["detail"]
        untold = client.post("/v1/orders", content=(b"x" * 500 for _ in range(8)), headers={**JSON, **key()})
        refused(untold, 413, "too-large")


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=many"])
def test_a_bad_query_parameter_is_named(refusing: httpx.Client, query: str) -> None:
    problem = refused(refusing.get(f"/v1/nodes?{query}"), 422, "validation")
    assert problem["errors"][0]["pointer"] == "?limit"


@pytest.mark.parametrize(
    "path", ["/v1/nodes?limit=0", "/v1/nodes?limt=5", "/v1/nodes?cursor=x", "/v1/availability?sku=K-71"]
)
def test_who_only_reads_is_not_told_that_nothing_was_written(refusing: httpx.Client, path: str) -> None:
    answer = refusing.get(path)
    assert answer.status_code == 422
    assert "written" not in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/orders", {**GOOD, "lines": []}),
        ("POST", "/v1/orders", order("1", ("K-71", 1))),
        ("POST", "/v1/orders?dry_run=true", GOOD),
        ("POST", "/v1/zones/import", [{"id": "A"}]),
        ("PATCH", "/v1/nodes/DC1", {"is_on": "no"}),
        (
            "POST",
            "/v1/stock-events",
            {"events": [{"kind": "walk_in_sale", "sku": "K-71", "node": "DC1", "quantity": 1}]},
        ),
    ],
)
def test_who_writes_is_told_once_that_nothing_was_written(
    refusing: httpx.Client, method: str, path: str, body: object
) -> None:
    problem = refusing.request(method, path, json=body, headers=key()).json()
    assert problem["status"] == 422
    assert problem["detail"].endswith("; nothing was written")
    assert problem["detail"].count("nothing was written") == 1


def test_an_unknown_query_parameter_is_refused_before_anything_is_written(refusing: httpx.Client) -> None:
    zones = [{"id": "UK-NW", "name": "North West", "latitude": 53.5, "longitude": -2.4}]
    before = refusing.get("/v1/zones").json()
    problem = refused(refusing.post("/v1/zones/import?chek=true", json=zones), 422, "validation")
    assert problem["errors"][0]["pointer"] == "?chek"
    assert "did you mean check?" in problem["detail"]
    assert "skip_bad_rows" in problem["fix"]
    assert refusing.get("/v1/zones").json() == before


def test_an_address_without_parameters_says_so(refusing: httpx.Client) -> None:
    problem = refused(refusing.post("/v1/orders?dry_run=true", json=GOOD, headers=key()), 422, "validation")
    assert problem["fix"] == "Leave it out; allowed here: no parameter"
    assert refusing.get("/v1/orders").json()["items"] == []


def test_a_fault_of_ours_says_that_nothing_was_written_and_nothing_of_its_inside(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("api.orders.sourcing.answer", fail)
    answer = client.post("/v1/orders", json=GOOD, headers=key("k"))
    problem = refused(answer, 500, "internal")
    assert "nothing was written" in problem["detail"]
    assert "secret" not in answer.text
    monkeypatch.undo()
    assert client.get("/v1/orders").json()["items"] == []
    assert client.post("/v1/orders", json=GOOD, headers=key("k")).status_code == 201


def test_an_order_to_a_zone_without_rates_is_refused(client: httpx.Client) -> None:
    zone = [{"id": "UK-NI", "name": "Northern Ireland", "latitude": 54.6, "longitude": -5.9}]
    assert client.post("/v1/zones/import", json=zone).status_code == 200
    answer = client.post("/v1/orders", json={**GOOD, "destination": {"zone": "UK-NI"}}, headers=key())
    problem = refused(answer, 422, "invalid-input")
    assert problem["errors"][0]["pointer"] == "/destination/zone"


def test_an_order_to_an_empty_service_says_what_to_import(empty: httpx.Client) -> None:
    problem = refused(empty.post("/v1/orders", json=GOOD, headers=key()), 422, "unknown-reference")
    assert problem["errors"][0]["detail"] == 'no sku named "K-17"'
