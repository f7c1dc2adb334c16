"""Load on a running server: so many connections, each sending its next request when the last is answered.

A client of its own because an HTTP library takes more of the processor per request than the service does,
and both share the machine: it knows no more of HTTP than what it is answered here (a content length).
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, repeat
from math import inf
from typing import Any
from urllib.parse import urlsplit

import numpy as np


@dataclass(frozen=True, slots=True)
class Measured:
    """What came back: seconds of each request in the order answered, and of the whole."""

    seconds: Sequence[float]
    statuses: Mapping[int, int]
    wall: float

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.wall

    def percentile_ms(self, percent: float) -> float:
        return float(np.percentile(self.seconds, percent)) * 1_000


def post(path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> bytes:
    """A request as it goes over the wire."""
    content = json.dumps(body).encode()
    lines = [f"POST {path} HTTP/1.1", "Host: bench", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def send(
    urls: Sequence[str], requests: Sequence[bytes], *, connections: int, per_second: float = inf
) -> Measured:
    """Send all requests over so many connections, dealt out to the servers in turn.

    As fast as they are answered, or `per_second`, in which case a request's time begins when it is due.
    """
    return asyncio.run(_send(urls, requests, connections, per_second))


async def _send(
    urls: Sequence[str], requests: Sequence[bytes], connections: int, per_second: float
) -> Measured:
    loop = asyncio.get_running_loop()
    clients = []
    for number in range(connections):
        target = urlsplit(urls[number % len(urls)])
        _, client = await loop.create_connection(_Client, target.hostname, target.port)
        clients.append(client)
    began = time.perf_counter()
    due = count(began, 1 / per_second) if per_second < inf else repeat(0.0)
    waiting = iter(zip(due, requests, strict=False))
    await asyncio.gather(*(client.work(waiting) for client in clients))
    wall = time.perf_counter() - began
    for client in clients:
        client.close()
    statuses: Counter[int] = Counter()
    for client in clients:
        statuses.update(client.statuses)
    return Measured([taken for client in clients for taken in client.seconds], statuses, wall)


class _Client(asyncio.Protocol):
    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.statuses: list[int] = []
        self._buffer = bytearray()
        self._answered: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    async def work(self, waiting: Iterator[tuple[float, bytes]]) -> None:
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        for due, request in waiting:
            await asyncio.sleep(due - time.perf_counter())
            self._answered = loop.create_future()
            began = due or time.perf_counter()
            self._transport.write(request)
            self.statuses.append(await self._answered)
            self.seconds.append(time.perf_counter() - began)

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[:end]).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(self._buffer) < end + 4 + length or self._answered is None:
            return
        self._buffer.clear()
        self._answered.set_result(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(exc or ConnectionError("the server closed the connection"))
