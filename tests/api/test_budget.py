"""The time of a request: it is answered within it, degraded or refused, whatever the database does."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.access.known_keys import REMEMBERED_SECONDS
from api.edge.budget import APPLIED
from api.settings import Settings
from tests.api.conftest import settings_in
from tests.api.support import key, load, order, running
from tests.api.test_access import opened
from tests.faults import Wire, frozen, locked_file, locked_table
from tests.postgres import own_server

BUDGET = 0.5  # seconds
LONGEST = BUDGET + 10  # this machine may be busy; without a budget it would be half a minute
UNHURRIED = {
    "budget_milliseconds": 1_200_000,
    "transaction_seconds": 600,
}  # however long a machine stands still
WISH = {"Prefer": f"wait={BUDGET}"}


@contextmanager
def in_time() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < LONGEST


def post(client: httpx.Client, name: str, sku: str = "K-17", *, mode: str = "quote") -> httpx.Response:
    body = order(name, (sku, 1), mode=mode)
    return client.post("/v1/orders", json=body, headers={**WISH, **key(f"{name}-{mode}")})


def assert_degraded(answer: httpx.Response) -> None:
    """A quote from memory, by a rule, that says so."""
    assert answer.status_code == 200, answer.text
    decision = answer.json()
    assert (decision["degraded"], decision["engine"]) == (True, "rule")
    assert decision["shipments"][0]["node"] == "LON1"  # the nearest; the solver would take DC1
    assert "the database did not answer" in decision["degraded_because"]
    assert decision["as_of"] < decision["decided_at"]
    assert decision["as_of"][:19] in decision["degraded_because"]
    assert decision["price_book"]["state"] == "unknown"


def assert_refused(answer: httpx.Response) -> None:
    """Nothing is held on figures that may be old."""
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (503, "/problems/storage-unavailable")
    assert problem["retry"] == "same-key"
    assert "nothing was written" in problem["detail"]


def assert_bears_it(client: httpx.Client, *, reads: bool) -> None:
    """What a client sees while the database is away, of an order it has asked about before."""
    for mode in ("reserve", "commit"):
        with in_time():
            assert_refused(post(client, "known", mode=mode))
    with in_time():
        answer = post(client, "known")
    if reads:
        assert answer.json()["degraded"] is False
        return
    assert_degraded(answer)
    with in_time():  # T-03 was never read: there is nothing to answer from
        assert_refused(post(client, "unknown", "T-03"))


def assert_well_again(client: httpx.Client) -> None:
    assert post(client, "known").json()["degraded"] is False
    assert post(client, "known", mode="reserve").status_code == 201


def settings_on(url: str, folder: Path, **more: Any) -> Settings:
    return settings_in(folder).model_copy(update={"database_url": url, **more})


def test_a_file_locked_by_another_process(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with running(settings) as client:
        load(client)
        assert post(client, "known").json()["degraded"] is False
        with locked_file(settings.database_url):
            assert_bears_it(client, reads=True)  # readers have their snapshot
        assert_well_again(client)


def test_a_table_locked_by_another_session(postgres_url: str, tmp_path: Path) -> None:
    with running(settings_on(postgres_url, tmp_path)) as client:
        load(client)
        assert post(client, "known").json()["degraded"] is False
        with locked_table(postgres_url, "supply"):
            assert_bears_it(client, reads=False)
        assert_well_again(client)


def test_a_frozen_server_and_then_none_at_all(tmp_path: Path) -> None:
    with own_server() as url, running(settings_on(url, tmp_path)) as client:
        load(client)
        assert post(client, "known").json()["degraded"] is False
        with frozen(url):
            assert_bears_it(client, reads=False)
        assert_well_again(client)

    with own_server() as url:
        context = running(settings_on(url, tmp_path))
        client = context.__enter__()
        load(client)
        assert post(client, "known").json()["degraded"] is False
    assert_bears_it(client, reads=False)
    context.__exit__(None, None, None)


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_commit_whose_answer_is_lost_is_told_so_and_repeated_has_one_effect(
    postgres_url: str, tmp_path: Path, cut: str
) -> None:
    wire = Wire(postgres_url)
    with running(settings_on(wire.url, tmp_path)) as client:
        load(client)
        wire.cut(cut, passing=1)  # that of the reading
        lost = post(client, "known", mode="reserve")
        assert (lost.status_code, lost.json()["retry"]) == (503, "same-key")
        assert "all of the request was written, or nothing of it" in lost.json()["detail"]
        assert "same Idempotency-Key" in lost.json()["fix"]
        again = post(client, "known", mode="reserve")
        assert again.status_code == 201
        assert ("Idempotent-Replayed" in again.headers) == (cut == "after")
        rows = client.get("/v1/supply", params={"limit": 100}).json()["items"]
        assert sum(row["reserved"] for row in rows) == 1
    wire.close()


def test_a_solver_that_fails_and_one_that_gets_no_time(
    settings: Settings, network: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    def reserve(client: httpx.Client, name: str) -> dict[str, Any]:
        body = order(name, ("K-17", 1), mode="reserve")
        answer = client.post("/v1/orders", json=body, headers=key(name), timeout=None)
        assert answer.status_code == 201
        return dict(answer.json())

    with running(settings.model_copy(update=UNHURRIED)) as client:
        monkeypatch.setattr("api.orders.deciding.source", fail)
        failed = reserve(client, "1")
        assert failed["degraded_because"] == "the solver failed; the nearest nodes were taken"
        assert failed["as_of"] is None
        monkeypatch.setattr("api.orders.deciding.LEAST_SECONDS", 1_000)
        assert "left none to search" in reserve(client, "2")["degraded_because"]


@pytest.mark.parametrize(
    ("sent", "applied"),
    [
        ("wait=0.5", "wait=0.5"),
        ("respond-async, WAIT = 2;x=1", "wait=2"),
        ('wait="1"', "wait=1"),
        ("wait=90", "wait=5"),  # no longer than the setting
        ("wait=0", None),
        ("wait=-1", None),
        ("wait=soon", None),
        ("wait=1s", None),
        ("handling=lenient", None),
    ],
)
def test_what_is_applied_of_a_wish_is_told_and_what_cannot_be_is_ignored(
    refusing: httpx.Client, sent: str, applied: str | None
) -> None:
    body = order("1", ("K-17", 1), mode="quote")
    answer = refusing.post("/v1/orders", json=body, headers={"Prefer": sent})
    assert answer.status_code == 200
    assert answer.headers.get(APPLIED) == applied


def test_with_keys_a_quote_is_degraded_after_what_is_known_of_the_key_went_stale(tmp_path: Path) -> None:
    with own_server() as url:
        settings = settings_on(url, tmp_path, requests_per_minute=0)
        with opened(settings) as shop:
            shop.client.headers.update(shop.bearer("admin"))
            load(shop.client)
            assert post(shop.client, "known").json()["degraded"] is False
            with frozen(url):
                time.sleep(REMEMBERED_SECONDS + 0.1)
                for _ in range(3):
                    with in_time():
                        assert_degraded(post(shop.client, "known"))
                with in_time():
                    unseen = shop.send("GET", "/v1/orders", headers=shop.bearer("read"))
                assert (unseen.status_code, unseen.json()["type"]) == (503, "/problems/storage-unavailable")
            assert_well_again(shop.client)


def test_orders_have_threads_while_all_others_wait_and_those_are_refused_in_time(tmp_path: Path) -> None:
    with (
        own_server() as url,
        running(settings_on(url, tmp_path, threads=2, transaction_seconds=4)) as client,
    ):
        load(client)
        assert post(client, "known", mode="reserve").status_code == 201
        assert post(client, "known").json()["degraded"] is False
        refused: list[httpx.Response] = []

        def cancel() -> None:
            with httpx.Client(base_url=client.base_url, timeout=60) as other:
                refused.append(other.post("/v1/orders/known/cancel", headers=key()))

        with frozen(url):
            others = [threading.Thread(target=cancel) for _ in range(4)]
            for other in others:
                other.start()
            time.sleep(0.3)
            assert_degraded(post(client, "known"))
            assert refused == []  # it had not to wait for any of the others
            for other in others:
                other.join(timeout=30)
            assert len(refused) == 4
            for answer in refused:
                assert_refused(answer)
        assert_well_again(client)
