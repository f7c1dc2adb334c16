"""The small network of the API tests, and the service in a thread or in a process of its own."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from sqlalchemy import create_engine, text

from api.app import create_app
from api.settings import Settings
from storage.database import Database, open_database

ROOT = Path(__file__).parent.parent.parent

NODES = (
    "id,name,kind,latitude,longitude,time_zone,labor_per_order,labor_per_line,labor_per_unit,units_per_day,priority\n"
    "DC1,Daventry,dc,52.26,-1.16,Europe/London,0.60,0.20,0.03,5000,1\n"
    "LON1,London Oxford Street,store,51.515,-0.142,Europe/London,1.10,0.40,0.08,400,2\n"
    "BRS1,Bristol,store,51.45,-2.59,Europe/London,1.10,0.40,0.08,400,3\n"
)
ZONES = "id,name,latitude,longitude\nUK-SE,South East,51.30,-0.80\nUK-SW,South West,50.90,-3.20\n"
SKUS = (
    "id,name,weight_grams,price,unit_cost,case_pack\n"
    "K-17,Enamel kettle,900,24.99,9.80,6\n"
    "T-03,Tea towel,120,6.50,2.10,12\n"
    "M-01,Mug,350,8.25,3.05,6\n"
)
RATES = "service,origin,zone,per_package,per_kg,package_limit_grams\n" + "".join(
    f"ground,{node},{zone},{fee},0.42,20000\n"
    for node, fees in (("DC1", ("3.10", "3.40")), ("LON1", ("2.60", "3.90")), ("BRS1", ("3.50", "2.50")))
    for zone, fee in zip(("UK-SE", "UK-SW"), fees, strict=True)
)
SUPPLY = (
    "sku,node,quantity,safety_stock,pool,source,earliest\n"
    "K-17,DC1,40,0,,,\nK-17,LON1,12,1,,,\nT-03,DC1,100,0,,,\nT-03,BRS1,8,2,,,\nM-01,BRS1,5,0,,,\n"
    "M-01,LON1,3,0,app,,\nK-17,DC1,48,0,common,PO-881,2026-12-01\n"
)
FILES = {"nodes": NODES, "zones": ZONES, "skus": SKUS, "rates": RATES, "supply": SUPPLY}

WITHOUT_KEYS = {
    "NODEWISE_DEMO_MODE": "true",
    "NODEWISE_AUTHENTICATION": "off",
    "NODEWISE_REQUESTS_PER_MINUTE": "0",
}
"""For the tests of everything else; those of access say what they need."""

_keys, _servers = count(1), count(1)


def key(name: str | None = None) -> dict[str, str]:
    """A header with a key of its own."""
    return {"Idempotency-Key": name or f"key-{os.getpid()}-{next(_keys)}"}


def tamper(settings: Settings, statement: str) -> None:
    """Change the service's database behind its back."""
    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


@contextmanager
def database_of(url: str) -> Iterator[Database]:
    """The service's database, opened beside it."""
    database = open_database(url, durable=False)
    try:
        yield database
    finally:
        database.close()


def order(name: str, *lines: tuple[str, int], mode: str = "reserve", **more: Any) -> dict[str, Any]:
    """An order of (sku, quantity) lines to the South East."""
    return {
        "mode": mode,
        "id": name,
        "lines": [{"id": str(i), "sku": sku, "quantity": n} for i, (sku, n) in enumerate(lines, start=1)],
        "destination": {"zone": "UK-SE"},
        **more,
    }


def load(client: httpx.Client, files: dict[str, str] = FILES) -> None:
    """Import the small network."""
    for name, rows in files.items():
        answer = client.post(f"/v1/{name}/import", content=rows, headers={"Content-Type": "text/csv"})
        assert answer.status_code == 200, answer.text


def contents(client: httpx.Client) -> dict[str, Any]:
    """Everything that requests can write, as listed."""
    kinds = (*FILES, "orders", "policies", "price-books", "webhooks")
    return {kind: client.get(f"/v1/{kind}", params={"limit": 200}).json() for kind in kinds}


class _Prompt(uvicorn.Server):
    """Looks often whether it is to end: a tenth of a second, in each of a thousand tests, is minutes."""

    async def main_loop(self) -> None:
        looks = 0
        while not await self.on_tick(looks // 10):  # what it counts are tenths of a second
            await asyncio.sleep(0.01)
            looks += 1

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, but for a tenth of a second that it waits whether anybody is connected or not."""
        for listening in self.servers:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while self.server_state.connections or self.server_state.tasks:
            await asyncio.sleep(0.01)
        await self.lifespan.shutdown()


@contextmanager
def running(settings: Settings) -> Iterator[httpx.Client]:
    """The service on a free port in a thread of this process, so that parts of it can be replaced."""
    config = uvicorn.Config(
        create_app(settings), host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="on"
    )
    server = _Prompt(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the service did not start"
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        yield client
    server.should_exit = True
    thread.join(timeout=20)


@dataclass
class Server:
    """The real server in a process of its own."""

    url: str
    process: subprocess.Popen[bytes]
    database_url: str

    def kill(self) -> None:
        """As `kill -9` does."""
        self.process.kill()
        self.process.wait(timeout=10)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60)


def free_port() -> int:
    """A port that nobody listens on, for a server that has to come back to it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(
    folder: Path, database_url: str = "", *, module: str = "api.server", **environment: str
) -> Server:
    """Start uvicorn on a free port and wait until it is ready; the database is a file in the folder."""
    database_url = database_url or f"sqlite:///{folder}/server.db"
    log = folder / f"server{next(_servers)}.log"
    variables = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "NODEWISE_DATABASE_URL": database_url,
        "NODEWISE_PORT": "0",
        "NODEWISE_DURABLE": "false",
        **WITHOUT_KEYS,
        "NODEWISE_DRAIN_SECONDS": "0",
        **environment,
    }
    with log.open("ab") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            env=variables,
            cwd=folder,
            stderr=stream,
            stdout=stream,
        )
    began, seen = time.monotonic(), log.stat().st_size
    while time.monotonic() - began < 180:
        for line in log.read_text().splitlines():
            if "Uvicorn running on" in line and process.poll() is None:
                url = "http://" + line.split("http://")[1].split(" ")[0].split('"')[0]
                # One that is met by a crowd at once may take its time to say so.
                with contextlib.suppress(httpx.TimeoutException):
                    if httpx.get(url + "/ready").status_code == 200:
                        return Server(url, process, database_url)
        assert process.poll() is None, log.read_text()[seen:]
        time.sleep(0.05)
    raise AssertionError("the server did not start: " + log.read_text())
