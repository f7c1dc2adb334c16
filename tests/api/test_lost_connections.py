"""A PostgreSQL that ends connections: idle ones are replaced unnoticed, those at work get an honest 503."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest

from api.settings import Settings
from storage.database import Database, open_database
from storage.dialects.postgresql import IDLE_SECONDS
from storage.errors import StorageUnavailable
from tests.api.conftest import settings_in
from tests.api.shopping import complaints
from tests.api.support import key, load, order, running, start_server

End = Callable[[], int]


@pytest.fixture
def settings(postgres_url: str, tmp_path: Path) -> Settings:
    return settings_in(tmp_path).model_copy(update={"database_url": postgres_url})


@pytest.fixture
def end_all(postgres_url: str, postgres: object) -> Iterator[End]:
    """Ends every other connection to the database, as an administrator or a failover does; says how many."""
    with psycopg.connect(postgres_url, autocommit=True) as admin:

        def end() -> int:
            ended = admin.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND backend_type = 'client backend'"
            ).fetchone()
            assert ended is not None
            return int(ended[0])

        yield end


def test_idle_connections_that_were_ended_are_replaced_unnoticed(settings: Settings, end_all: End) -> None:
    with running(settings) as client:
        load(client)
        assert end_all() >= 1
        time.sleep(IDLE_SECONDS + 0.1)  # the server has closed them; the pool does not know yet
        reserved = client.post("/v1/orders", json=order("1", ("K-17", 1)), headers=key())
        assert reserved.status_code == 201, reserved.text
        assert end_all() >= 1
        time.sleep(IDLE_SECONDS + 0.1)
        assert client.get("/v1/orders/1").status_code == 200


def test_a_transaction_whose_connection_is_ended_is_an_honest_refusal(
    postgres_url: str, end_all: End
) -> None:
    database = open_database(postgres_url, durable=False)
    try:
        for work in (_write, _read):
            with pytest.raises(StorageUnavailable, match="the database does not answer"):
                work(database, end_all)
        with database.reading() as stores:  # and the next one works
            assert stores.orders.list(after=None, limit=10) == []
    finally:
        database.close()


def _write(database: Database, end_all: End) -> None:
    with database.writing() as stores:
        end_all()
        stores.ledger.set_supply([], now=stores.now)
        stores.orders.list(after=None, limit=1)


def _read(database: Database, end_all: End) -> None:
    with database.reading() as stores:
        end_all()
        stores.orders.list(after=None, limit=1)


def test_under_load_clients_see_201_or_a_503_that_says_to_try_again_and_nothing_is_lost(
    settings: Settings, end_all: End, tmp_path: Path
) -> None:
    server = start_server(tmp_path, settings.database_url)
    tried: list[int] = []

    def buy(name: str) -> None:
        with server.client() as client:
            while True:
                answer = client.post("/v1/orders", json=order(name, ("T-03", 1)), headers=key(name))
                tried.append(answer.status_code)
                if answer.status_code != 503:
                    return
                assert answer.json()["type"] == "/problems/storage-unavailable"
                assert answer.json()["retry"] == "same-key"

    try:
        with httpx.Client(base_url=server.url, timeout=60) as client:
            load(client)
            with ThreadPoolExecutor(4) as pool:
                buyers = [pool.submit(buy, f"o{number}") for number in range(60)]
                for _ in range(8):
                    end_all()
                    time.sleep(0.3)
                for buyer in buyers:
                    buyer.result()
            assert set(tried) <= {201, 503}
            time.sleep(IDLE_SECONDS + 0.1)
            held = client.get("/v1/supply?limit=1000").json()["items"]
            assert sum(row["reserved"] for row in held) == 60
    finally:
        server.process.terminate()
        server.process.wait(timeout=20)
    assert complaints(settings.database_url) == []
