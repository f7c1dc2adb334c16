"""`nodewise webhooks listen` against a real service: what it prints, passes on, and leaves behind."""

import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.api.receiver import in_turn, receiving
from tests.api.support import Server, key, load, order, start_server
from tests.cli.terminal import NODEWISE, Ran, environment

Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service in demo mode, which looks often."""
    folder = tmp_path_factory.mktemp("service")
    started = start_server(folder, NODEWISE_DEMO_MODE="true", NODEWISE_WEBHOOK_SECONDS="0.1")
    with started.client() as client:
        load(client)
    yield started
    started.process.terminate()
    started.process.wait(timeout=30)


class Listening:
    """The command in a process of its own; its lines as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        self.lines = process.stdout

    def next_line(self) -> str:
        watchdog = threading.Timer(30, self.process.kill)
        watchdog.start()
        line = self.lines.readline()
        watchdog.cancel()
        assert line, self.process.stderr and self.process.stderr.read()
        return line.rstrip("\n")


@contextmanager
def listen(server: Server, folder: Path, *more: str) -> Iterator[Listening]:
    process = subprocess.Popen(
        [*NODEWISE, "webhooks", "listen", "--url", server.url, *more],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = process.stderr.readline()
    assert "Ctrl-C ends it" in said, said + process.stderr.read()
    try:
        yield Listening(process)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        assert "was removed" in process.stderr.read()
        process.stdout.close()  # type: ignore[union-attr]
        process.stderr.close()
    assert httpx.get(f"{server.url}/v1/webhooks").json()["items"] == []


def reserve(server: Server, name: str) -> None:
    answer = httpx.post(f"{server.url}/v1/orders", json=order(name, ("T-03", 1)), headers=key(), timeout=60)
    assert answer.status_code == 201, answer.text


def test_each_event_is_a_line_and_the_webhook_is_removed_in_the_end(server: Server, tmp_path: Path) -> None:
    with listen(server, tmp_path) as listening:
        reserve(server, "L-1")
        assert listening.next_line().split("\t")[1:] == ["order.reserved", "L-1", "verified"]
        url = httpx.get(f"{server.url}/v1/webhooks").json()["items"][0]["url"]
        forged = httpx.post(url, json={"type": "order.reserved"}, headers={"webhook-id": "evt_1"})
        assert forged.status_code == 401
        assert listening.next_line().split("\t") == ["-", "-", "-", "NOT VERIFIED"]


def test_events_of_one_type_are_passed_on_as_they_came_and_tried_again_when_refused(
    server: Server, tmp_path: Path
) -> None:
    with (
        receiving(in_turn(503, 200)) as receiver,
        listen(server, tmp_path, "--type", "order.confirmed", "--forward-to", receiver.url) as listening,
    ):
        reserve(server, "L-2")
        httpx.post(f"{server.url}/v1/orders/L-2/confirm", headers=key())
        for status in ("503", "200"):
            told = listening.next_line().split("\t")[1:]
            assert told == ["order.confirmed", "L-2", "verified", f"forwarded: {status}"]
        assert len(set(receiver.ids)) == 1
        assert receiver.received[0].headers["webhook-signature"].startswith("v1,")


def test_with_json_the_body_is_printed_as_it_came(server: Server, tmp_path: Path) -> None:
    with listen(server, tmp_path, "--json") as listening:
        reserve(server, "L-3")
        assert json.loads(listening.next_line())["data"]["order"] == "L-3"


def test_what_is_refused_is_said_with_a_way_out(server: Server, run_here: Run) -> None:
    wrong = run_here("webhooks", "listen", "--url", server.url, "--type", "order.shiped")
    assert (wrong.code, wrong.out) == (2, "")
    assert "order.shipped" in wrong.err
    nowhere = run_here("webhooks", "listen", "--url", server.url, "--forward-to", "localhost")
    assert nowhere.code == 2
    assert "--forward-to" in nowhere.err
    assert run_here("webhooks", "listen", "--url", "http://127.0.0.1:9").code == 4


def test_a_service_with_keys_and_public_addresses_only_says_what_is_missing(
    tmp_path: Path, run_in: Run
) -> None:
    started = start_server(tmp_path, NODEWISE_DEMO_MODE="false", NODEWISE_AUTHENTICATION="keys")
    database = {"NODEWISE_DATABASE_URL": started.database_url}
    try:
        asked = ("webhooks", "listen", "--url", started.url)
        without_key = run_in(*asked, cwd=tmp_path)
        assert without_key.code == 3
        assert "needs an API key" in without_key.err
        made = run_in("key", "create", "dev", "--scopes", "admin", "--json", cwd=tmp_path, **database)
        refused = run_in(*asked, "--api-key", json.loads(made.out)[0]["key"], cwd=tmp_path)
        assert refused.code == 2
        assert "webhook_private_targets" in refused.err
    finally:
        started.process.terminate()
        started.process.wait(timeout=30)
