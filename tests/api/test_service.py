"""Health, readiness, pages, the demo clock, request ids, logs and housekeeping."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import httpx
import pytest
import structlog

from api import logs
from api.counting.instruments import Instruments
from api.housekeeping import Housekeeping, tidy
from api.problems import all_types
from api.settings import Settings
from storage.database import open_database
from tests.api.support import ROOT, key, load, order, running, tamper

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def test_the_service_says_that_it_lives_and_is_ready(empty: httpx.Client) -> None:
    assert empty.get("/health").json() == {"status": "alive"}
    assert empty.get("/ready").json() == {"status": "ready"}


def test_a_schema_of_another_version_is_not_ready(empty: httpx.Client, settings: Settings) -> None:
    tamper(settings, "UPDATE alembic_version SET version_num = 'other'")
    answer = empty.get("/ready")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-ready")
    assert empty.get("/health").status_code == 200


def test_the_reference_loads_nothing_from_another_host_under_a_strict_policy(empty: httpx.Client) -> None:
    page = empty.get("/docs")
    assert page.headers["Content-Security-Policy"] == POLICY
    assert "http" not in page.text
    assert "<script>" not in page.text
    assert "style=" not in page.text
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "reference.js", "page.css", "favicon-32x32.png"):
        answer = empty.get(f"/static/{name}")
        assert answer.status_code == 200
        assert len(answer.content) > 100
    assert (ROOT / "api/static/swagger_ui/LICENSE").is_file()
    assert empty.get("/static/NOTICE").text.startswith("swagger-ui")


@pytest.mark.parametrize("name", ["../settings.py", "..%2fsettings.py", "swagger_ui", "nothing.js"])
def test_no_other_file_is_given_out(empty: httpx.Client, name: str) -> None:
    assert empty.get(f"/static/{name}").status_code == 404


def test_the_first_page_leads_to_the_reference(empty: httpx.Client) -> None:
    page = empty.get("/")
    assert 'href="/docs"' in page.text
    assert page.headers["Content-Security-Policy"] == POLICY


def test_every_problem_type_has_a_page_on_the_running_service(empty: httpx.Client) -> None:
    listing = empty.get("/problems").text
    for kind in all_types():
        assert f"/problems/{kind.slug}" in listing
        page = empty.get(f"/problems/{kind.slug}")
        assert page.status_code == 200
        assert str(kind.status) in page.text
    assert empty.get("/problems/unheard-of").status_code == 404


def test_the_demo_clock_is_set_and_only_moves_forward(empty: httpx.Client) -> None:
    assert empty.get("/v1/demo/clock").json()["is_set"] is False
    set_to = empty.put("/v1/demo/clock", json={"now": "2011-05-16T09:00:00+01:00"})
    assert set_to.json() == {"now": "2011-05-16T08:00:00Z", "is_set": True}
    assert empty.get("/v1/demo/clock").json() == set_to.json()
    back = empty.put("/v1/demo/clock", json={"now": "2011-05-16T07:59:59Z"})
    assert (back.status_code, back.json()["type"]) == (409, "/problems/clock-goes-back")
    assert empty.put("/v1/demo/clock", json={"now": "2011-05-16T08:00:00Z"}).status_code == 200


def test_the_clock_is_refused_outside_demo_mode(settings: Settings) -> None:
    with running(settings.model_copy(update={"demo_mode": False})) as client:
        for answer in (
            client.get("/v1/demo/clock"),
            client.put("/v1/demo/clock", json={"now": "2011-05-16T08:00:00Z"}),
        ):
            assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-in-demo-mode")
            assert "NODEWISE_DEMO_MODE" in answer.json()["fix"]


def test_outside_demo_mode_the_time_is_real_whatever_a_demo_has_set(settings: Settings) -> None:
    with running(settings) as client:
        assert client.put("/v1/demo/clock", json={"now": "2011-05-16T08:00:00Z"}).status_code == 200
        load(client)
    real = settings.model_copy(update={"demo_mode": False})
    with logged() as lines, running(real) as client:
        sent = order("1", ("K-17", 1))
        expires = client.post("/v1/orders", json=sent, headers=key()).json()["expires_at"]
        assert datetime.fromisoformat(expires) > datetime.now(UTC)
    assert [line["fix"] for line in lines if line["event"] == "demo_clock_ignored"]
    with running(settings) as client:  # the demo goes on where it stood
        assert client.get("/v1/demo/clock").json() == {"now": "2011-05-16T08:00:00Z", "is_set": True}


def test_a_request_id_is_taken_if_well_formed_and_made_otherwise(empty: httpx.Client) -> None:
    assert empty.get("/health", headers={"X-Request-ID": "till-7.a"}).headers["X-Request-ID"] == "till-7.a"
    made = empty.get("/health", headers={"X-Request-ID": "two words"}).headers["X-Request-ID"]
    assert len(made) == 32


@contextmanager
def logged() -> Iterator[list[dict[str, Any]]]:
    """The lines that were logged inside, once it has ended."""
    stream, root, lines = StringIO(), logging.getLogger(), list[dict[str, Any]]()
    handlers, level, before = root.handlers, root.level, structlog.get_config()
    logs.configure("info", stream=stream)
    try:
        yield lines
    finally:
        root.handlers, root.level = handlers, level
        structlog.configure(**before)
    lines += [json.loads(line) for line in stream.getvalue().splitlines()]


def test_logs_are_json_lines_with_the_request_id_and_no_body_or_place(settings: Settings) -> None:
    somewhere = {"zone": "UK-SE", "latitude": 51.234567, "longitude": -0.765432}
    with logged() as lines, running(settings) as client:
        load(client)
        for mode in ("quote", "reserve"):
            body = order("ORDER-7", ("K-17", 1), mode=mode, destination=somewhere)
            headers = {**key(), "X-Request-ID": mode}
            given = client.post("/v1/orders", json=body, headers=headers).json()
        assert client.post("/v1/orders?note=private", json=body, headers=key()).status_code == 422
        assert client.get("/v1/availability?sku=K-17").is_success
    decision, line = (line for line in lines if line.get("request_id") == "reserve")
    assert decision["event"] == "decision"
    assert decision["decision"] == given["decision"] == "ORDER-7.1"
    assert {
        name: decision[name] for name in ("state", "engine", "gap", "proven", "degraded", "attempts")
    } == {
        "state": "reserved",
        "engine": "subsets",
        "gap": 0.0,
        "proven": True,
        "degraded": "",
        "attempts": 1,
    }
    assert decision["seconds"] == given["seconds"]
    quoted, _ = (line for line in lines if line.get("request_id") == "quote")
    assert quoted["decision"] == "ORDER-7.0"
    assert {name: line[name] for name in ("event", "method", "route", "status", "level")} == {
        "event": "request",
        "method": "POST",
        "route": "/v1/orders",
        "status": 201,
        "level": "info",
    }
    clocks = ("seconds", "timestamp")  # their digits may be those of a place
    told = json.dumps([{name: line[name] for name in line if name not in clocks} for line in lines])
    for private in ("private", "K-17", "51.23", "0.76", "UK-SE"):
        assert private not in told


def test_tidying_marks_what_expired_and_forgets_old_keys(settings: Settings) -> None:
    with running(settings) as client:
        load(client)
        client.put("/v1/demo/clock", json={"now": "2026-11-21T09:00:00Z"})
        client.post("/v1/orders", json=order("1", ("K-17", 1)), headers=key("k"))
        client.put("/v1/demo/clock", json={"now": "2026-11-22T10:00:00Z"})
        database = open_database(settings.database_url)
        assert tidy(database) == (1, 0)  # the clock of keys is the database's own, which has not jumped
        assert tidy(database) == (0, 0)
        database.close()
        assert client.get("/v1/orders/1").json()["state"] == "expired"
        same = client.post("/v1/orders", json=order("1", ("K-17", 1)), headers=key("k"))
        assert "Idempotent-Replayed" in same.headers
        database = open_database(settings.database_url, key_hours=0)
        assert tidy(database) == (0, 1)
        database.close()
        # The key is forgotten: the same request is a new one.
        again = client.post("/v1/orders", json=order("1", ("K-17", 1)), headers=key("k"))
        assert "Idempotent-Replayed" not in again.headers


def test_housekeeping_tidies_by_itself(settings: Settings) -> None:
    with running(settings) as client:
        load(client)
        counts = Instruments()
        database = open_database(settings.database_url, observer=counts)
        with database.writing() as stores:
            stores.clock.set(datetime(2026, 11, 21, 9, tzinfo=UTC))
        client.post("/v1/orders", json=order("1", ("K-17", 1)), headers=key())
        with database.writing() as stores:
            stores.clock.set(stores.now + timedelta(hours=1))
        housekeeping = Housekeeping(database, settings.model_copy(update={"tidy_seconds": 0.02}))
        housekeeping.start()
        deadline = datetime.now(UTC) + timedelta(seconds=20)
        verbs: set[str] = set()
        while "expire" not in verbs and datetime.now(UTC) < deadline:
            with database.reading() as stores:
                verbs = {entry.verb for entry in stores.ledger.entries()}
        housekeeping.stop()
        database.close()
    assert "expire" in verbs
    assert counts.registry.get_sample_value("nodewise_expired_reservations_total") == 1
