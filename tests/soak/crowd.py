"""Many client processes on a service that is killed meanwhile: what happens, not what must be true."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from tests.api.support import ROOT, Server, free_port, key, start_server

SKUS, NODES, ZONES = 8, 6, 2
OPENING = 30  # units of a sku at a node: scarce for so many
START = datetime(2026, 11, 20, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many, how long, and how long after its start a server is killed again (0: never).

    Where servers are killed there are two kills at least, however long a start takes.
    """

    clients: int
    seconds: float
    servers: int
    seed: int
    kill_every: float = 0.0


def files() -> dict[str, str]:
    """A small network in which every sku is scarce."""
    nodes = [
        f"N{n},Node {n},store,{51 + n / 10},-1,Europe/London,0.60,0.20,0.03,100000,{n + 1}"
        for n in range(NODES)
    ]
    zones = [f"Z{z},Zone {z},{51 + z},-1" for z in range(ZONES)]
    skus = [f"S{s},Sku {s},{200 + 100 * s},10.00,4.00,1" for s in range(SKUS)]
    rates = [f"ground,N{n},Z{z},{2.5 + n / 10:.2f},0.42,20000" for n in range(NODES) for z in range(ZONES)]
    supply = [f"S{s},N{n},{OPENING},0" for s in range(SKUS) for n in range(NODES)]
    return {
        "nodes": "\n".join(
            [
                "id,name,kind,latitude,longitude,time_zone,labor_per_order,labor_per_line,labor_per_unit,"
                "units_per_day,priority",
                *nodes,
            ]
        ),
        "zones": "\n".join(["id,name,latitude,longitude", *zones]),
        "skus": "\n".join(["id,name,weight_grams,price,unit_cost,case_pack", *skus]),
        "rates": "\n".join(["service,origin,zone,per_package,per_kg,package_limit_grams", *rates]),
        "supply": "\n".join(["sku,node,quantity,safety_stock", *supply]),
    }


class Service:
    """Servers on one database, each with an address of its own that it keeps when it is started again."""

    def __init__(self, folder: Path, database_url: str, servers: int, **environment: str) -> None:
        self._folder, self._database_url, self._environment = folder, database_url, environment
        self._ports = [free_port() for _ in range(servers)]
        self._servers = [self._start(port) for port in self._ports]
        self.kills = 0

    @property
    def urls(self) -> Sequence[str]:
        return [server.url for server in self._servers]

    def kill_and_start(self, number: int) -> None:
        """As `kill -9` does, in the middle of whatever it is doing."""
        self._servers[number].kill()
        self._servers[number] = self._start(self._ports[number])
        self.kills += 1

    def stop(self) -> None:
        for server in self._servers:
            server.process.terminate()
        for server in self._servers:
            server.process.wait(timeout=30)

    def _start(self, port: int) -> Server:
        environment = {"NODEWISE_DURABLE": "true", "NODEWISE_PORT": str(port), **self._environment}
        return start_server(self._folder, self._database_url, **environment)


@contextmanager
def service(folder: Path, database_url: str, servers: int, **environment: str) -> Iterator[Service]:
    running = Service(folder, database_url, servers, **environment)
    try:
        yield running
    finally:
        running.stop()


def let_in(running: Service, crowd: Crowd, *, folder: Path, crash: Callable[[], None] | None = None) -> None:
    """Let the clients act until their time is over, moving the clock so that reservations expire.

    Servers are killed in turn; with `crash` the database is too, after every third of them.
    """
    plan = folder / "plan.json"
    answers = folder / "answers"
    answers.mkdir()
    plan.write_text(
        json.dumps(
            {
                "urls": list(running.urls),
                "skus": [f"S{s}" for s in range(SKUS)],
                "nodes": [f"N{n}" for n in range(NODES)],
                "zones": [f"Z{z}" for z in range(ZONES)],
                "seed": crowd.seed,
                "folder": str(answers),
            }
        )
    )
    shoppers = [
        subprocess.Popen([sys.executable, str(ROOT / "tests/soak/shopper.py"), str(plan), f"c{n}"])
        for n in range(crowd.clients)
    ]
    over = threading.Event()
    with ExitStack() as background:
        clock = threading.Thread(target=_move_clock, args=(running, over))
        clock.start()
        for last in (clock.join, over.set, (answers / "stop").touch):  # the latest added is called first
            background.callback(last)
        _disturb(running, crowd, crash)
    for shopper in shoppers:
        shopper.wait(timeout=120)
    failed = [n for n, shopper in enumerate(shoppers) if shopper.returncode != 0]
    assert not failed, f"clients {failed} ended by an error"


def _disturb(running: Service, crowd: Crowd, crash: Callable[[], None] | None) -> None:
    """Wait until the crowd's time is over, killing a server and at times the database between waits."""
    until = time.monotonic() + crowd.seconds
    if not crowd.kill_every:
        time.sleep(crowd.seconds)
        return
    while time.monotonic() < until or running.kills < 2:
        time.sleep(crowd.kill_every)
        running.kill_and_start(running.kills % crowd.servers)
        if crash and running.kills % 3 == 2:
            time.sleep(crowd.kill_every / 2)
            crash()


def _move_clock(running: Service, over: threading.Event) -> None:
    """A minute each half second: a reservation of the demo's policy lasts thirty."""
    now = START
    while not over.wait(0.5):
        now += timedelta(minutes=1)
        for url in running.urls:
            try:
                sent = httpx.post(f"{url}/v1/demo/clock", json={"now": now.isoformat()}, headers=key())
                if sent.status_code == 200:
                    break
            except httpx.HTTPError:
                continue
