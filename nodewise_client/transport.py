"""Requests to the service over HTTP: sent, and sent again under the same key where that can help.

The bytes of a request are made before the first try, and every try sends the same.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

from nodewise_client.errors import NodewiseError, Unreachable, problem_of
from nodewise_client.retries import Retries

KEY_HEADER = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent; `target` is path and query. Without a `timeout` it has the transport's."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    timeout: float | None = None

    @property
    def key(self) -> str:
        """The Idempotency-Key, if it has one."""
        return self.headers.get(KEY_HEADER, "")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a request, for logs and counts. `status` is 0 if no answer came."""

    method: str
    target: str
    key: str
    number: int
    status: int
    seconds: float
    replayed: bool = False
    request_id: str = ""


Observer = Callable[[Attempt], None]


class Transport:
    """Connections to one service, kept open until it is closed.

    Raises
    ------
    ValueError
        `url` is no address, or the key cannot stand in a header. The key is not repeated.
    """

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        timeout: float = 30.0,
        retries: Retries | None = None,
        observe: Observer | None = None,
    ) -> None:
        self.url = _address(url)
        self._timeout = timeout
        self._retries = retries or Retries()
        self._observe = observe
        self._client = httpx.Client(base_url=self.url, headers=authorization(api_key), timeout=timeout)

    def __repr__(self) -> str:
        return f"Transport({self.url!r})"

    def close(self) -> None:
        self._client.close()

    def send(self, request: Request) -> httpx.Response:
        """Send, and wait for an answer that is no refusal.

        Raises
        ------
        ProblemError
            The service refused.
        Unreachable
            No answer came.
        """
        timeout = self._timeout if request.timeout is None else request.timeout
        ends = time.monotonic() + max(self._retries.seconds, timeout)
        attempt = 1
        while True:
            # A moment is left even where the time is over: httpx takes 0 for a time-out in the past.
            allowed = max(min(timeout, ends - time.monotonic()), 0.001)
            outcome = self._try(request, attempt, allowed)
            if isinstance(outcome, httpx.Response):
                return outcome
            seconds = self._retries.wait(outcome, attempt=attempt, left=ends - time.monotonic())
            if seconds is None:
                raise outcome
            time.sleep(seconds)
            attempt += 1

    def _try(self, request: Request, attempt: int, timeout: float) -> httpx.Response | NodewiseError:
        began = time.monotonic()
        try:
            answer = self._client.request(
                request.method,
                request.target,
                headers=request.headers,
                content=request.content,
                timeout=timeout,
            )
        except httpx.TransportError as error:
            self._tell(request, attempt, began, None)
            return _unreachable(self.url, error, request.key, attempt)
        self._tell(request, attempt, began, answer)
        return (
            problem_of(answer, idempotency_key=request.key, attempts=attempt) if answer.is_error else answer
        )

    def _tell(self, request: Request, attempt: int, began: float, answer: httpx.Response | None) -> None:
        if self._observe is None:
            return
        headers = answer.headers if answer is not None else httpx.Headers()
        self._observe(
            Attempt(
                request.method,
                request.target,
                request.key,
                attempt,
                answer.status_code if answer is not None else 0,
                time.monotonic() - began,
                headers.get("Idempotent-Replayed") == "true",
                headers.get("X-Request-ID", ""),
            )
        )


def authorization(api_key: str | None) -> dict[str, str]:
    """The header that sends a key.

    Raises
    ------
    ValueError
        It cannot stand in a header. It is not repeated: errors end up in logs.
    """
    if not api_key:
        return {}
    if not (api_key.isascii() and api_key.isprintable()) or " " in api_key:
        raise ValueError("the API key holds characters that no key has")
    return {"Authorization": f"Bearer {api_key}"}


def _unreachable(url: str, error: httpx.TransportError, key: str, attempts: int) -> Unreachable:
    if isinstance(error, httpx.TimeoutException):
        why = "no answer in time"
    else:
        why = "connection refused" if isinstance(error, httpx.ConnectError) else type(error).__name__
    words = f"no service answers at {url} ({why})"
    unreachable = Unreachable(words, why=why, idempotency_key=key, attempts=attempts)
    unreachable.__cause__ = error
    return unreachable


def _address(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError(f"the address of the service is none: {error}") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ValueError("the address of the service does not begin with http:// or https:// and a host")
    if parsed.userinfo:
        raise ValueError("the address of the service holds a password; the key is an argument of its own")
    return url.rstrip("/")
