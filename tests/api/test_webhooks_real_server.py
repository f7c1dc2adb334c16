"""Webhooks of real servers: several that deliver, a kill before delivery, a kill on the wire."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler

import httpx

from api.webhooks.delivering import LEASE, deliver_due
from storage.database import open_database
from storage.stores import Stores
from tests.api.receiver import receiving, status
from tests.api.support import Server, key, load, order

Serve = Callable[..., Server]
OFTEN = {"NODEWISE_WEBHOOK_SECONDS": "0.05", "NODEWISE_WEBHOOK_PRIVATE_TARGETS": "true"}
NEVER = OFTEN | {"NODEWISE_WEBHOOK_SECONDS": "0"}


def subscribe(client: httpx.Client, url: str) -> str:
    answer = client.post("/v1/webhooks", json={"url": url}, headers=key())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["secret"])


def reserve(client: httpx.Client, name: str) -> None:
    answer = client.post("/v1/orders", json=order(name, ("T-03", 1)), headers=key(name))
    assert answer.status_code == 201, answer.text


def pending(client: httpx.Client) -> int:
    webhook = client.get("/v1/webhooks").json()["items"][0]["id"]
    return len(client.get(f"/v1/webhooks/{webhook}/deliveries?state=pending").json()["items"])


def test_two_processes_that_deliver_send_each_event_exactly_once(serve: Serve) -> None:
    servers = [serve(**OFTEN), serve(**OFTEN)]
    with receiving() as receiver, servers[0].client() as one, servers[1].client() as other:
        load(one)
        secret = subscribe(one, receiver.url)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: reserve((one, other)[n % 2], f"o-{n}"), range(60)))
        receiver.wait_for(60)
        time.sleep(0.5)  # a second delivery would come in this time
        events = [received.verified(secret) for received in receiver.received]
        assert sorted(event["subject"] for event in events) == sorted(f"o-{n}" for n in range(60))
        assert sorted(event["sequence"] for event in events) == list(range(1, 61))
        assert pending(one) == 0


def test_what_was_committed_before_a_kill_is_delivered_after_it(serve: Serve) -> None:
    with receiving() as receiver:
        first = serve(**NEVER)
        with first.client() as client:
            load(client)
            secret = subscribe(client, receiver.url)
            for name in "123":
                reserve(client, name)
        first.kill()
        assert receiver.received == []
        with serve(**OFTEN).client() as client:
            receiver.wait_for(3)
            assert [one.verified(secret)["subject"] for one in receiver.received] == ["1", "2", "3"]
            reserve(client, "1")  # the same key: answered as before, and told to nobody again
            reserve(client, "4")
            receiver.wait_for(4)
            assert receiver.received[3].verified(secret)["subject"] == "4"


def test_what_was_on_the_wire_at_a_kill_comes_again_under_the_same_id(serve: Serve) -> None:
    arrived, killed = threading.Event(), threading.Event()

    def hold(handler: BaseHTTPRequestHandler, before: int) -> None:
        if before == 0:
            arrived.set()
            killed.wait(30)
        status(200)(handler, before)

    with receiving(hold) as receiver:
        server = serve(**OFTEN)
        with server.client() as client:
            load(client)
            secret = subscribe(client, receiver.url)
            reserve(client, "1")
            assert arrived.wait(30)
        server.kill()
        killed.set()

        def clock(stores: Stores) -> datetime:
            return stores.real_now + ahead

        database = open_database(server.database_url, durable=False)
        try:
            ahead = timedelta()
            assert deliver_due(database, private=True, clock=clock) == 0  # still the dead one's
            ahead = LEASE + timedelta(seconds=1)
            assert deliver_due(database, private=True, clock=clock) == 1
            with database.reading() as stores:
                assert stores.deliveries.pending() == 0
        finally:
            database.close()
        assert len(receiver.received) == 2
        assert len(set(receiver.ids)) == 1
        assert receiver.received[1].verified(secret)["subject"] == "1"


def test_an_endpoint_that_hangs_keeps_no_other_waiting_nor_the_service_from_stopping(serve: Serve) -> None:
    released = threading.Event()

    def hang(handler: BaseHTTPRequestHandler, before: int) -> None:
        released.wait(60)
        status(200)(handler, before)

    server = serve(**OFTEN)
    with receiving(hang) as hanging, receiving() as receiver, server.client() as client:
        load(client)
        subscribe(client, hanging.url)
        subscribe(client, receiver.url)
        reserve(client, "1")
        hanging.wait_for(1)
        receiver.wait_for(1)
        began = time.monotonic()
        for name in "234":
            reserve(client, name)
        receiver.wait_for(4, seconds=9.5)
        assert time.monotonic() - began < 9.5  # the one that hangs is given 10
        assert len(hanging.received) == 1
        server.process.terminate()
        assert server.process.wait(timeout=25) is not None
        released.set()
