"""Words for walks through an order's life over HTTP: one line for each step and each look."""

from typing import Any

import httpx

from tests.api.support import key, order


def reserve(client: httpx.Client, name: str, *lines: tuple[str, int], **more: Any) -> dict[str, Any]:
    """A granted order."""
    answer = client.post("/v1/orders", json=order(name, *lines, **more), headers=key())
    assert answer.status_code == 201, answer.text
    granted: dict[str, Any] = answer.json()
    return granted


def step(client: httpx.Client, name: str, verb: str, **body: Any) -> httpx.Response:
    """A step of an order, whatever is answered."""
    return client.post(f"/v1/orders/{name}/{verb}", json=body or None, headers=key())


def walk(client: httpx.Client, name: str, *verbs: str) -> list[str]:
    """Steps that are granted; the state after each."""
    states = []
    for verb in verbs:
        answer = step(client, name, verb)
        assert answer.status_code == 200, answer.text
        states.append(answer.json()["state"])
    return states


def refusal(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """The problem document of a refusal of this kind."""
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}"), answer.text
    problem: dict[str, Any] = answer.json()
    return problem


def record(
    client: httpx.Client, kind: str, sku: str, node: str, quantity: int, **more: Any
) -> dict[str, Any]:
    """One stock event, recorded."""
    event = {"kind": kind, "sku": sku, "node": node, "quantity": quantity, **more}
    answer = client.post("/v1/stock-events", json={"events": [event]}, headers=key())
    assert answer.status_code == 200, answer.text
    recorded: dict[str, Any] = answer.json()["results"][0]
    return recorded


def figures(client: httpx.Client, sku: str, node: str) -> tuple[int, int, int]:
    """On hand, reserved, available."""
    answer = client.get("/v1/availability", params={"sku": sku, "node": node}).json()
    item = answer["items"][0]
    return item["on_hand"], item["reserved"], item["available"]


def row(client: httpx.Client, sku: str, node: str, state: str) -> int:
    """Units in one node's stock of a state, over all pools."""
    rows = client.get("/v1/supply", params={"sku": sku, "node": node}).json()["items"]
    return sum(one["quantity"] for one in rows if one["state"] == state and one["source"] == "on_hand")


def nodes(client: httpx.Client, name: str) -> dict[str, int]:
    """Units an order holds, by node."""
    held: dict[str, int] = {}
    for claim in client.get(f"/v1/orders/{name}").json()["claims"]:
        if claim["state"] not in ("canceled", "expired", "rejected", "not_collected"):
            held[claim["node"]] = held.get(claim["node"], 0) + claim["quantity"]
    return held


def set_clock(client: httpx.Client, now: str) -> None:
    """Set the demo's clock."""
    assert client.put("/v1/demo/clock", json={"now": now}).status_code == 200


def balanced(client: httpx.Client) -> bool:
    """Whether every figure follows from entries and claims."""
    found = client.get("/v1/ledger/reconcile").json()
    assert found["findings"] == []
    return bool(found["balanced"])
