"""Policies over HTTP: made, listed, compared, scheduled, activated, stepped back; decisions name theirs."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import Any

import httpx
import pytest

from api.policies.comparing import differences
from api.policies.schemas import PolicyTerms
from api.settings import Settings
from fulfillment.policy import Policy
from tests.api.support import Server, key, order
from tests.api.test_access import opened

POLICY = {"version": "holidays-1", "extra_shipment_penalty": "2.00", "split_line_penalty": "0.25"}
ACTIVE = "/v1/policies/active"


def make(client: httpx.Client, version: str, **content: Any) -> dict[str, Any]:
    answer = client.post("/v1/policies", json={**POLICY, "version": version, **content}, headers=key())
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def activate(client: httpx.Client, version: str, **more: Any) -> httpx.Response:
    body = {"reason": f"try {version}", **more}
    return client.post(f"/v1/policies/{version}/activate", json=body, headers=key())


def step_back(client: httpx.Client, **more: Any) -> httpx.Response:
    return client.post("/v1/policies/step-back", json={"reason": "too dear", **more}, headers=key())


def active(client: httpx.Client, **params: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(ACTIVE, params=params).json()
    return found


def set_clock(client: httpx.Client, now: str) -> None:
    assert client.put("/v1/demo/clock", json={"now": now}).status_code == 200


def decided_by(client: httpx.Client, name: str) -> str:
    """The version that the decision of a new order names, in the answer and as it is kept."""
    answer = client.post("/v1/orders", json=order(name, ("T-03", 1)), headers=key())
    assert answer.status_code == 201, answer.text
    kept = client.get(f"/v1/orders/{name}/decision").json()["policy"]
    assert kept == answer.json()["policy"]
    return str(kept)


def states(client: httpx.Client) -> dict[str, str]:
    return {one["version"]: one["state"] for one in client.get("/v1/policies").json()["items"]}


def test_a_new_database_has_one_policy_in_force_from_the_beginning(empty: httpx.Client) -> None:
    (only,) = empty.get("/v1/policies").json()["items"]
    assert (only["version"], only["state"], only["author"]) == ("default", "active", "database")
    assert (only["extra_shipment_penalty"], only["split_line_penalty"]) == ("0.50", "0.25")
    assert (only["may_give_up"], only["reservation_minutes"]) == (False, 30)
    found = active(empty)
    assert found["policy"] == only
    assert found["since"] == only["activations"][0]
    assert (found["before"], found["scheduled"]) == (None, [])


def test_a_version_is_a_draft_until_it_is_activated_and_decisions_name_it_from_then_on(
    client: httpx.Client,
) -> None:
    answer = client.post("/v1/policies", json={**POLICY, "note": "Fewer parcels"}, headers=key())
    assert (answer.status_code, answer.headers["Location"]) == (201, "/v1/policies/holidays-1")
    made = answer.json()
    assert (made["state"], made["note"], made["activations"]) == ("draft", "Fewer parcels", [])
    assert client.get("/v1/policies/holidays-1").json() == made
    assert decided_by(client, "before") == "default"
    given = activate(client, "holidays-1").json()
    assert (given["state"], given["activations"][0]["reason"]) == ("active", "try holidays-1")
    assert decided_by(client, "after") == "holidays-1"
    assert client.get("/v1/orders/before/decision").json()["policy"] == "default"
    assert states(client) == {"holidays-1": "active", "default": "retired"}


def test_a_scheduled_version_comes_into_force_by_the_clock_alone(client: httpx.Client) -> None:
    set_clock(client, "2026-11-21T09:00:00Z")
    make(client, "holidays-1")
    given = activate(client, "holidays-1", effective_at="2026-12-01T01:00:00+01:00").json()
    assert (given["state"], given["activations"][0]["effective_at"]) == ("scheduled", "2026-12-01T00:00:00Z")
    assert [one["version"] for one in active(client)["scheduled"]] == ["holidays-1"]
    assert active(client, at="2026-12-01T00:00:00Z")["policy"]["version"] == "holidays-1"
    set_clock(client, "2026-11-30T23:59:59Z")
    assert decided_by(client, "1") == "default"
    set_clock(client, "2026-12-01T00:00:00Z")
    assert decided_by(client, "2") == "holidays-1"
    assert states(client) == {"holidays-1": "active", "default": "retired"}


def test_of_several_for_one_instant_the_last_counts_so_a_schedule_can_be_called_off(
    client: httpx.Client,
) -> None:
    set_clock(client, "2026-11-21T09:00:00Z")
    make(client, "holidays-1")
    at = "2026-12-01T00:00:00Z"
    activate(client, "holidays-1", effective_at=at)
    activate(client, "default", effective_at=at)
    assert states(client) == {"holidays-1": "draft", "default": "active"}
    set_clock(client, "2026-12-02T00:00:00Z")
    assert decided_by(client, "1") == "default"
    assert active(client)["before"] is None  # the one called off was never in force
    assert step_back(client).status_code == 409


def test_stepping_back_twice_goes_two_versions_back(client: httpx.Client) -> None:
    for version in ("a", "b", "c"):
        make(client, version)
        activate(client, version)
    back = step_back(client).json()
    assert (back["version"], back["state"], back["activations"][-1]["is_step_back"]) == ("b", "active", True)
    assert decided_by(client, "1") == "b"
    assert active(client)["before"] == "a"
    assert step_back(client).json()["version"] == "a"
    assert step_back(client).json()["version"] == "default"
    refused = step_back(client)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/nothing-to-step-back-to")
    assert states(client) == {"c": "retired", "b": "retired", "a": "retired", "default": "active"}


def test_whoever_believes_another_version_in_force_is_told_which_since_when_and_by_whom(
    client: httpx.Client,
) -> None:
    set_clock(client, "2026-11-21T09:00:00Z")
    make(client, "a")
    make(client, "b")
    assert activate(client, "a", expected_active="default").status_code == 200
    for answer in (
        activate(client, "b", expected_active="default"),
        step_back(client, expected_active="default"),
    ):
        problem = answer.json()
        assert (answer.status_code, problem["type"]) == (409, "/problems/version-conflict")
        assert problem["detail"] == (
            "policy a is in force, since 2026-11-21T09:00:00+00:00, activated by nobody; "
            "the request expected default"
        )
    assert states(client) == {"b": "draft", "a": "active", "default": "retired"}


def test_the_same_content_again_is_fine_and_another_is_refused(client: httpx.Client) -> None:
    first = make(client, "a")
    again = client.post("/v1/policies", json={**POLICY, "version": "a", "note": "x"}, headers=key())
    assert (again.status_code, again.json()) == (200, first)
    other = {**POLICY, "version": "a", "reservation_minutes": 5}
    refused = client.post("/v1/policies", json=other, headers=key())
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/version")
    assert client.get("/v1/policies/a").json() == first


def test_versions_are_compared_field_by_field(client: httpx.Client) -> None:
    make(client, "a", may_give_up=True, split_line_penalty=1)
    assert client.get("/v1/policies/default/compare/a").json() == {
        "from": "default",
        "to": "a",
        "differences": [
            {"pointer": "/extra_shipment_penalty", "from": "0.50", "to": "2.00"},
            {"pointer": "/split_line_penalty", "from": "0.25", "to": "1.00"},
            {"pointer": "/may_give_up", "from": False, "to": True},
        ],
    }
    assert client.get("/v1/policies/a/compare/a").json()["differences"] == []


def test_lateness_is_hard_where_its_penalty_is_null_and_costs_nothing_where_it_is_left_out(
    client: httpx.Client,
) -> None:
    made = make(client, "hard", co2e_price="0.08", late_day_penalty=None, repick_cost=4)
    assert (made["co2e_price"], made["late_day_penalty"], made["repick_cost"]) == ("0.08", None, "4.00")
    assert client.get("/v1/policies/hard").json() == made
    assert make(client, "b")["late_day_penalty"] == "0.00"
    assert client.get("/v1/policies/b/compare/hard").json()["differences"] == [
        {"pointer": "/co2e_price", "from": "0.00", "to": "0.08"},
        {"pointer": "/late_day_penalty", "from": "0.00", "to": None},
        {"pointer": "/repick_cost", "from": "0.00", "to": "4.00"},
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": True}, [("/a", 1, True)]),
        ({"a": 1}, {"b": None}, [("/a", 1, None)]),
        ({"r": [{"kind": "cap", "most": 3}]}, {"r": [{"kind": "cap", "most": 4}]}, [("/r/0/most", 3, 4)]),
        ({"r": []}, {"r": [{"kind": "cap"}]}, [("/r/0", None, {"kind": "cap"})]),
        ({"r": [1, 2, 3]}, {"r": [1]}, [("/r/1", 2, None), ("/r/2", 3, None)]),
        ({"a/b~": 1}, {"a/b~": 2}, [("/a~1b~0", 1, 2)]),
    ],
)
def test_differences_are_told_by_pointer_whatever_the_documents_hold(
    old: dict[str, Any], new: dict[str, Any], told: list[tuple[str, Any, Any]]
) -> None:
    found = [(one.pointer, one.from_value, one.to_value) for one in differences(old, new)]
    assert found == told


def test_every_field_of_a_policy_is_sent_shown_and_compared() -> None:
    assert {field.name for field in fields(Policy)} == {*PolicyTerms.model_fields, "version"}


def test_versions_are_listed_in_pages_the_newest_first(client: httpx.Client) -> None:
    for number in range(4):
        make(client, f"v{number}")
    seen, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get("/v1/policies", params=params).json()
        seen += [one["version"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["v3", "v2", "v1", "v0", "default"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"version": "active"}, "/version"),
        ({"version": "step-back"}, "/version"),
        ({"version": "a/b"}, "/version"),
        ({"version": ""}, "/version"),
        ({"extra_shipment_penalty": "-1"}, "/extra_shipment_penalty"),
        ({"extra_shipment_penalty": "0.0000001"}, "/extra_shipment_penalty"),
        ({"split_line_penalty": None}, "/split_line_penalty"),
        ({"may_give_up": "yes"}, "/may_give_up"),
        ({"reservation_minutes": 0}, "/reservation_minutes"),
        ({"reservation_minutes": 1.5}, "/reservation_minutes"),
        ({"reservation_minutes": 600_000}, "/reservation_minutes"),
        ({"co2e_price": "10001"}, "/co2e_price"),
        ({"co2e_price": None}, "/co2e_price"),
        ({"late_day_penalty": "-1"}, "/late_day_penalty"),
        ({"late_day_penalty": "hard"}, "/late_day_penalty"),
        ({"repick_cost": "0.0000001"}, "/repick_cost"),
        ({"penalty": 1}, "/penalty"),
        ({"state": "active"}, "/state"),
    ],
)
def test_a_version_that_cannot_be_meant_is_refused(
    refusing: httpx.Client, change: dict[str, Any], pointer: str
) -> None:
    answer = refusing.post("/v1/policies", json={**POLICY, **change}, headers=key())
    assert answer.status_code == 422, answer.text
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/reason"),
        ({"reason": ""}, "/reason"),
        ({"reason": "  "}, "/reason"),
        ({"reason": "x" * 501}, "/reason"),
        ({"reason": "x", "effective_at": "2020-01-01T00:00:00Z"}, "/effective_at"),
        ({"reason": "x", "effective_at": "2999-01-01T00:00:00Z"}, "/effective_at"),
        ({"reason": "x", "effective_at": "2099-01-01T00:00:00"}, "/effective_at"),
        ({"reason": "x", "effective_at": 1}, "/effective_at"),
        ({"reason": "x", "effective_at": "4070908800"}, "/effective_at"),
        ({"reason": "x", "at": "2099-01-01T00:00:00Z"}, "/at"),
    ],
)
def test_an_activation_that_cannot_be_meant_is_refused(
    refusing: httpx.Client, body: dict[str, Any], pointer: str
) -> None:
    answer = refusing.post("/v1/policies/default/activate", json=body, headers=key())
    assert answer.status_code == 422, answer.text
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    "at", ["0.5", "1", "1e9", "today", "2026-11-21T09:00:00", "", "1969-12-31T00:00:00Z"]
)
def test_an_instant_to_ask_of_is_one_and_no_number(refusing: httpx.Client, at: str) -> None:
    answer = refusing.get(ACTIVE, params={"at": at})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "?at")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/policies/defualt"),
        ("POST", "/v1/policies/defualt/activate"),
        ("GET", "/v1/policies/defualt/compare/default"),
        ("GET", "/v1/policies/default/compare/defualt"),
    ],
)
def test_a_version_that_is_not_known_is_told_with_the_nearest(
    refusing: httpx.Client, method: str, path: str
) -> None:
    body = {"reason": "x"} if method == "POST" else None
    answer = refusing.request(method, path, json=body, headers=key())
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
    assert answer.json()["detail"] == 'no policy named "defualt"; did you mean default?'


def test_what_writes_needs_a_key_and_the_same_key_again_writes_once(client: httpx.Client) -> None:
    make(client, "a")
    same = key("again")
    for path, body in (
        ("/v1/policies", POLICY),
        ("/v1/policies/a/activate", {"reason": "x"}),
        ("/v1/policies/step-back", {"reason": "x"}),
    ):
        assert client.post(path, json=body).json()["type"] == "/problems/idempotency-key-missing"
        first, second = (client.post(path, json=body, headers=same) for _ in range(2))
        assert (first.status_code // 100, second.text) == (2, first.text)
        assert second.headers["Idempotent-Replayed"] == "true"
    assert len(client.get("/v1/policies/a").json()["activations"]) == 1
    assert len(client.get("/v1/policies/default").json()["activations"]) == 2


def test_reading_takes_read_and_writing_plan_and_each_write_is_in_the_audit_log(settings: Settings) -> None:
    with opened(settings) as shop:
        for name, status in (("read", 403), ("allocate", 403), ("plan", 201)):
            answer = shop.send("POST", "/v1/policies", name, json=POLICY, headers=key())
            assert answer.status_code == status
        reason = {"reason": "Fewer parcels"}
        path = "/v1/policies/holidays-1/activate"
        given = shop.send("POST", path, "plan", json=reason, headers=key()).json()
        (made,) = given["activations"]
        assert (made["made_by"], made["made_by_name"]) == (shop.ids["plan"], "plan")
        assert (given["author"], given["author_name"]) == (shop.ids["plan"], "plan")
        assert shop.send("POST", "/v1/policies/step-back", "plan", json=reason, headers=key()).is_success
        assert shop.send("GET", ACTIVE, "read").json()["policy"]["version"] == "default"
        entries = shop.send("GET", "/v1/audit", "admin").json()["items"]
        assert [(one["route"], one["subject"], one["actor_name"]) for one in entries[::-1]] == [
            ("/v1/policies", "holidays-1", "plan"),
            ("/v1/policies/{version}/activate", "holidays-1", "plan"),
            ("/v1/policies/step-back", "default", "plan"),
        ]


def test_of_many_who_expect_the_same_version_one_wins_and_orders_go_on(
    client: httpx.Client, settings: Settings, serve: Any
) -> None:
    """Two services on one database, each asked by several planners at once, while orders are decided."""
    other: Server = serve()
    versions = [f"v{number}" for number in range(8)]
    for version in versions:
        make(client, version)

    def put(number: int) -> int:
        base = str(client.base_url) if number % 2 else other.url
        with httpx.Client(base_url=base, timeout=60) as one:
            return activate(one, versions[number], expected_active="default").status_code

    def place(number: int) -> str:
        return decided_by(client, f"o{number}")

    with ThreadPoolExecutor(12) as planners:
        placed = [planners.submit(place, number) for number in range(12)]
        told = list(planners.map(put, range(8)))
    assert sorted(told) == [200] + [409] * 7
    winner = versions[told.index(200)]
    assert {one.result() for one in placed} <= {"default", winner}
    assert active(client)["policy"]["version"] == winner
    assert decided_by(client, "last") == winner
    with other.client() as there:
        assert decided_by(there, "there") == winner
        assert active(there)["before"] == "default"


def test_of_many_who_expect_nothing_each_is_kept_and_each_is_stepped_back(client: httpx.Client) -> None:
    versions = [f"v{number}" for number in range(6)]
    for version in versions:
        make(client, version)
    with ThreadPoolExecutor(6) as planners:
        told = list(planners.map(lambda version: activate(client, version).status_code, versions))
        assert told == [200] * 6
        back = list(planners.map(lambda _: step_back(client).status_code, range(7)))
    assert sorted(back) == [200] * 6 + [409]
    assert active(client)["policy"]["version"] == "default"
