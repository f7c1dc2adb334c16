"""One client process of the race: sends orders for scarce skus and prints what it was told.

Run as a script: `racer.py URL NAME COUNT SHARED_KEY`; `RACER_SKUS` names other skus. Not a test itself.
"""

import json
import os
import random
import sys
from typing import Any

import httpx

SCARCE = tuple(os.environ.get("RACER_SKUS", "K-17,T-03,M-01").split(","))


def main(url: str, name: str, count: int, shared_key: str) -> list[dict[str, Any]]:
    """Send `count` orders of our own, and beside the first one that every client sends with one key."""
    rng = random.Random(name)
    told = []
    with httpx.Client(base_url=url, timeout=120) as client:
        for number in range(count):
            lines = [
                {"id": str(i), "sku": sku, "quantity": rng.randint(1, 4)}
                for i, sku in enumerate(rng.sample(SCARCE, k=2))
            ]
            mine = f"{name}-{number}"
            told.append(_send(client, mine, lines, key=mine))
            if number == 0:
                shared = [{"id": "1", "sku": "T-03", "quantity": 1}]
                told.append(_send(client, "shared", shared, key=shared_key))
    return told


def _send(client: httpx.Client, order: str, lines: list[dict[str, Any]], *, key: str) -> dict[str, Any]:
    body = {"mode": "reserve", "id": order, "lines": lines, "destination": {"zone": "UK-SE"}}
    answer = client.post("/v1/orders", json=body, headers={"Idempotency-Key": key})
    return {"order": order, "status": answer.status_code, "body": answer.text}


if __name__ == "__main__":
    _, address, own_name, orders, one_key = sys.argv
    json.dump(main(address, own_name, int(orders), one_key), sys.stdout)
