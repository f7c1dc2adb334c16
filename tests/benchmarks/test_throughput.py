"""Requests per second of the real server: to source and reserve, beside an address that writes one row.

Both in one run, in turns, on the same processes, connections and durable database; what is reported is the
median of the turns' ratios. Stock is read from the database, and every row that belongs to a reservation is
written: ledger, order, decision, key, audit, outbox.
In the tests a few requests are sent once, on ten nodes.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count, islice
from pathlib import Path
from statistics import median

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.api.support import Server, load, start_server
from tests.benchmarks import hundred_node_world as world
from tests.benchmarks.load import Measured, post, send

AIM = 0.4
FEW_NODES = 10
TWO_OF_ONE = 1.25  # two processes on two cores that also run client and database
ENVIRONMENT = {"NODEWISE_DEMO_MODE": "true", "NODEWISE_DURABLE": "true", "NODEWISE_LOG_LEVEL": "info"}


class Turns:
    """Requests that were not sent before, to one or more servers of one database."""

    def __init__(self, servers: Sequence[Server], *, nodes: int) -> None:
        self._urls = [server.url for server in servers]
        self._orders = world.orders(seed=2)
        self._numbers = count()
        with servers[0].client() as client:
            load(client, world.files(seed=1, count=nodes))

    def bare(self, requests: int, connections: int) -> Measured:
        rows = ({"id": f"row-{number}", "note": "as short as can be"} for number in self._numbers)
        return self._send([post("/v1/bare", row, {}) for row in islice(rows, requests)], connections)

    def reserve(self, requests: int, connections: int, *, servers: int = 1) -> Measured:
        orders = islice(self._orders, requests)
        sent = [post("/v1/orders", order, {"Idempotency-Key": order["id"]}) for order in orders]
        return self._send(sent, connections, servers)

    def _send(self, requests: Sequence[bytes], connections: int, servers: int = 1) -> Measured:
        measured = send(self._urls[:servers], requests, connections=connections)
        assert set(measured.statuses) == {201}
        return measured


@contextmanager
def running(folder: Path, url: str, *, servers: int, nodes: int) -> Iterator[Turns]:
    with ExitStack() as started:
        made = []
        for _ in range(servers):
            server = start_server(folder, url, module="tests.benchmarks.bare_server", **ENVIRONMENT)
            started.callback(server.process.wait, timeout=30)
            started.callback(server.process.terminate)
            made.append(server)
        yield Turns(made, nodes=nodes)


def address(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        return f"sqlite:///{folder}/bench.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_reserving_beside_writing_one_row(
    benchmark: BenchmarkFixture, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    requests, rounds, nodes = (400, 3, world.NODES) if benchmark.enabled else (16, 1, FEW_NODES)
    with running(tmp_path, address(kind, tmp_path, request), servers=1, nodes=nodes) as turns:
        turns.bare(requests // 4, 8)
        turns.reserve(requests // 4, 8)

        def measure() -> list[str]:
            return [line(turns, requests, rounds, connections) for connections in (1, 16, 64)]

        table = benchmark.pedantic(measure, rounds=1)
    print(f"\n{kind}, durable; {world.NODES} nodes, {world.LINES} lines; requests/s, median of {rounds}")
    print(
        f"{'connections':>11}{'one row':>9}{'reserve':>9}{'ratio':>7}{'p50 ms':>8}{'p99 ms':>8}  (aim {AIM})"
    )
    print("\n".join(table))


def line(turns: Turns, requests: int, rounds: int, connections: int) -> str:
    """One row of the table: the ratio is the median of those of each turn."""
    pairs = [(turns.bare(requests, connections), turns.reserve(requests, connections)) for _ in range(rounds)]
    bare, reserved = (median(side.per_second for side in sides) for sides in zip(*pairs, strict=True))
    ratio = median(ours.per_second / theirs.per_second for theirs, ours in pairs)
    p50, p99 = (median(ours.percentile_ms(percent) for _, ours in pairs) for percent in (50, 99))
    return f"{connections:>11}{bare:>9.0f}{reserved:>9.0f}{ratio:>7.2f}{p50:>8.1f}{p99:>8.1f}"


def test_two_processes_beside_one_on_postgresql(
    benchmark: BenchmarkFixture, tmp_path: Path, postgres_url: str
) -> None:
    requests, rounds, nodes = (400, 3, world.NODES) if benchmark.enabled else (16, 1, FEW_NODES)
    with running(tmp_path, postgres_url, servers=2, nodes=nodes) as turns:
        turns.reserve(requests // 4, 8, servers=2)

        def measure() -> list[tuple[Measured, Measured]]:
            return [
                (turns.reserve(requests, 16), turns.reserve(requests, 16, servers=2)) for _ in range(rounds)
            ]

        pairs = benchmark.pedantic(measure, rounds=1)
    ratio = median(two.per_second / one.per_second for one, two in pairs)
    one, two = (median(side.per_second for side in sides) for sides in zip(*pairs, strict=True))
    print(f"\none process {one:.0f} reservations/s, two {two:.0f}: {ratio:.2f} times (aim {TWO_OF_ONE})")
