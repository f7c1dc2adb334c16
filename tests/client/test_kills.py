"""A real server killed with -9 between request and answer: one effect, and the same answer to the same key.

A relay stands between client and server. It passes the request on, lets the server answer, keeps the answer
to itself, and kills the server; then the server comes back, and the client's next try goes through.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nodewise_client import Attempt, Nodewise, Retries
from nodewise_client.models import Order
from tests.api.support import FILES, Server, free_port

PATIENT = Retries(tries=40, seconds=120, first=0.1, longest=1.0)
ORDER: Order = {
    "id": "10482",
    "lines": [{"id": "1", "sku": "K-17", "quantity": 2}],
    "destination": {"zone": "UK-SE"},
}


@contextmanager
def relay(port: int, when_answered: Callable[[], None]) -> Iterator[str]:
    """Passes on one request a connection; the first answer is kept back, and `when_answered` is called."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()
    first = True

    def serve() -> None:
        nonlocal first
        while not ended.is_set():
            try:
                ours, _ = listener.accept()
            except OSError:
                return
            with ours:
                ours.settimeout(30)
                request = _whole(ours)
                try:
                    with socket.create_connection(("127.0.0.1", port), timeout=30) as theirs:
                        theirs.sendall(request)
                        answer = _whole(theirs)
                except OSError:
                    continue  # the server is not back yet; the client sees a dropped connection
                if first and answer:
                    first = False
                    when_answered()
                    continue
                ours.sendall(answer.replace(b"\r\n", b"\r\nconnection: close\r\n", 1))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    ended.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(timeout=10)


def _whole(connection: socket.socket) -> bytes:
    """A message of HTTP: head, and as many bytes as it says."""
    got = b""
    while b"\r\n\r\n" not in got:
        part = connection.recv(65_536)
        if not part:
            return got
        got += part
    head, _, body = got.partition(b"\r\n\r\n")
    named = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:])
    length = int(named.get(b"content-length", b"0"))
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def test_a_server_killed_before_its_answer_arrives_has_done_it_once(serve: Callable[..., Server]) -> None:
    port = str(free_port())
    server = serve(NODEWISE_PORT=port, NODEWISE_DURABLE="true")
    with Nodewise(server.url) as direct:
        for name, rows in FILES.items():
            getattr(direct, f"import_{name}")(rows)
    back = threading.Event()

    def kill_and_return() -> None:
        server.kill()

        def come_back() -> None:
            serve(NODEWISE_PORT=port, NODEWISE_DURABLE="true")
            back.set()

        threading.Thread(target=come_back, daemon=True).start()

    seen: list[Attempt] = []
    with (
        relay(int(port), kill_and_return) as url,
        Nodewise(url, retries=PATIENT, observe=seen.append) as nodewise,
    ):
        decision = nodewise.commit(ORDER)
        assert back.wait(60)
    assert decision["state"] == "allocated"
    assert (seen[0].status, seen[-1].status, seen[-1].replayed) == (0, 201, True)
    assert len({one.key for one in seen}) == 1
    with Nodewise(server.url) as direct:
        claims = direct.order("10482")["claims"]
        assert sum(claim["quantity"] for claim in claims) == 2
        assert sum(row["reserved"] for row in direct.supply(sku="K-17")) == 2
        assert direct.reconcile()["balanced"]
        assert direct.commit(ORDER, key=seen[0].key) == decision
