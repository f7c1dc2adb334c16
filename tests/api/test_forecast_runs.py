"""Forecast runs through the API: asked for, made by a worker, shown, exported; refused by name."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from api.settings import Settings
from tests.api.demand_files import PAIRS, give_demand, rows, send, week
from tests.api.support import database_of, key, load, running
from tests.api.workers import wait_until

LEVELS = [0.25, 0.5, 0.9]


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


def ask(client: httpx.Client, **sent: Any) -> httpx.Response:
    return client.post("/v1/forecasts/runs", json={"levels": LEVELS, "horizon": 4, **sent}, headers=key())


def run_at(client: httpx.Client, address: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(address).json()
    return found


def made(client: httpx.Client, **sent: Any) -> dict[str, Any]:
    """A run that was asked for, when it has ended."""
    answer = ask(client, **sent)
    assert answer.status_code == 202, answer.text
    address = answer.headers["Location"]
    wait_until(lambda: run_at(client, address)["state"] not in ("queued", "running"), seconds=120)
    return run_at(client, address)


def series_of(client: httpx.Client, run: int, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(f"/v1/forecasts/runs/{run}/series", params=query).json()["items"]
    return items


def refusal(answer: httpx.Response) -> tuple[int, str, str | None]:
    problem = answer.json()
    first = problem["errors"][0]["pointer"] if problem.get("errors") else None
    return answer.status_code, problem["type"].rpartition("/")[2], first


def test_a_run_is_made_shown_and_exported(client: httpx.Client) -> None:
    give_demand(client)
    run = made(client)
    assert (run["state"], run["done"], run["series"], run["left_out"]) == ("done", 15, 15, 0)
    assert (run["cutoff"], run["horizon"], run["levels"]) == (week(39), 4, LEVELS)
    assert client.get("/v1/forecasts/runs/latest").json() == run
    job = client.get(run["job"]).json()
    assert (job["kind"], job["done"], job["total"], job["message"]) == ("forecast-run", 15, 15, "forecasting")
    assert job["result"] == {
        "run": run["run"],
        "series": 15,
        "left_out": 0,
        "training": run["training"],
        "digest": run["digest"],
    }

    (one,) = series_of(client, run["run"], sku="M-01", place="LON1")
    assert [step["first"] for step in one["steps"]] == [week(40), week(41), week(42), week(43)]
    assert all(step["quantiles"] == sorted(step["quantiles"]) for step in one["steps"])
    assert [(each["sku"], each["place"]) for each in series_of(client, run["run"])] == PAIRS
    assert [each["sku"] for each in series_of(client, run["run"], place="DC1")] == ["K-17", "M-01", "T-03"]
    address = f"/v1/forecasts/runs/{run['run']}/series"
    first = client.get(address, params={"limit": 9}).json()
    rest = client.get(address, params={"limit": 9, "cursor": first["next_cursor"]}).json()
    assert first["items"] + rest["items"] == series_of(client, run["run"])

    answer = client.get(f"/v1/forecasts/runs/{run['run']}/export")
    assert answer.headers["Content-Type"] == "application/vnd.apache.parquet"
    table = pq.read_table(io.BytesIO(answer.content))
    assert table.column_names == ["sku", "place", "first", "mean", "dispersion", "q0.25", "q0.5", "q0.9"]
    assert table.num_rows == 15 * 4
    assert pq.ParquetFile(io.BytesIO(answer.content)).num_row_groups == 4  # of a chunk each
    text = client.get(f"/v1/forecasts/runs/{run['run']}/export", params={"format": "csv"})
    assert text.headers["Content-Type"].startswith("text/csv")
    read = list(csv.DictReader(io.StringIO(text.text)))
    assert [float(row["mean"]) for row in read] == table["mean"].to_pylist()
    assert [int(row["q0.9"]) for row in read] == table["q0.9"].to_pylist()
    assert read[0]["first"] == week(40)
    assert [step["quantiles"][2] for step in series_of(client, run["run"])[0]["steps"]] == [
        int(row["q0.9"]) for row in read[:4]
    ]

    again = made(client, train="latest")
    assert (again["training"], again["digest"]) == (run["training"], run["digest"])
    (training,) = client.get("/v1/forecasts/trainings").json()["items"]
    assert (training["training"], training["series"], training["cutoff"]) == (run["training"], 15, week(39))
    refused = ask(client, train="latest", drivers=["holiday"])
    assert refusal(refused) == (422, "invalid-input", "/drivers")
    assert "was made with drivers none" in refused.text
    some = made(client, train=run["training"], skus=["M-01"], places=["LON1", "DC1"])
    assert some["series"] == 2
    assert series_of(client, some["run"], place="LON1") == [one]
    listed = client.get("/v1/forecasts/runs", params={"limit": 2}).json()
    assert [each["run"] for each in listed["items"]] == [some["run"], again["run"]]


def test_what_is_announced_is_forecast_before_it_sells_and_the_explanation_says_from_what(
    client: httpx.Client,
) -> None:
    give_demand(client)
    announced = {"sku": "K-17", "place": "BRS1", "first": week(39), "units": [0], "stocked_out": [True]}
    assert send(client, [announced], replace=True).status_code == 200
    run = made(client)
    assert (run["state"], run["series"], run["left_out"]) == ("done", 15, 0)
    (one,) = series_of(client, run["run"], sku="K-17", place="BRS1")
    assert all(step["mean"] > 0 for step in one["steps"])
    query = {"sku": "K-17", "place": "BRS1"}
    found = client.get(f"/v1/forecasts/runs/{run['run']}/explanation", params=query).json()
    assert found["is_of_the_run"]
    assert found["mean"] == [step["mean"] for step in one["steps"]]
    elsewhere = found["launch"]["elsewhere"]
    expected = elsewhere["sku_level"] * elsewhere["place_factor"]
    assert found["launch"]["expected"] == pytest.approx([expected] * 4)
    assert elsewhere["has_sold"]  # BRS1 sells two other skus
    assert "Announced, not on sale yet" in found["summary"]
    assert "what its sku sells elsewhere" in found["summary"]


def test_series_that_ended_are_named_or_passed_over(idle: httpx.Client) -> None:
    short = {**rows(weeks=10)[0], "sku": "K-17", "place": "BRS1"}
    send(idle, [short], replace=True)
    refused = ask(idle)
    assert refusal(refused) == (422, "invalid-input", "/ended")
    assert f"1 series end before the step of {week(39)}; K-17 at BRS1 does on {week(9)}" in refused.text
    taken = ask(idle, ended="pass_over").json()
    assert (taken["series"], taken["passed_over"], taken["state"]) == (14, 1, "queued")


def test_drivers_have_to_reach_as_far_as_the_forecast(idle: httpx.Client) -> None:
    driver = {"driver": "holiday", "first": week(0), "values": [0.0] * 43}
    assert idle.post("/v1/demand/drivers", json=[driver], headers=key()).status_code == 200
    refused = ask(idle, drivers=["holiday"])
    assert refusal(refused) == (422, "invalid-input", "/drivers/0")
    assert f"holiday is not known of K-17 at BRS1 at every step from {week(0)} to {week(43)}" in refused.text
    assert ask(idle, drivers=["holiday"], horizon=3).json()["drivers"] == ["holiday"]
    assert refusal(ask(idle, drivers=["weather"], horizon=3)) == (422, "invalid-input", "/drivers/0")


def test_what_another_version_learned_is_refused_when_a_run_is_asked_for(
    idle: httpx.Client, settings: Settings
) -> None:
    learned, digest = '{"format": 1}', "a" * 32
    number = ask(idle).json()["run"]
    with database_of(settings.database_url) as database, database.writing() as stores:
        run = stores.forecasts.get(number)
        assert run is not None
        stores.forecasts.keep_training(run, learned, digest=digest, series=1)
    for train in (digest, "latest"):
        refused = ask(idle, train=train)
        assert refusal(refused) == (422, "invalid-input", "/train")
        assert "has format 1, this version reads" in refused.text


@pytest.mark.parametrize(
    ("sent", "kind", "pointer"),
    [
        ({"horizon": 0}, "invalid-input", "/horizon"),
        ({"horizon": -3}, "invalid-input", "/horizon"),
        ({"horizon": 53}, "invalid-input", "/horizon"),
        ({"horizon": 365, "grain": "day"}, "invalid-input", "/horizon"),
        ({"horizon": "8"}, "validation", "/horizon"),
        ({"levels": []}, "invalid-input", "/levels"),
        ({"levels": [0.9, 0.5]}, "invalid-input", "/levels"),
        ({"levels": [0.5, 1.0]}, "invalid-input", "/levels"),
        ({"grain": "day"}, "invalid-input", "/grain"),
        ({"grain": "month"}, "validation", "/grain"),
        ({"train": "latest"}, "invalid-input", "/train"),
        ({"train": "f" * 32}, "invalid-input", "/train"),
        ({"train": "yesterday"}, "validation", "/train"),
        ({"skus": ["K-18"]}, "unknown-reference", "/skus/0"),
        ({"places": ["LON1", "LON2"]}, "unknown-reference", "/places/1"),
        ({"seed": -1}, "validation", "/seed"),
        ({"chunk": 3}, "validation", "/chunk"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(
    refusing: httpx.Client, sent: dict[str, Any], kind: str, pointer: str
) -> None:
    if not refusing.get("/v1/demand/history").json()["items"]:
        give_demand(refusing)
    status, found, at = refusal(ask(refusing, **sent))
    assert (status, found) == (422, kind)
    assert at is not None
    assert at.startswith(pointer)
    assert refusing.get("/v1/forecasts/runs").json()["items"] == []


def test_without_demand_it_is_said_how_to_send_some(client: httpx.Client) -> None:
    refused = ask(client)
    assert refusal(refused) == (422, "invalid-input", "/grain")
    assert "POST /v1/demand/history" in refused.json()["fix"]


def test_a_run_that_is_not_done_has_nothing_to_show(idle: httpx.Client) -> None:
    run = ask(idle).json()
    assert (run["state"], run["done"], run["left_out"], run["digest"]) == ("queued", 0, None, None)
    address = f"/v1/forecasts/runs/{run['run']}"
    for path in ("series", "export"):
        assert refusal(idle.get(f"{address}/{path}"))[:2] == (409, "run-unfinished")
    assert idle.get("/v1/forecasts/runs/latest").status_code == 404
    for path in ("999", "999/series", "999/export"):
        assert refusal(idle.get(f"/v1/forecasts/runs/{path}"))[:2] == (404, "not-found")
    assert idle.post("/v1/forecasts/runs/999/cancel", headers=key()).status_code == 404
    canceled = idle.post(f"{address}/cancel", headers=key())
    assert (canceled.status_code, canceled.json()["state"]) == (200, "canceled")
    assert refusal(idle.get(f"{address}/series"))[:2] == (409, "run-unfinished")


def test_a_repeated_request_asks_for_one_run(idle: httpx.Client) -> None:
    first, second = (idle.post("/v1/forecasts/runs", json={"horizon": 2}, headers=key("k")) for _ in range(2))
    assert (first.status_code, second.text) == (202, first.text)
    assert second.headers["Location"] == first.headers["Location"]
    assert len(idle.get("/v1/forecasts/runs").json()["items"]) == 1
    assert len(idle.get("/v1/jobs").json()["items"]) == 1


def test_who_asked_stands_with_the_run_and_in_the_audit_log(idle: httpx.Client) -> None:
    run = ask(idle).json()
    (act,) = idle.get("/v1/audit", params={"subject": str(run["run"])}).json()["items"]
    assert (act["route"], act["actor"]) == ("/v1/forecasts/runs", run["asked_by"])


def test_a_cluster_that_is_away_fails_the_run_and_says_so(network: None, settings: Settings) -> None:
    update = {"embedded_worker": "on", "forecast_cluster": "tcp://127.0.0.1:9"}
    with running(settings.model_copy(update=update)) as client:
        load(client)
        give_demand(client)
        run = made(client)
        assert (run["state"], run["done"]) == ("failed", 0)
        problem = client.get(run["job"]).json()["problem"]
        assert problem["type"] == "/problems/cluster-away"
        assert "tcp://127.0.0.1:9" in problem["detail"]
