"""Sends one POST after another to one endpoint: to checked addresses, bounded in time and bytes.

httpx does not let a connection go to an address that was looked at before; its own network layer,
httpcore, does (`network_backend`). No redirect is followed and no proxy is asked.
"""

import ssl
import time
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import httpcore

from api.webhooks.addresses import Forbidden, resolve

SECONDS = 10.0
"""The longest a request may take from its beginning to the end of the answer's head."""

MOST_ANSWER_BYTES = 16_384
"""What is read of an answer's body, to use the connection again; with more it is closed."""


class NotSent(Exception):
    """There is no answer; says why in few words."""


class Poster:
    """One endpoint's connection. Use it in a `with`, from one thread."""

    def __init__(self, url: str, *, private: bool) -> None:
        self._url = url
        self._deadline = _Deadline()
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trust(),
            max_connections=1,
            http1=True,
            http2=False,
            network_backend=_CheckedNetwork(self._deadline, private=private),
        )

    def __enter__(self) -> "Poster":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def post(self, body: str, headers: Mapping[str, str]) -> int:
        """Send, and return the status of the answer; its body is not looked at.

        Raises
        ------
        NotSent
            There was no answer, or none in time.
        """
        self._deadline.restart(SECONDS)
        ours = {"Content-Type": "application/json", "User-Agent": "nodewise-webhooks"}
        try:
            request = self._pool.stream(
                "POST",
                self._url,
                headers=[*ours.items(), *headers.items()],
                content=body.encode(),
                extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), SECONDS)},
            )
            with request as answer:
                status = answer.status
                self._drain(answer)
            return status
        except Forbidden as error:
            raise NotSent(str(error)) from error
        except httpcore.TimeoutException as error:
            raise NotSent(f"no answer within {SECONDS:.0f} s") from error
        except httpcore.ConnectError as error:
            raise NotSent(_why(error)) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise NotSent("the connection broke, or the answer was not HTTP") from error

    def _drain(self, answer: httpcore.Response) -> None:
        """Read a short body to its end; a status that has come stands, whatever becomes of the rest."""
        read = 0
        try:
            for chunk in answer.iter_stream():
                read += len(chunk)
                if read > MOST_ANSWER_BYTES:
                    return
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
            return


class _Deadline:
    def __init__(self) -> None:
        self._until = 0.0

    def restart(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def left(self, error: type[Exception]) -> float:
        """Seconds left; raises the error if there are none."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise error("the time is over")
        return left


class _CheckedNetwork(httpcore.NetworkBackend):
    """Connects to addresses that were looked at; every step ends at the deadline."""

    def __init__(self, deadline: _Deadline, *, private: bool) -> None:
        self._deadline = deadline
        self._private = private
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = resolve(host, port, private=self._private)
        except (OSError, UnicodeError) as error:  # the latter of a label too long
            raise httpcore.ConnectError("the name is not known") from error
        failure: Exception = httpcore.ConnectError("no address")
        for address in addresses:
            left = self._deadline.left(httpcore.ConnectTimeout)
            try:
                stream = self._network.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure


class _TimedStream(httpcore.NetworkStream):
    """A stream whose every step ends at the deadline: drop by drop takes no longer than at once."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(httpcore.ConnectTimeout)
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@cache
def _trust() -> ssl.SSLContext:
    """The certificates trusted by the system and by certifi, read once: it takes a while."""
    return httpcore.default_ssl_context()


def _why(error: httpcore.ConnectError) -> str:
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate is not trusted: {cause.verify_message}"[:200]
    if isinstance(cause, ssl.SSLError):
        return "the server does not speak TLS"
    if isinstance(cause, ConnectionRefusedError):
        return "connection refused"
    if "name is not known" in str(error):
        return "the host's name is not known"
    return "no connection"
