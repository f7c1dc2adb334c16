"""The real server in a process of its own: a lifecycle, a race of client processes, and a kill."""

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import httpx

from storage.database import open_database
from tests.api.support import ROOT, Server, key, load, order

Serve = Callable[..., Server]


def complaints(server: Server) -> list[str]:
    """What the ledger's own reconcile finds."""
    opened = open_database(server.database_url)
    try:
        with opened.reading() as stores:
            return list(stores.ledger.reconcile())
    finally:
        opened.close()


def oversold(client: httpx.Client) -> list[str]:
    """Supply rows that hold more reserved units than may be promised."""
    rows = client.get("/v1/supply?limit=1000").json()["items"]
    return [
        f"{row['sku']} at {row['node']}"
        for row in rows
        if row["reserved"] > max(0, row["quantity"] - row["safety_stock"])
    ]


def test_an_order_goes_all_the_way_over_the_wire(serve: Serve) -> None:
    server = serve()
    with server.client() as client:
        load(client)
        assert client.post("/v1/orders", json=order("1", ("K-17", 2), mode="quote")).status_code == 200
        reserved = client.post("/v1/orders", json=order("1", ("K-17", 2)), headers=key())
        assert (reserved.status_code, reserved.json()["state"]) == (201, "reserved")
        for verb, state in (("confirm", "allocated"), ("send-to-node", "sent_to_node"), ("ship", "shipped")):
            moved = client.post(f"/v1/orders/1/{verb}", headers=key())
            assert (moved.status_code, moved.json()["state"]) == (200, state), moved.text
        left = client.get("/v1/availability", params={"sku": "K-17", "node": "DC1"}).json()["items"][0]
        assert (left["on_hand"], left["reserved"], left["available"]) == (38, 0, 38)
    assert complaints(server) == []


def test_sixteen_client_processes_oversell_nothing_and_a_shared_key_has_one_effect(serve: Serve) -> None:
    server = serve()
    servers = [server] if server.database_url.startswith("sqlite") else [server, serve()]
    with server.client() as client:
        load(client)
        racers = [
            subprocess.Popen(
                [sys.executable, str(ROOT / "tests/api/racer.py"), url, f"client{n}", "6", "one-key"],
                stdout=subprocess.PIPE,
            )
            for n, url in zip(range(16), cycle(server.url for server in servers), strict=False)
        ]
        told = [answer for racer in racers for answer in json.loads(racer.communicate(timeout=240)[0])]
        assert {answer["status"] for answer in told} == {201, 409}
        refused = {json.loads(answer["body"])["type"] for answer in told if answer["status"] == 409}
        assert refused == {"/problems/insufficient-stock"}

        granted: Counter[str] = Counter()
        for answer in {answer["order"]: answer for answer in told if answer["status"] == 201}.values():
            for shipment in json.loads(answer["body"])["shipments"]:
                for line in shipment["lines"]:
                    granted[line["sku"]] += line["quantity"]
        # Every unit that may be promised to the web channel goes, and not one more.
        assert granted == {"K-17": 51, "T-03": 106, "M-01": 5}
        assert oversold(client) == []

        shared = [answer for answer in told if answer["order"] == "shared"]
        assert len(shared) == 16
        assert len({answer["body"] for answer in shared}) == 1
        assert client.get("/v1/orders/shared").json()["revision"] == 1
    assert complaints(server) == []


def test_a_killed_server_keeps_what_it_confirmed_and_leaves_nothing_half_written(serve: Serve) -> None:
    server = serve()
    reserved: dict[str, str] = {}
    confirmed: set[str] = set()
    enough = threading.Event()

    def shop(worker: int) -> None:
        with server.client() as client:
            for number in range(1_000):
                name = f"w{worker}-{number}"
                try:
                    answer = client.post(
                        "/v1/orders", json=order(name, ("T-03", 1), ("K-17", 1)), headers=key(name)
                    )
                    if answer.status_code == 201:
                        reserved[name] = answer.text
                        if client.post(f"/v1/orders/{name}/confirm", headers=key("c" + name)).is_success:
                            confirmed.add(name)
                except httpx.HTTPError:
                    return
                if len(confirmed) >= 20:
                    enough.set()

    with server.client() as client:
        load(client)
    with ThreadPoolExecutor(4) as pool:
        workers = [pool.submit(shop, worker) for worker in range(4)]
        assert enough.wait(120)
        server.kill()
        for worker in workers:
            worker.result()

    second = serve()
    with second.client() as client:
        for name in reserved:
            assert client.get(f"/v1/orders/{name}").json()["state"] in ("reserved", "allocated")
        for name in confirmed:
            assert client.get(f"/v1/orders/{name}").json()["state"] == "allocated"
        assert_whole(client)
        # The answer that was lost is given again, and once more has no second effect.
        name, body = next(iter(reserved.items()))
        again = client.post("/v1/orders", json=order(name, ("T-03", 1), ("K-17", 1)), headers=key(name))
        assert (again.status_code, again.text) == (201, body)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert oversold(client) == []
    assert complaints(second) == []


def assert_whole(client: httpx.Client) -> None:
    """Every order that is there holds exactly the units of its decision."""
    items = client.get("/v1/orders?limit=200").json()["items"]
    assert items
    for item in items:
        decided = client.get(f"/v1/orders/{item['id']}/decision").json()
        planned = sum(line["quantity"] for shipment in decided["shipments"] for line in shipment["lines"])
        claims = client.get(f"/v1/orders/{item['id']}").json()["claims"]
        assert sum(claim["quantity"] for claim in claims) == planned


def test_one_order_sent_under_many_keys_at_once_is_held_once(serve: Serve) -> None:
    server = serve()
    with server.client() as client:
        load(client)

        def send(number: int) -> int:
            body = order(f"same-{number // 4}", ("T-03", 1), mode="commit")
            return client.post("/v1/orders", json=body, headers=key()).status_code

        with ThreadPoolExecutor(4) as pool:
            told = list(pool.map(send, range(4 * 40)))
        for number in range(0, len(told), 4):
            assert sorted(told[number : number + 4]) == [201, 409, 409, 409]
        held = client.get("/v1/supply?limit=1000").json()["items"]
        assert sum(row["reserved"] for row in held) == 40
    assert complaints(server) == []
