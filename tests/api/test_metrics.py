"""What the service counts: as Prometheus reads it, as its document says it, and per app."""

import re
import threading
from pathlib import Path

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse

from api.app import create_app
from api.counting.gauges import Gauges
from api.counting.instruments import Instruments
from api.settings import Settings
from fulfillment.errors import InsufficientStock
from fulfillment.events import Event, EventType
from storage.database import open_database
from storage.errors import LostRace
from tests.api.conftest import settings_in
from tests.api.support import ROOT, key, order, running
from tests.postgres import own_server

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(client: httpx.Client) -> Samples:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in parse(answer.text)
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float:
    return found.get((name, tuple(sorted(labels.items()))), 0.0)


def test_what_happens_is_counted(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    before = samples(client)
    assert value(before, "nodewise_database_up") == 1
    client.post("/v1/orders", json=order("1", ("K-17", 1), mode="quote"))
    for _ in range(2):
        assert client.post("/v1/orders", json=order("1", ("K-17", 1)), headers=key("k")).status_code == 201
    client.post("/v1/orders", json=order("2", ("K-17", 900), accept_partial=False), headers=key())
    client.get("/v1/orders/nobody?x")
    client.get("/no/such/address")
    client.request("PROPFIND", "/health")

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("api.orders.deciding.source", fail)
    client.post("/v1/orders", json=order("3", ("K-17", 1)), headers=key())
    monkeypatch.setattr("api.counting.gauges.FRESH", 0)
    found = samples(client)

    def grown(name: str, **labels: str) -> float:
        return value(found, name, **labels) - value(before, name, **labels)

    requests = "nodewise_request_seconds_count"
    assert grown(requests, route="/v1/orders", method="POST", status="2xx") == 4
    assert grown(requests, route="/v1/orders", method="POST", status="4xx") == 1
    assert grown(requests, route="/v1/orders/{order}", method="GET", status="4xx") == 1
    assert grown(requests, route="none", method="GET", status="4xx") == 1
    assert grown(requests, route="/health", method="other", status="4xx") == 1
    engines = [grown("nodewise_decision_seconds_count", engine=name) for name in ("subsets", "facility")]
    assert sum(engines) == 3
    assert grown("nodewise_decision_seconds_count", engine="rule") == 1
    assert grown("nodewise_decision_gap_ratio_count") == 3
    assert grown("nodewise_degraded_decisions_total", reason="solver_failed") == 1
    assert grown("nodewise_reserve_attempts_count") == 2
    assert grown("nodewise_reserve_attempts_bucket", le="1.0") == 2
    assert grown("nodewise_idempotent_replays_total", route="/v1/orders") == 1
    assert grown("nodewise_open_claims", state="reserved") == 2
    assert grown("nodewise_transaction_seconds_count", kind="write") >= 2
    assert value(found, "nodewise_open_claims", state="allocated") == 0
    assert value(found, "process_resident_memory_bytes") > 1e6


def test_a_conflict_is_counted_by_how_it_was_noticed() -> None:
    counts = Instruments()
    for error in (LostRace(), InsufficientStock(()), LostRace()):
        counts.overtaken(error)
    read = counts.registry.get_sample_value
    assert read("nodewise_conflicts_total", {"kind": "lost_race"}) == 2
    assert read("nodewise_conflicts_total", {"kind": "insufficient_stock"}) == 1


def test_two_orders_for_one_piece_at_once_leave_their_conflicts_in_the_counts(
    client: httpx.Client, settings: Settings
) -> None:
    start = threading.Barrier(8)

    def buy(number: int) -> None:
        start.wait(20)
        client.post("/v1/orders", json=order(str(number), ("M-01", 1)), headers=key())

    threads = [threading.Thread(target=buy, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = samples(client)
    granted = value(found, "nodewise_reserve_attempts_count")
    conflicts = sum(of for (name, _), of in found.items() if name == "nodewise_conflicts_total")
    attempts = value(found, "nodewise_reserve_attempts_sum")
    assert granted == 5
    assert attempts - granted <= conflicts  # those of the refused count as well


def test_queues_tell_their_depth(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/test.db")
    database.upgrade()
    with database.writing() as stores:
        stores.outbox.put(Event(EventType.ORDER_EXPIRED, "1"))
    gauges, counts = Gauges(database), Instruments()
    counts.registry.register(gauges)
    read = counts.registry.get_sample_value
    depths = {
        queue: read("nodewise_queue_depth", {"queue": queue}) for queue in ("events", "deliveries", "jobs")
    }
    assert depths == {"events": 1, "deliveries": 0, "jobs": 0}
    assert read("nodewise_database_connections_in_use") == 0
    database.close()


def test_the_figures_of_the_database_are_read_once_for_many_scrapes(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples(client)
    client.post("/v1/orders", json=order("1", ("K-17", 1)), headers=key())
    monkeypatch.setattr("api.counting.gauges.FRESH", 600)
    reads = value(samples(client), "nodewise_transaction_seconds_count", kind="read")
    again = samples(client)
    assert value(again, "nodewise_transaction_seconds_count", kind="read") == reads


def test_while_the_database_is_gone_the_rest_is_told(tmp_path: Path) -> None:
    with own_server() as url:
        context = running(settings_in(tmp_path).model_copy(update={"database_url": url}))
        client = context.__enter__()
    found = samples(client)
    assert value(found, "nodewise_database_up") == 0
    assert "nodewise_open_claims" not in {name for name, _ in found}
    assert ("nodewise_database_connections_in_use", ()) in found
    context.__exit__(None, None, None)


def test_openmetrics_is_given_to_who_asks_for_it(client: httpx.Client) -> None:
    answer = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert {family.name for family in parse_openmetrics(answer.text)} >= {"nodewise_request_seconds"}


def test_every_metric_stands_in_the_document_and_no_other(client: httpx.Client) -> None:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `(nodewise_\w+)` \|", page, re.MULTILINE))
    help_lines = re.findall(r"^# TYPE (nodewise_\w+) (\w+)$", client.get("/metrics").text, re.MULTILINE)
    exposed = {name for name, _ in help_lines if not name.endswith("_created")}
    assert told == exposed


def test_names_follow_the_conventions(client: httpx.Client) -> None:
    for family in parse(client.get("/metrics").text):
        if not family.name.startswith("nodewise_") or family.name.endswith("_created"):
            continue
        assert family.documentation
        if family.type == "histogram":
            assert re.search(r"_(seconds|ratio|attempts)$", family.name)
        assert not re.search(r"milliseconds|_ms$", family.name)


def test_two_apps_in_one_process_count_apart(settings: Settings) -> None:
    one, other = create_app(settings), create_app(settings)
    one.state.counts.expired(4)
    name = "nodewise_expired_reservations_total"
    assert one.state.counts.registry.get_sample_value(name) == 4
    assert other.state.counts.registry.get_sample_value(name) == 0
