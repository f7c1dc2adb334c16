"""Jobs with real servers, real workers and real kills: nothing is lost, and nothing is done twice."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.jobs import running as job_running
from api.orders import jobs as source_orders
from api.orders.items import source_item
from api.settings import Settings
from storage.database import open_database
from storage.errors import StorageUnavailable
from storage.jobs import Jobs, JobState
from tests.api.support import Server, key, load, running
from tests.api.workers import (
    LEASE,
    Worker,
    ask_for_orders,
    job_at,
    results_of,
    start_worker,
    units_held,
    wait_for_end,
    wait_until,
)

ORDERS = 250
PLENTY = "sku,node,quantity,safety_stock\nT-03,DC1,200,0\n"  # not for all of them
NO_WORKER = {**LEASE, "NODEWISE_EMBEDDED_WORKER": "off"}
Start = Callable[..., Worker]


@pytest.fixture
def work(settings: Settings, tmp_path: Path) -> Iterator[Start]:
    """Start workers on one database; those left running are killed."""
    started: list[Worker] = []

    def start(**environment: str) -> Worker:
        started.append(start_worker(tmp_path, settings.database_url, **environment))
        return started[-1]

    yield start
    for worker in started:
        worker.process.kill()
        worker.process.wait(timeout=20)


@pytest.fixture
def client(network: None, settings: Settings) -> Iterator[httpx.Client]:
    """A service that runs no job itself, with the small network and 200 tea towels."""
    with running(settings.model_copy(update={"embedded_worker": "off"})) as client:
        sent = client.post("/v1/supply/import", content=PLENTY, headers={"Content-Type": "text/csv"})
        assert sent.status_code == 200
        yield client


def at_least(client: httpx.Client, address: str, done: int) -> Callable[[], bool]:
    return lambda: job_at(client, address)["done"] >= done


def prove_one_effect_each(client: httpx.Client, address: str, database_url: str) -> Counter[int]:
    """Each granted order holds its unit once, each result stands once; how many results of each status."""
    job, results = job_at(client, address), results_of(client, address)
    assert [one["index"] for one in results] == list(range(job["done"]))
    for one in results:
        if one["status"] == 201:
            found = client.get(f"/v1/orders/{one['body']['id']}").json()
            assert (found["revision"], len(found["claims"])) == (1, 1)
    statuses = Counter(one["status"] for one in results)
    assert units_held(client, "T-03") == statuses[201]
    database = open_database(database_url, durable=False)
    with database.reading() as stores:
        assert stores.ledger.reconcile() == []
    database.close()
    return statuses


def test_when_a_worker_is_killed_another_finishes_its_job_and_each_order_has_one_effect(
    client: httpx.Client, work: Start, settings: Settings
) -> None:
    first = work()
    address = ask_for_orders(client, ORDERS)
    wait_until(at_least(client, address, 10))
    first.kill()
    left = job_at(client, address)
    assert left["state"] == "running"
    assert 10 <= left["done"] < ORDERS
    second = work()
    job = wait_for_end(client, address)
    assert (job["state"], job["done"]) == ("done", ORDERS)
    assert second.said("job_put_back") == 1
    statuses = prove_one_effect_each(client, address, settings.database_url)
    assert job["result"] == {"orders": ORDERS, "by_status": {str(s): n for s, n in sorted(statuses.items())}}
    assert statuses == {201: 206, 409: ORDERS - 206}  # 200 at DC1, 6 above the safety stock of BRS1


def test_a_job_that_was_asked_for_is_run_though_the_server_is_killed_at_once(
    serve: Callable[..., Server], client: httpx.Client, work: Start, settings: Settings
) -> None:
    server = serve(**NO_WORKER)
    with server.client() as doomed:
        address = ask_for_orders(doomed, 5)
    server.kill()
    assert job_at(client, address)["state"] == "queued"
    work()
    assert wait_for_end(client, address)["state"] == "done"
    assert prove_one_effect_each(client, address, settings.database_url) == {201: 5}


def test_cancel_stops_a_job_long_before_its_end_and_what_was_done_stays_done(
    client: httpx.Client, work: Start, settings: Settings
) -> None:
    work()
    address = ask_for_orders(client, ORDERS)
    wait_until(at_least(client, address, 5))
    answer = client.post(f"{address}/cancel", headers=key("c"))
    assert (answer.status_code, answer.json()["cancel_requested"]) == (200, True)
    wait_until(lambda: job_at(client, address)["state"] == "canceled", seconds=20)
    done = job_at(client, address)["done"]
    assert 5 <= done < ORDERS
    assert sum(prove_one_effect_each(client, address, settings.database_url).values()) == done
    assert client.post(f"{address}/cancel", headers=key("c")).text == answer.text
    assert client.post(f"{address}/cancel", headers=key()).json()["state"] == "canceled"


def test_a_job_canceled_while_it_waits_is_never_begun(client: httpx.Client, work: Start) -> None:
    address = ask_for_orders(client, 3)
    answer = client.post(f"{address}/cancel", headers=key()).json()
    assert (answer["state"], answer["started_at"]) == ("canceled", None)
    work()
    after = wait_for_end(client, ask_for_orders(client, 1, name="x"))
    assert after["state"] == "done"
    assert job_at(client, address) == answer
    assert client.get("/v1/orders/o0").status_code == 404


def test_two_workers_share_the_jobs(client: httpx.Client, work: Start, settings: Settings) -> None:
    workers = [work(), work()]
    addresses = [ask_for_orders(client, 16, name=letter) for letter in "abcdefghijkl"]
    ended = [wait_for_end(client, address) for address in addresses]
    assert [job["state"] for job in ended] == ["done"] * 12
    shares = [worker.said("job_ended") for worker in workers]
    assert (min(shares) > 0, sum(shares)) == (True, 12)
    assert units_held(client, "T-03") == 192


def test_a_stopped_worker_finishes_its_item_and_another_goes_on(
    client: httpx.Client, work: Start, settings: Settings
) -> None:
    first = work()
    address = ask_for_orders(client, ORDERS)
    wait_until(at_least(client, address, 5))
    assert first.stop() == 0
    left = job_at(client, address)
    assert (left["state"], left["finished_at"]) == ("queued", None)
    assert 5 <= left["done"] < ORDERS
    work()
    assert wait_for_end(client, address)["state"] == "done"
    assert prove_one_effect_each(client, address, settings.database_url)[201] == 206


@pytest.mark.parametrize("at", ["begun", "handed out"])
def test_a_job_that_could_not_be_put_back_at_a_stop_is_found_by_the_next_worker(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """The database is away while the process stops, and there again when it looks for what it has left."""

    asked = threading.Event()

    def slow(*arguments: Any, **named: Any) -> Any:
        time.sleep(0.3)
        return source_item(*arguments, **named)

    def away(*_arguments: Any, **_named: Any) -> Any:
        asked.set()
        raise StorageUnavailable("away for a moment", fix="Try again")

    embedded = settings.model_copy(update={"embedded_worker": "on", "lease_seconds": 1.0})
    with monkeypatch.context() as patched:
        patched.setattr(source_orders, "source_item", slow)
        if at == "handed out":
            patched.setattr(job_running, "_go_through", away)
            patched.setattr(Jobs, "start", away)
        with running(embedded) as client:
            load(client)
            address = ask_for_orders(client, 10)
            if at == "begun":
                wait_until(at_least(client, address, 1))
            else:
                wait_until(asked.is_set)
            patched.setattr(job_running._Book, "put_back", away)
    with running(embedded) as client:
        assert job_at(client, address)["done"] < 10
        job = wait_for_end(client, address)
        assert (job["state"], job["done"]) == ("done", 10)


def test_the_audit_log_leads_from_what_a_job_wrote_to_who_asked_for_it(settings: Settings) -> None:
    embedded = settings.model_copy(update={"embedded_worker": "on"})
    with running(embedded) as client:
        load(client)
        address = ask_for_orders(client, 2)
        assert wait_for_end(client, address)["state"] == "done"
        job = address.rpartition("/")[2]
        (wrote, _) = client.get("/v1/audit", params={"actor": "job"}).json()["items"]
        assert (wrote["actor"], wrote["actor_name"]) == ("job", job)
        (asked,) = client.get("/v1/audit", params={"subject": job}).json()["items"]
        assert (asked["route"], asked["actor"]) == ("/v1/orders/bulk-jobs", "nobody")


def test_on_sqlite_the_server_runs_jobs_itself_and_on_postgresql_it_leaves_them(
    serve: Callable[..., Server], client: httpx.Client, settings: Settings
) -> None:
    with serve(**LEASE).client() as other:
        address = ask_for_orders(other, 3)
        if settings.database_file is None:
            database = open_database(settings.database_url, durable=False)
            with database.reading() as stores:
                assert stores.jobs.depth() == {JobState.QUEUED: 1, JobState.RUNNING: 0}
            database.close()
            assert job_at(other, address)["state"] == "queued"
        else:
            assert wait_for_end(other, address)["state"] == "done"


def test_a_repeated_request_asks_for_one_job(client: httpx.Client) -> None:
    body = {"orders": [{"mode": "quote"}]}
    first, second = (client.post("/v1/orders/bulk-jobs", json=body, headers=key("k")) for _ in range(2))
    assert (first.status_code, second.text) == (202, first.text)
    assert second.headers["Location"] == first.headers["Location"]
    assert len(client.get("/v1/jobs").json()["items"]) == 1


def test_jobs_are_listed_newest_first_by_pages_and_by_state_and_kind(
    client: httpx.Client, work: Start
) -> None:
    reconciling = client.post("/v1/ledger/reconcile-jobs", headers=key()).headers["Location"]
    asked = [reconciling, *(ask_for_orders(client, 1, name=name, mode="quote") for name in "abc")]
    client.post(f"{asked[1]}/cancel", headers=key())
    page = client.get("/v1/jobs", params={"limit": 3}).json()
    rest = client.get("/v1/jobs", params={"limit": 3, "cursor": page["next_cursor"]}).json()
    listed = [f"/v1/jobs/{job['id']}" for job in (*page["items"], *rest["items"])]
    assert listed == asked[::-1]
    assert rest["next_cursor"] is None

    def only(**which: str) -> list[str]:
        return [f"/v1/jobs/{job['id']}" for job in client.get("/v1/jobs", params=which).json()["items"]]

    assert only(state="canceled") == [asked[1]]
    assert only(kind="reconcile-ledger") == [asked[0]]
    assert only(state="done") == []
    worker = work()
    job = wait_for_end(client, reconciling)
    assert job["result"] == {"reconciles": True, "complaint_count": 0, "complaints": []}
    assert (job["done"], job["total"], job["message"]) == (1, 1, "0 complaints")
    ended = client.post(f"{reconciling}/cancel", headers=key())
    assert (ended.status_code, ended.json()["type"]) == (409, "/problems/job-ended")
    for address in asked:
        wait_for_end(client, address)
    assert worker.stop() == 0
    lines = worker.log.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "Nodewise runs jobs. Ctrl-C stops it."
    told = [json.loads(line)["event"] for line in lines[1:]]
    told = [event for event in told if event != "decision"]  # of the quotes
    assert told == ["worker_ready", *["job_ended"] * 3, "worker_stops", "worker_stopped"]


def test_bad_questions_about_jobs_are_refused_by_name(client: httpx.Client) -> None:
    address = ask_for_orders(client, 1)
    for path, type_, pointer in (
        ("/v1/jobs?state=lost", "validation", "?state"),
        ("/v1/jobs?kind=unknown", "validation", "?kind"),
        ("/v1/jobs?cursor=x", "validation", "?cursor"),
        (f"{address}/results?cursor=WyJ4Il0", "validation", "?cursor"),
        ("/v1/jobs/nobody", "not-found", None),
        ("/v1/jobs/nobody/results", "not-found", None),
    ):
        problem = client.get(path).json()
        assert problem["type"] == f"/problems/{type_}", path
        assert [field["pointer"] for field in problem["errors"]] == ([pointer] if pointer else [])
    assert client.post("/v1/jobs/nobody/cancel", headers=key()).status_code == 404
