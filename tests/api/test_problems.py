"""Every problem type can be met: each is provoked over HTTP, and none is left out."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from html import escape
from typing import Any

import httpx
import pytest

from api.errors import (
    ClusterAway,
    HistoryGone,
    JobEnded,
    NotFound,
    OverrideEnded,
    RunUnfinished,
    WebhooksFull,
)
from api.problem_pages.examples import EXAMPLES
from api.problems import TABLE, all_types, document, type_of
from api.settings import Settings
from api.webhooks.service import MAX_WEBHOOKS
from fulfillment import errors as core
from fulfillment.errors import CapacityFull, Shortage
from fulfillment.ids import NodeId
from fulfillment.supply import CapacityKey
from storage.errors import KeyTaken, StorageUnavailable
from tests.api.support import key, load, order, running, tamper
from tests.api.test_access import opened

JSON = {"Content-Type": "application/json"}
Provoke = Callable[[httpx.Client], httpx.Response]


def _reserve(client: httpx.Client, name: str = "1", *, units: int = 1, **more: Any) -> httpx.Response:
    return client.post("/v1/orders", json=order(name, ("K-17", units), **more), headers=key())


def _after(*steps: Provoke) -> Provoke:
    """The answer of the last step."""
    return lambda client: [step(client) for step in steps][-1]


def _post(path: str, body: Any = None, name: str | None = None) -> Provoke:
    return lambda client: client.post(path, json=body, headers=key(name))


def _set_clock(now: str) -> Provoke:
    return lambda client: client.put("/v1/demo/clock", json={"now": now})


def _send_transfer(client: httpx.Client) -> httpx.Response:
    sent = {"id": "TR-7", "sku": "K-17", "from": "DC1", "to": "LON1", "quantity": 6, "arrives": "2026-11-23"}
    return client.post("/v1/transfers", json=sent, headers=key())


PROVOKED: dict[str, Provoke] = {
    "insufficient-stock": lambda client: _reserve(client, units=500, accept_partial=False),
    "infeasible": lambda client: _reserve(client, units=41, accept_partial=False, nodes={"at_most": 1}),
    "revision-conflict": _after(_reserve, _post("/v1/orders/1/confirm", {"revision": 7})),
    "reservation-expired": _after(
        _set_clock("2026-11-21T09:00:00Z"),
        _reserve,
        _set_clock("2026-11-21T10:00:00Z"),
        _post("/v1/orders/1/confirm"),
    ),
    "illegal-transition": _after(_reserve, _post("/v1/orders/1/ship")),
    "order-exists": _after(_reserve, _reserve),
    "transfer-conflict": _after(_send_transfer, _send_transfer),
    "version-conflict": _post(
        "/v1/policies/default/activate", {"reason": "x", "expected_active": "holidays-1"}
    ),
    "nothing-to-step-back-to": _post("/v1/policies/step-back", {"reason": "x"}),
    "clock-goes-back": _after(_set_clock("2026-11-21T09:00:00Z"), _set_clock("2026-11-21T08:00:00Z")),
    "unknown-reference": _post("/v1/orders", order("1", ("K-71", 1))),
    "validation": _post("/v1/orders", order("1", ("K-17", 0))),
    "idempotency-key-missing": lambda client: client.post("/v1/orders", json=order("1", ("K-17", 1))),
    "idempotency-mismatch": _after(
        _post("/v1/orders", order("1", ("K-17", 1)), "k"), _post("/v1/orders", order("1", ("K-17", 2)), "k")
    ),
    "malformed-body": lambda client: client.post("/v1/orders", content=b"{", headers={**JSON, **key()}),
    "too-large": lambda client: client.post("/v1/orders", content=b" " * 20_000, headers={**JSON, **key()}),
    "unsupported-media-type": lambda client: client.post("/v1/zones/import", content=b"<zones/>"),
    "invalid-input": _after(
        _post("/v1/zones/import", [{"id": "Z", "name": "Z", "latitude": 1, "longitude": 1}]),
        _post("/v1/orders", order("1", ("K-17", 1), destination={"zone": "Z"})),
    ),
    "not-found": lambda client: client.get("/v1/orders/nobody"),
    "method-not-allowed": lambda client: client.delete("/v1/orders"),
}
RAISED = {
    "capacity-full": CapacityFull((Shortage(CapacityKey(NodeId("LON1"), date(2026, 11, 21)), 3, 1),)),
    "feed-behind": core.FeedBehind("pos-lon1", first=1, last=1, waiting=1_000),
    "webhooks-full": WebhooksFull(MAX_WEBHOOKS),
    "job-ended": JobEnded("019aa5d8b1c04f1e2d3c4b5a", "done"),
    "override-ended": OverrideEnded(41, datetime(2026, 12, 7, tzinfo=UTC), withdrawn=False),
    "history-gone": HistoryGone("K-17", "LON1", 17),
    "run-unfinished": RunUnfinished(17, "running", "/v1/jobs/019aa5d8b1c04f1e2d3c4b5a"),
    "cluster-away": ClusterAway("tcp://10.0.0.7:8786", "timed out after 10 s"),
    "idempotency-in-flight": KeyTaken("POST /v1/orders", "k"),
    "storage-unavailable": StorageUnavailable("the database does not answer: disk is full"),
    "internal": RuntimeError("inside"),
}
ELSEWHERE = {"not-in-demo-mode", "not-ready", "unauthenticated", "forbidden", "rate-limited"}


def test_no_problem_type_is_left_out() -> None:
    assert {kind.slug for kind in all_types()} == {*PROVOKED, *RAISED, *ELSEWHERE} == set(EXAMPLES)


@pytest.mark.parametrize("slug", PROVOKED)
def test_a_provoked_problem_is_complete_and_its_type_resolves(settings: Settings, slug: str) -> None:
    with running(settings.model_copy(update={"max_body_bytes": 10_000})) as client:
        load(client)
        answer = PROVOKED[slug](client)
        problem = answer.json()
        assert problem["type"] == f"/problems/{slug}"
        assert answer.status_code == problem["status"]
        for member in ("title", "detail", "fix", "retry", "request_id"):
            assert problem[member]
        assert problem["detail"] == EXAMPLES[slug]
        assert escape(problem["detail"]) in client.get(problem["type"]).text


@pytest.mark.parametrize("slug", RAISED)
def test_a_problem_met_only_by_chance_is_shown_in_the_same_form(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, slug: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RAISED[slug]

    monkeypatch.setattr("api.orders.reading.read_order", fail)
    answer = client.get("/v1/orders/1")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"/problems/{slug}"
    assert answer.json()["fix"]
    assert answer.json()["detail"] == EXAMPLES[slug]
    assert "inside" not in answer.json()["detail"].replace("inside the", "")


def test_outside_demo_mode_and_before_the_schema_is_current(settings: Settings) -> None:
    with running(settings.model_copy(update={"demo_mode": False})) as client:
        problem = client.get("/v1/demo/clock").json()
        assert problem["type"] == "/problems/not-in-demo-mode"
        assert problem["detail"] == EXAMPLES["not-in-demo-mode"]
        tamper(settings, "DELETE FROM alembic_version")
        problem = client.get("/ready").json()
        assert problem["type"] == "/problems/not-ready"
        assert problem["detail"] == EXAMPLES["not-ready"]


def test_whoever_is_not_let_in_is_told_why(settings: Settings) -> None:
    with opened(settings) as shop:
        body = order("1", ("K-17", 1))
        answers = [
            shop.send("GET", "/v1/orders"),
            shop.send("POST", "/v1/orders", "read", json=body, headers=key()),
        ]
    with running(settings.model_copy(update={"requests_per_minute": 1})) as client:
        answers.append([client.get("/v1/orders") for _ in range(2)][-1])
        for answer, slug in zip(answers, ("unauthenticated", "forbidden", "rate-limited"), strict=True):
            problem = answer.json()
            assert problem["type"] == f"/problems/{slug}"
            assert problem["detail"] == EXAMPLES[slug]
            assert all(problem[member] for member in ("title", "fix", "retry", "request_id"))
            assert escape(problem["detail"]) in client.get(problem["type"]).text


def test_every_error_class_has_a_row_of_its_own_or_above_it() -> None:
    def below(cls: type[Exception]) -> set[type[Exception]]:
        return {cls} | {deeper for child in cls.__subclasses__() for deeper in below(child)}

    uncovered = {
        cls
        for cls in below(core.NodewiseError)
        if not any(base in TABLE for base in cls.__mro__)
        and not cls.__subclasses__()
        and not cls.__module__.startswith("api.demo")  # of the command: the service never raises them
    }
    assert uncovered == set()


def test_an_error_is_described_by_the_nearest_class_above_it() -> None:
    class NoSuchPage(NotFound):
        pass

    assert type_of(NoSuchPage("gone")).slug == "not-found"
    status, problem = document(NoSuchPage("gone"), instance="/x", request_id="r")
    assert (status, problem["detail"], problem["instance"]) == (404, "gone", "/x")
