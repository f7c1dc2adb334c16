"""One client process of the soak: orders scarce skus, moves its orders at random, and keeps every answer.

Run as a script, by `tests.soak.crowd`. Each call is repeated under its own key until it is answered, however
often the service dies meanwhile; only then is a line written: what was sent, and what was said to it. It
is light on purpose (the standard library's client), since there are many of them on few cores.
"""

import http.client
import json
import random
import sys
import time
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

AGAIN = frozenset({429, 502, 503, 504})  # what the service says while it cannot answer
WAIT = 60.0  # seconds for one answer
MOVES = (
    ("confirm", 6),
    ("cancel", 4),
    ("send-to-node", 4),
    ("pick", 3),
    ("ship", 5),
    ("reassign", 2),
)


class Shopper:
    """Sends calls, one after the other, to any of the servers that answers."""

    def __init__(self, plan: dict[str, Any], name: str, log: TextIO) -> None:
        self.name = name
        self._urls: list[str] = plan["urls"]
        self._skus: list[str] = plan["skus"]
        self._nodes: list[str] = plan["nodes"]
        self._zones: list[str] = plan["zones"]
        self._rng = random.Random(f"{plan['seed']}-{name}")
        self._log = log
        self._connection: http.client.HTTPConnection | None = None
        self._at = self._rng.randrange(len(self._urls))
        self._number = 0
        self._orders: list[str] = []

    def act(self) -> None:
        """One call: a new order, a fact about stock, or a move of an order of ours or of everybody's."""
        dice = self._rng.random()
        if dice < 0.45 or not self._orders:
            self._order()
        elif dice < 0.53:
            self._fact()
        else:
            verbs, weights = zip(*MOVES, strict=True)
            verb = self._rng.choices(verbs, weights)[0]
            self._send(f"/v1/orders/{self._rng.choice(self._orders[-12:])}/{verb}", {})

    def _order(self) -> None:
        everybodys = self._rng.random() < 0.05
        order = f"all-{self._rng.randrange(40)}" if everybodys else f"{self.name}-{self._number}"
        lines = [
            {"id": str(line), "sku": sku, "quantity": self._rng.randint(1, 3)}
            for line, sku in enumerate(self._rng.sample(self._skus, k=2))
        ]
        body = {
            "mode": self._rng.choice(("reserve", "reserve", "commit")),
            "id": order,
            "lines": lines,
            "destination": {"zone": self._rng.choice(self._zones)},
        }
        if self._send("/v1/orders", body) == 201:
            self._orders.append(order)

    def _fact(self) -> None:
        row = {"sku": self._rng.choice(self._skus), "node": self._rng.choice(self._nodes)}
        if self._rng.random() < 0.5:
            events = [{"kind": "walk_in_sale", "quantity": 1, **row}]
        else:
            inbound = {"source": f"PO-{self.name}-{self._number}", "earliest": "2026-12-01"}
            quantity = self._rng.randint(1, 3)
            events = [
                {"kind": "inbound", "quantity": quantity, **inbound, **row},
                {"kind": "receipt", "quantity": quantity, **inbound, **row},
            ]
        self._send("/v1/stock-events", {"events": events})

    def _send(self, path: str, body: dict[str, Any]) -> int:
        self._number += 1
        key = f"{self.name}-{self._number}"
        content = json.dumps(body)
        began, tries = time.monotonic(), 0
        while True:
            tries += 1
            status, answer = self._try(path, content, key)
            if status and status not in AGAIN:
                break
            assert time.monotonic() - began < WAIT, (
                f"no answer to {path} in {WAIT} s; the last was {status} {answer}"
            )
            time.sleep(0.05 + 0.1 * self._rng.random())
        seconds = time.monotonic() - began
        line = {"path": path, "body": content, "key": key, "status": status, "answer": answer, "tries": tries}
        self._log.write(json.dumps({**line, "seconds": seconds}) + "\n")
        return status

    def _try(self, path: str, content: str, key: str) -> tuple[int, str]:
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        try:
            if self._connection is None:
                target = urlsplit(self._urls[self._at])
                self._connection = http.client.HTTPConnection(str(target.hostname), target.port, timeout=30)
            self._connection.request("POST", path, content, headers)
            response = self._connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            self._at = (self._at + 1) % len(self._urls)
            return 0, repr(error)


def main(plan_file: str, name: str) -> None:
    """Act until somebody puts a file named stop beside the answers."""
    plan = json.loads(Path(plan_file).read_text(encoding="utf-8"))
    with Path(plan["folder"], f"{name}.jsonl").open("w", encoding="utf-8") as log:
        shopper = Shopper(plan, name, log)
        while not Path(plan["folder"], "stop").exists():
            shopper.act()


if __name__ == "__main__":
    main(*sys.argv[1:])
