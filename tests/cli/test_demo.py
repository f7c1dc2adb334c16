"""The demo as a newcomer runs it, on a short slice; the whole two weeks under soak."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from api.cli.ports import free_port, why_taken
from api.cli.shadow_page import REPORT
from api.demo.process import DemoServer
from api.demo.run import DemoOptions, demonstrate
from api.marked_pages import part_of
from tests.cli.terminal import NODEWISE, ROOT, Ran, environment, nodewise
from tests.postgres import Server

HOST = "127.0.0.1"
SLICE = "12"


def demo(folder: Path, *more: str) -> Ran:
    done = nodewise("demo", "--exit", "--port", "0", *more, cwd=folder)
    assert done.code == 0, done.err
    return done


def table(tsv: str) -> dict[str, dict[str, float | None]]:
    """Measure to column to value."""
    header, *rows = [line.split("\t") for line in tsv.splitlines()]
    return {
        row[0]: {
            name: float(value) if value else None for name, value in zip(header[1:], row[1:], strict=True)
        }
        for row in rows
    }


@dataclass(frozen=True)
class Shown:
    """What a demo of the slice said, and where it left its files."""

    ran: Ran
    folder: Path

    @property
    def decisions(self) -> bytes:
        return (self.folder / "decisions.jsonl").read_bytes()


def shown(folder: Path, *more: str) -> Shown:
    return Shown(demo(folder, "--orders", SLICE, *more), folder / "var" / "demo")


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    return shown(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Shown:
    return shown(tmp_path_factory.mktemp("postgresql"), "--postgresql", postgres.address)


def test_two_runs_on_two_kinds_of_database_decide_alike_to_the_byte(
    on_sqlite: Shown, on_postgresql: Shown
) -> None:
    assert on_sqlite.decisions == on_postgresql.decisions
    assert len(on_sqlite.decisions.splitlines()) == int(SLICE)
    assert (on_sqlite.folder / "demo.db").exists()
    assert not (on_postgresql.folder / "demo.db").exists()
    figures, again = table(on_sqlite.ran.out), table(on_postgresql.ran.out)
    assert figures.keys() == again.keys()
    for measure, of_first in figures.items():
        if not measure.endswith("_seconds"):
            assert of_first == again[measure]


@pytest.mark.parametrize("kind", ["on_sqlite", "on_postgresql"])
def test_a_run_proves_what_it_says(kind: str, request: pytest.FixtureRequest) -> None:
    ran: Ran = request.getfixturevalue(kind).ran
    assert f"No dearer than any rule on the same stock, in all {SLICE} orders: yes." in ran.err
    assert "The ledger reconciles, and no unit was oversold: yes." in ran.err
    assert "58 orders from abroad" in ran.err
    assert "Deciding is timed where it is done" in ran.err
    figures = table(ran.out)
    assert list(figures["cash_micros_per_order"]) == [
        "nodewise",
        "nearest_first",
        "one_node_first",
        "static_priority",
    ]
    assert figures["round_trip_p99_seconds"]["nodewise"] is not None
    for percents in (50, 99):
        assert all(seconds for seconds in figures[f"decision_p{percents}_seconds"].values())


def test_a_server_that_is_not_there_is_told_before_anything_is_built(tmp_path: Path) -> None:
    done = nodewise(
        "demo", "--exit", "--port", "0", "--postgresql", "postgresql://127.0.0.1:1/x", cwd=tmp_path
    )
    assert done.code != 0
    assert "the PostgreSQL server refuses" in done.err
    assert "Give the address of a database on it" in done.err


def test_over_http_and_in_process_the_same_orders_get_the_same_plans(
    on_sqlite: Shown, tmp_path: Path
) -> None:
    over_http = table(on_sqlite.ran.out)
    in_process = nodewise("replay", "--orders", SLICE, cwd=tmp_path)
    assert in_process.code == 0, in_process.err
    for measure, values in table(in_process.out).items():
        if not measure.endswith("_seconds"):
            assert values == over_http[measure]


def test_the_service_stays_its_curl_commands_work_and_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    port = free_port(HOST)
    with started(tmp_path, port) as running:
        told = read_until(running, "order.json")
        commands = told[told.index("curl") :].replace("\ncurl", "; echo\ncurl")
        answers = subprocess.run(
            ["bash", "-ec", commands], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
        ).stdout.splitlines()
        decision, availability, quote = map(json.loads, answers)
        assert decision["state"] == "reserved"
        assert availability["items"]
        assert (quote["state"], quote["reservable"]) == ("quoted", True)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=30) == 0
        assert rest(running) == ""
    assert not why_taken(HOST, port)


def test_the_service_dies_with_a_demo_that_was_killed(tmp_path: Path) -> None:
    port = free_port(HOST)
    with started(tmp_path, port) as running:
        read_until(running, "order.json")
        assert httpx.get(f"http://{HOST}:{port}/health").is_success
        running.kill()
        running.wait()
    began = time.monotonic()
    while why_taken(HOST, port):
        assert time.monotonic() - began < 30, "the service outlived the demo"
        time.sleep(0.1)


def test_an_interrupted_demo_ends_with_130_and_leaves_no_server(tmp_path: Path) -> None:
    port = free_port(HOST)
    with started(tmp_path, port) as running:
        log = tmp_path / "var" / "demo" / "server.log"
        while not log.exists():
            assert running.poll() is None
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=60) == 130
        assert "Traceback" not in rest(running)
    assert not why_taken(HOST, port)


def test_an_interrupted_demo_does_not_wait_for_what_its_server_is_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[subprocess.Popen[bytes]] = []

    class Frozen(DemoServer):
        def wait_until_ready(self, *_: object) -> None:
            self._process.send_signal(signal.SIGSTOP)
            made.append(self._process)
            raise KeyboardInterrupt

    monkeypatch.setattr("api.demo.run.DemoServer", Frozen)
    monkeypatch.setattr("api.demo.process.STOP_SECONDS", 3_600)
    options = DemoOptions(tmp_path / "demo.db", HOST, free_port(HOST), orders=1)
    with pytest.raises(KeyboardInterrupt), demonstrate(options, tell=lambda _: None):
        pass
    assert made[0].returncode == -signal.SIGKILL


def test_a_port_that_is_taken_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        done = nodewise("demo", "--exit", "--port", str(port), cwd=tmp_path)
    assert done.code == 3
    assert done.err == (
        f"error: port {port} of {HOST} cannot be listened on: address already in use\n"
        "  fix: Stop what uses it, or give another with --port; --port 0 takes a free one\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.soak
def test_the_whole_two_weeks_are_sourced(tmp_path: Path) -> None:
    done = demo(tmp_path)
    assert "in all 570 orders: yes." in done.err
    (report,) = re.findall(r"in the same state: (Over .*)", done.err)
    assert report in part_of((ROOT / "docs" / "shadow.md").read_text(encoding="utf-8"), REPORT)
    assert "no unit was oversold: yes." in done.err


@contextmanager
def started(folder: Path, port: int, *, orders: int = 3) -> Iterator[subprocess.Popen[bytes]]:
    """A demo of so many orders that stays; killed at the end if it still runs."""
    command = [*NODEWISE, "demo", "--orders", str(orders), "--port", str(port)]
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def read_until(running: subprocess.Popen[bytes], words: str) -> str:
    """What was said on stderr, up to the line that holds the words."""
    assert running.stderr is not None
    told = ""
    while words not in told:
        line = running.stderr.readline().decode()
        assert line, f"ended early: {told}"
        told += line
    return told


def rest(running: subprocess.Popen[bytes]) -> str:
    assert running.stderr is not None
    return running.stderr.read().decode()


def test_a_server_that_dies_in_the_middle_is_told_and_nothing_is_claimed(tmp_path: Path) -> None:
    port = free_port(HOST)
    with started(tmp_path, port, orders=570) as running:
        read_until(running, "over HTTP")
        server = subprocess.run(
            ["pgrep", "-P", str(running.pid)], capture_output=True, text=True, check=True, timeout=10
        ).stdout.split()
        for process in server:
            os.kill(int(process), signal.SIGKILL)
        said = rest(running)
        assert running.wait(timeout=60) == 4
    assert "error: " in said
    assert "was not answered" in said
    assert "Traceback" not in said
