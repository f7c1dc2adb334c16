"""A receiver of webhooks: a real HTTP server in a thread that keeps what it is sent and answers as told."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

Respond = Callable[[BaseHTTPRequestHandler, int], None]


@dataclass(frozen=True)
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """The event, if the library takes the signature; raises if not."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """Answers by `respond`, which is told how many requests came before."""

    url: str = ""
    respond: Respond = field(default=lambda handler, _: status(200)(handler, 0))
    received: list[Received] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, received: Received) -> int:
        with self._lock:
            self.received.append(received)
            return len(self.received) - 1

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.received]

    def wait_for(self, count: int, *, seconds: float = 30) -> list[Received]:
        until = time.monotonic() + seconds
        while len(self.received) < count and time.monotonic() < until:
            time.sleep(0.02)
        assert len(self.received) >= count, f"{len(self.received)} of {count} have come"
        return list(self.received)


def status(code: int, **headers: str) -> Respond:
    """An empty answer."""

    def respond(handler: BaseHTTPRequestHandler, _: int) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return respond


def in_turn(*codes: int) -> Respond:
    """Each of the codes once, the last for ever."""
    return lambda handler, before: status(codes[min(before, len(codes) - 1)])(handler, before)


@contextmanager
def receiving(respond: Respond | None = None, *, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver() if respond is None else Receiver(respond=respond)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.respond(self, receiver.keep(Received(headers, body)))

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            """A sender that hangs up on a slow or huge answer is what some tests are about."""

    server = Quiet(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.url = f"{'https' if tls else 'http'}://localhost:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
