"""A small receiver of webhooks for development: verifies, tells, and passes on if asked to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from api.cli.ports import LOOPBACK

MOST_BYTES = 1_048_576
_KEPT = ("content-type", "webhook-id", "webhook-timestamp", "webhook-signature")


@dataclass(frozen=True, slots=True)
class Heard:
    """A request that came, what the library said of its signature, and what was answered."""

    body: str
    verified: bool
    event: dict[str, object] = field(default_factory=dict)
    forwarded: str = ""


@dataclass(slots=True)
class Listener:
    """Where to send webhooks to; set the secret before any comes."""

    url: str
    secret: str = ""


@contextmanager
def listening(port: int, *, tell: Callable[[Heard], None], forward_to: str | None) -> Iterator[Listener]:
    """Listen on this machine only, in a thread, until the block ends.

    Raises
    ------
    OSError
        The port is taken.
    """
    listener = Listener("")
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            size = int(length) if length.isdecimal() else 0
            if size > MOST_BYTES:
                self._answer(413)
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            heard, status = hear(self.rfile.read(size), headers, listener.secret, forward_to=forward_to)
            self._answer(status)
            with lock:
                tell(heard)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            if status == 413:
                self.send_header("Connection", "close")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """What came is told by us."""

    server = ThreadingHTTPServer((LOOPBACK, port), Handler)
    server.daemon_threads = True
    listener.url = f"http://{LOOPBACK}:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


def hear(body: bytes, headers: dict[str, str], secret: str, *, forward_to: str | None) -> tuple[Heard, int]:
    """What to tell of a request, and the status to answer: that of the address it was passed on to."""
    text = body.decode(errors="replace")
    try:
        event = Webhook(secret).verify(body, headers)
    except (WebhookVerificationError, ValueError):
        return Heard(text, verified=False), 401
    if forward_to is None:
        return Heard(text, verified=True, event=event), 204
    kept = {name: headers[name] for name in _KEPT if name in headers}
    try:
        answer = httpx.post(forward_to, content=body, headers=kept, timeout=8)
    except httpx.HTTPError as error:
        return Heard(text, verified=True, event=event, forwarded=type(error).__name__), 502
    return Heard(text, verified=True, event=event, forwarded=str(answer.status_code)), answer.status_code
