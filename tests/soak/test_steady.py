"""Ten minutes at half of what the service can do: its memory stays, its connections stay, it gets no slower.

In the tests a few seconds of it, where only what is counted is held against anything.
"""

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.api.support import Server, load, start_server
from tests.benchmarks import hundred_node_world as world
from tests.benchmarks.load import Measured, post, send

CONNECTIONS = 8
LAG = 64  # orders between one and its cancellation: by then it has been answered
GROWTH = 1.05  # of memory, from the second tenth of the time to the last
SLOWER = 1.25  # of the median, by the same
LOOKS = 20  # at the pool, before a connection counts as kept
LOOK_AGAIN_S = 0.15


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the load: what was answered, the server at its end, and how fast the machine was."""

    measured: Measured
    resident: int
    in_use: float
    beat_ms: float

    @property
    def beats(self) -> float:
        """The median answer in beats: a shared machine is not as fast for ten minutes."""
        return self.measured.percentile_ms(50) / self.beat_ms


def beat_ms() -> float:
    """What a fixed piece of work takes now, while nothing is asked of the server."""

    def once() -> float:
        began = time.perf_counter()
        sorted(str(number) for number in range(40_000))
        return (time.perf_counter() - began) * 1_000

    return median(once() for _ in range(15))


def requests() -> Iterator[bytes]:
    """Orders to commit, each canceled a while later, so that stock and claims stay as they are."""
    waiting: deque[str] = deque()
    for order in world.orders(seed=5):
        yield post("/v1/orders", {**order, "mode": "commit"}, {"Idempotency-Key": order["id"]})
        waiting.append(order["id"])
        if len(waiting) > LAG:
            name = waiting.popleft()
            yield post(f"/v1/orders/{name}/cancel", {}, {"Idempotency-Key": f"{name}-cancel"})


def steady(
    url: str, folder: Path, *, seconds: float, stretches: int, nodes: int, first: int
) -> list[Stretch]:
    """Load a new service at half of what it can do, as measured by the first requests, for so long."""
    server = start_server(folder, url)
    try:
        with server.client() as client:
            load(client, world.files(seed=1, count=nodes))
        waiting, process = requests(), psutil.Process(server.process.pid)
        most = send([server.url], list(islice(waiting, first)), connections=CONNECTIONS).per_second
        done = []
        before = beat_ms()
        for _ in range(stretches):
            sent = list(islice(waiting, max(1, int(most / 2 * seconds / stretches))))
            measured = send([server.url], sent, connections=CONNECTIONS, per_second=most / 2)
            after = beat_ms()
            beat = (before + after) / 2
            done.append(Stretch(measured, process.memory_info().rss, in_use(server), beat))
            before = after
            assert set(measured.statuses) <= {200, 201}
        return done
    finally:
        server.process.terminate()
        server.process.wait(timeout=30)


def in_use(server: Server) -> float:
    """The fewest connections taken from the service's pool while nothing is asked of it.

    Its own clockwork (timeouts, webhooks, events) takes one for a moment every second, so one look may meet
    it at work. A connection that was never given back is there at each.
    """

    def at_once() -> float:
        families = text_string_to_metric_families(client.get("/metrics").text)
        return next(f.samples[0].value for f in families if f.name == "nodewise_database_connections_in_use")

    fewest = float("inf")
    with server.client() as client:
        for _ in range(LOOKS):
            fewest = min(fewest, at_once())
            if fewest == 0:
                break
            time.sleep(LOOK_AGAIN_S)
    return fewest


def address(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        return f"sqlite:///{folder}/steady.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_few_seconds_of_load_leave_no_connection_taken(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    done = steady(address(kind, tmp_path, request), tmp_path, seconds=3, stretches=2, nodes=10, first=2 * LAG)
    assert {one.in_use for one in done} == {0}


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_ten_minutes_at_half_load(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    done = steady(
        address(kind, tmp_path, request), tmp_path, seconds=600, stretches=10, nodes=world.NODES, first=400
    )
    for number, one in enumerate(done, start=1):
        p50, p99 = one.measured.percentile_ms(50), one.measured.percentile_ms(99)
        print(
            f"{kind} {number:>2}: {one.measured.per_second:.0f} requests/s, p50 {p50:.1f} ms, p99 {p99:.1f} "
            f"ms, a beat {one.beat_ms:.1f} ms, {one.resident / 2**20:.1f} MiB, {one.in_use:.0f} connections"
        )
    assert {one.in_use for one in done} == {0}
    assert done[-1].resident <= GROWTH * done[1].resident
    assert done[-1].beats <= SLOWER * done[1].beats
