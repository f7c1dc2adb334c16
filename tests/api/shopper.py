"""One client process: commits orders one after the other and says what it was told, a line each, at once.

Run as a script: `shopper.py URL NAME`, until its standard input is closed. Not a test itself. A 503 that says
so is tried again with the same key.
"""

import json
import sys
import threading
import time
from typing import Any

import httpx


def main(url: str, name: str) -> None:
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    number = 0
    with httpx.Client(base_url=url, timeout=120) as client:
        while not stop.is_set():
            number += 1
            order = f"{name}-{number}"
            print(json.dumps(_buy(client, order)), flush=True)


def body_of(order: str) -> dict[str, Any]:
    """The order that is sent under its own id as the key."""
    lines = [{"id": "1", "sku": "K-17", "quantity": 1}, {"id": "2", "sku": "T-03", "quantity": 2}]
    return {"mode": "commit", "id": order, "lines": lines, "destination": {"zone": "UK-SE"}}


def _buy(client: httpx.Client, order: str) -> dict[str, Any]:
    tried = []
    while True:
        began = time.monotonic()
        answer = client.post("/v1/orders", json=body_of(order), headers={"Idempotency-Key": order})
        tried.append(answer.status_code)
        seconds = time.monotonic() - began
        if answer.status_code == 503 and answer.json()["retry"] == "same-key":
            time.sleep(0.1)
            continue
        return {"order": order, "tried": tried, "seconds": seconds, "body": answer.text}


if __name__ == "__main__":
    main(*sys.argv[1:])
