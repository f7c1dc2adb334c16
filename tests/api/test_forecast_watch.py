"""Explanations, overrides, the watch and value added through the API, over runs that a worker made."""

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from api.settings import Settings
from tests.api.demand_files import MONDAY, give_demand, rows, send, week
from tests.api.support import key, running
from tests.api.workers import wait_until

LEVELS = [0.25, 0.5, 0.9]
FAR = "2199-01-01T00:00:00Z"


@pytest.fixture
def client(network: None, settings: Settings) -> Iterator[httpx.Client]:
    """A service that runs jobs itself, with the small network, in chunks of four series."""
    update = {"embedded_worker": "on", "forecast_chunk_series": 4, "forecast_processes": 1}
    with running(settings.model_copy(update=update)) as client:
        yield client


@pytest.fixture
def idle(network: None, settings: Settings) -> Iterator[httpx.Client]:
    """A service that runs no job, with the small network and its demand."""
    with running(settings.model_copy(update={"embedded_worker": "off"})) as client:
        give_demand(client)
        yield client


def made(client: httpx.Client, **sent: Any) -> int:
    """The number of a run that was asked for, when it is done and watched."""
    answer = client.post("/v1/forecasts/runs", json={"levels": LEVELS, "horizon": 4, **sent}, headers=key())
    assert answer.status_code == 202, answer.text
    address = answer.headers["Location"]
    wait_until(lambda: client.get(f"{address}/watch").status_code == 200, seconds=120)
    return int(answer.json()["run"])


def override(client: httpx.Client, **changes: Any) -> httpx.Response:
    sent = {
        "sku": "M-01",
        "place": "LON1",
        "first": week(40),
        "last": week(40),
        "kind": "replace",
        "value": 500,
        "reason": "a fair in town",
        "expires_at": FAR,
    } | changes
    return client.post("/v1/forecasts/overrides", json=sent, headers=key())


def read(client: httpx.Client, run: int, what: str, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/v1/forecasts/runs/{run}/{what}", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def exported(client: httpx.Client, run: int, *, planned: bool) -> float:
    """The mean of the first step of M-01 at LON1, as the file of the run says it."""
    asked = {"format": "csv", "planned": planned}
    text = client.get(f"/v1/forecasts/runs/{run}/export", params=asked).text
    means = [
        row["mean"] for row in csv.DictReader(io.StringIO(text)) if row["sku"] + row["place"] == "M-01LON1"
    ]
    return float(means[0])


def week_sold(number: int, units: list[int]) -> list[dict[str, Any]]:
    """One more week of every series."""
    return [{**row, "first": week(number), "units": [sold]} for row, sold in zip(rows(), units, strict=True)]


def test_runs_are_watched_and_overrides_measured_from_week_to_week(client: httpx.Client) -> None:
    give_demand(client)
    first = made(client)
    report = read(client, first, "watch")
    assert (report["runs"], report["alerts"], report["groups"]) == ([], [], [])
    assert read(client, first, "value-added")["links"] == []

    placed = override(client, value=500)
    assert placed.status_code == 201, placed.text
    wrong = placed.json()["override"]
    assert placed.headers["Location"] == f"/v1/forecasts/overrides/{wrong}"
    right = override(client, sku="T-03", kind="multiply", value=1.0, place="DC1").json()["override"]
    plain = read(client, first, "series", sku="M-01", place="LON1")["items"][0]
    planned = read(client, first, "series", sku="M-01", place="LON1", planned=True)["items"][0]
    assert [step["override"] for step in plain["steps"]] == [None] * 4
    assert [step["override"] for step in planned["steps"]] == [wrong, None, None, None]
    assert planned["steps"][0]["mean"] == 500
    assert planned["steps"][0]["quantiles"][2] > plain["steps"][0]["quantiles"][2]
    assert planned["steps"][1:] == plain["steps"][1:]
    for with_overrides, expected in ((False, plain), (True, planned)):
        assert exported(client, first, planned=with_overrides) == expected["steps"][0]["mean"]

    send(client, week_sold(40, [8] * 15))
    second = made(client, train="latest")
    report = read(client, second, "watch")
    assert (report["runs"], report["steps"]) == ([first], [week(40)])
    everything = report["groups"][0]
    assert (everything["group"], everything["steps"], everything["cells"]) == ("all", 1, 15)
    assert everything["units"] == 120
    assert everything["change"]["series"] == 15
    said = read(client, first, "series")["items"]
    assert everything["bias"] == pytest.approx(sum(one["steps"][0]["mean"] for one in said) / 120 - 1)

    added = read(client, second, "value-added")
    assert [link["name"] for link in added["links"][:3]] == ["naive", "forecast", "planned"]
    assert {link["cells"] for link in added["links"] if link["group"] == "all"} == {15}
    losses = {link["name"]: link["wql"] for link in added["links"] if link["group"] == "all"}
    assert added["links"][2]["added_wql"] == pytest.approx(losses["forecast"] - losses["planned"])
    assert losses["planned"] > losses["forecast"]  # 500 was said where 8 sold
    worth = {one["override"]: one for one in added["overrides"]}
    assert (worth[wrong]["steps"], worth[wrong]["sold"], worth[wrong]["error_with"]) == (1, 8, 492)
    assert worth[wrong]["saved"] < 0
    assert worth[right]["saved"] == 0
    assert [link["cells"] for link in added["overridden"]] == [2, 2, 2]
    (author,) = added["authors"]
    assert author["overrides"] == 2
    assert author["saved"] == pytest.approx(sum(one["saved"] for one in worth.values()))


def test_alerts_of_a_run_are_told_in_one_event_once(client: httpx.Client) -> None:
    give_demand(client)
    made(client)
    send(client, week_sold(40, [400] * 15))
    second = made(client)  # learned anew, from sales that have jumped
    alerts = read(client, second, "watch")["alerts"]
    assert any(alert["kind"] == "drift" and alert["subject"] == "all" for alert in alerts)
    assert [alert["severity"] for alert in alerts] == sorted(alert["severity"] for alert in alerts)

    def events() -> list[dict[str, Any]]:
        items = client.get("/v1/events").json()["items"]
        return [event for event in items if event["type"] == "forecast.alerts"]

    wait_until(lambda: len(events()) > 0, seconds=30)
    (event,) = events()
    assert (event["subject"], event["data"]["run"], event["data"]["alerts"]) == (
        str(second),
        second,
        len(alerts),
    )
    assert [one["sentence"] for one in event["data"]["first"]] == [alert["sentence"] for alert in alerts[:25]]


def test_a_forecast_is_explained_in_figures_that_add_up_to_it(client: httpx.Client) -> None:
    give_demand(client)
    run = made(client)
    found = read(client, run, "explanation", sku="M-01", place="LON1")
    said = read(client, run, "series", sku="M-01", place="LON1")["items"][0]
    assert found["is_of_the_run"]
    assert found["mean"] == [step["mean"] for step in said["steps"]]
    assert found["periods"] == [step["first"] for step in said["steps"]]
    says = {model["model"]: model["units"] for model in found["models"]}
    added_up = [
        sum(weight["weight"] * says[weight["model"]][step] for weight in choice["weights"])
        * found["alive"][step]
        * found["season"][step]
        for choice in found["choices"]
        for step in range(choice["first_step"] - 1, choice["last_step"])
    ]
    assert found["launch"] is None
    assert added_up == pytest.approx(found["mean"])
    assert found["summary"].count(". ") >= 1
    assert (found["steps"], found["observed"]) == (40, 40)

    send(client, week_sold(40, [8] * 15))  # later sales are not what it was made from
    assert read(client, run, "explanation", sku="M-01", place="LON1") == found
    changed = [{**row, "units": [0] * 39 + [900]} for row in rows()]
    send(client, changed, replace=True)
    assert not read(client, run, "explanation", sku="M-01", place="LON1")["is_of_the_run"]
    ended = [{**row, "units": [1] * 10} for row in rows()]
    send(client, ended, replace=True)
    gone = client.get(f"/v1/forecasts/runs/{run}/explanation", params={"sku": "M-01", "place": "LON1"})
    assert (gone.status_code, gone.json()["type"].rpartition("/")[2]) == (409, "history-gone")
    nowhere = client.get(f"/v1/forecasts/runs/{run}/explanation", params={"sku": "M-01", "place": "MARS"})
    assert nowhere.status_code == 404


def test_an_override_is_shown_listed_and_withdrawn_once(idle: httpx.Client) -> None:
    one = override(idle).json()
    assert (one["holds"], one["withdrawn"], one["outdone_by"]) == (True, None, [])
    later = override(idle, kind="add", value=-2.5, last=week(44)).json()
    address = f"/v1/forecasts/overrides/{one['override']}"
    assert idle.get(address).json()["outdone_by"] == [later["override"]]
    listed = idle.get("/v1/forecasts/overrides", params={"limit": 1}).json()
    assert listed["items"] == [later]
    rest = idle.get("/v1/forecasts/overrides", params={"cursor": listed["next_cursor"]}).json()
    assert [each["override"] for each in rest["items"]] == [one["override"]]

    empty = idle.post(f"{address}/withdraw", json={"reason": "  "}, headers=key())
    assert empty.status_code == 422
    taken = idle.post(f"{address}/withdraw", json={"reason": "called off"}, headers=key())
    assert taken.status_code == 200, taken.text
    assert (taken.json()["holds"], taken.json()["withdrawn"]["reason"]) == (False, "called off")
    again = idle.post(f"{address}/withdraw", json={"reason": "called off"}, headers=key())
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "override-ended")
    holding = idle.get("/v1/forecasts/overrides", params={"holding": True}).json()["items"]
    assert [each["override"] for each in holding] == [later["override"]]
    assert idle.get("/v1/forecasts/overrides/999").status_code == 404


def test_one_key_makes_one_override(idle: httpx.Client) -> None:
    sent = {
        "sku": "M-01",
        "place": "LON1",
        "first": week(40),
        "last": week(41),
        "kind": "add",
        "value": 3,
        "reason": "a fair",
        "expires_at": FAR,
    }
    headers = key()
    answers = [idle.post("/v1/forecasts/overrides", json=sent, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(idle.get("/v1/forecasts/overrides").json()["items"]) == 1


def test_an_override_expires_with_its_last_step_unless_it_says_otherwise(idle: httpx.Client) -> None:
    monday = MONDAY + timedelta(weeks=-(-(date(2198, 1, 1) - MONDAY).days // 7))
    days = {"first": monday.isoformat(), "last": monday.isoformat()}
    made = override(idle, expires_at=None, **days)
    assert made.status_code == 201, made.text
    assert made.json()["expires_at"] == f"{(monday + timedelta(days=7)).isoformat()}T00:00:00Z"


@pytest.mark.parametrize(
    ("changes", "pointer", "word"),
    [
        ({"place": "MARS"}, "/sku", "there is no demand of M-01 at MARS by week"),
        ({"grain": "day"}, "/sku", "by day"),
        ({"first": "2025-10-14", "last": "2025-10-15"}, "/last", "the next one does on 2025-10-20"),
        ({"last": "2024-01-01"}, "/last", "is not before the first day"),
        ({"value": -1}, "/value", "leaves demand at 0 or more"),
        ({"kind": "multiply", "value": -0.5}, "/value", "leaves demand at 0 or more"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at", "is after it was made"),
        ({"expires_at": None}, "/last", "is over: nothing is left"),
        ({"reason": " "}, "/reason", ""),
        ({"value": 1e12}, "/value", ""),
        ({"kind": "square"}, "/kind", ""),
    ],
)
def test_an_override_that_cannot_be_meant_is_refused_with_its_field(
    idle: httpx.Client, changes: dict[str, Any], pointer: str, word: str
) -> None:
    refused = override(idle, **changes)
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert word in refused.text
    assert idle.get("/v1/forecasts/overrides").json()["items"] == []


def test_a_run_that_is_not_done_or_never_was_has_no_watch(idle: httpx.Client) -> None:
    asked = idle.post("/v1/forecasts/runs", json={"horizon": 4}, headers=key()).json()
    for what in ("watch", "value-added"):
        assert idle.get(f"/v1/forecasts/runs/{asked['run']}/{what}").status_code == 409
        assert idle.get(f"/v1/forecasts/runs/999/{what}").status_code == 404


def test_reading_needs_no_right_to_plan_and_overriding_does(idle: httpx.Client) -> None:
    spec = idle.get("/openapi.json").json()["paths"]
    scopes = {
        (path, method): next(iter(operation["security"][0].values()))
        for path, operations in spec.items()
        for method, operation in operations.items()
        if path.startswith(("/v1/forecasts/overrides", "/v1/forecasts/runs/{run}/"))
    }
    assert scopes[("/v1/forecasts/overrides", "post")] == ["plan"]
    assert scopes[("/v1/forecasts/overrides/{override}/withdraw", "post")] == ["plan"]
    assert scopes[("/v1/forecasts/runs/{run}/explanation", "get")] == ["read"]
