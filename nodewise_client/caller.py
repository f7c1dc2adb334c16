"""What every group of calls stands on: addresses, bodies, keys, and answers read as JSON."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlencode
from uuid import uuid4

import httpx

from nodewise_client.errors import UnexpectedAnswer
from nodewise_client.pages import Item, Pages
from nodewise_client.retries import Retries
from nodewise_client.transport import KEY_HEADER, Observer, Request, Transport

Kind = TypeVar("Kind")
Query = Mapping[str, object]
JSON_TYPE = "application/json"


class Caller:
    """A connection to a service.

    Parameters
    ----------
    url
        Address of the service, without a path.
    api_key
        As `nodewise key create` showed it; a service on loopback may need none.
    timeout
        Seconds to wait for an answer of one try.
    retries
        How often and how long a call is tried; `NEVER` tries nothing again.
    observe
        Is told of each try.
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
        self._transport = Transport(url, api_key, timeout=timeout, retries=retries, observe=observe)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._transport.url!r})"

    def close(self) -> None:
        """Close its connections."""
        self._transport.close()

    def _get(self, kind: type[Kind], target: str, query: Query | None = None) -> Kind:
        """`kind` is for the type checker: what the address answers."""
        return _read(self._send("GET", target, query=query))  # type: ignore[no-any-return]

    def _pages(
        self, kind: type[Item], target: str, *, page_size: int | None = None, query: Query | None = None
    ) -> Pages[Item]:
        def ask(cursor: str | None) -> Mapping[str, Any]:
            asked = {**(query or {}), "limit": page_size, "cursor": cursor}
            return self._get(dict[str, Any], target, asked)

        return Pages(ask)

    def _write(
        self,
        kind: type[Kind],
        target: str,
        body: object = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Kind:
        """Under a key of its own unless one is given, the same in every try."""
        return self._ask(kind, target, body, headers={**_keyed(key), **(headers or {})})

    def _write_file(
        self,
        kind: type[Kind],
        target: str,
        content: bytes,
        content_type: str,
        *,
        query: Query,
        key: str | None,
        timeout: float,
    ) -> Kind:
        headers = {**_keyed(key), "Content-Type": content_type}
        return _read(  # type: ignore[no-any-return]
            self._send("POST", target, query=query, content=content, headers=headers, timeout=timeout)
        )

    def _set(self, kind: type[Kind], method: str, target: str, body: object) -> Kind:
        """What has one effect however often it is sent, and so takes no key."""
        return _read(self._send(method, target, body=body))  # type: ignore[no-any-return]

    def _ask(
        self, kind: type[Kind], target: str, body: object, *, headers: Mapping[str, str] | None = None
    ) -> Kind:
        """A POST; without a key one that writes nothing."""
        return _read(self._send("POST", target, body=body, headers=headers))  # type: ignore[no-any-return]

    def _send(
        self,
        method: str,
        target: str,
        *,
        query: Query | None = None,
        body: object = None,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> httpx.Response:
        sent = dict(headers or {})
        if body is not None:
            content, sent["Content-Type"] = encoded(body), JSON_TYPE
        return self._transport.send(Request(method, target + _asked(query), sent, content, timeout))


def path(*parts: str) -> str:
    """A path of the service; whatever a part holds, it stays one part."""
    # Dots are escaped, too: a part that is ".." would take the one before it away.
    return "/v1/" + "/".join(quote(part, safe="").replace(".", "%2E") for part in parts)


def encoded(body: object) -> bytes:
    """JSON; instants and days as ISO 8601, decimals as text."""
    return json.dumps(body, default=_plain, allow_nan=False).encode()


def given(**values: object) -> dict[str, object] | None:
    """The body of what was given; none if nothing was."""
    return {name: value for name, value in values.items() if value is not None} or None


def _keyed(key: str | None) -> dict[str, str]:
    return {KEY_HEADER: str(uuid4()) if key is None else key}


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON")


def _asked(query: Query | None) -> str:
    words = {name: value for name, value in (query or {}).items() if value not in (None, ())}
    plain = {name: str(value).lower() if isinstance(value, bool) else value for name, value in words.items()}
    return f"?{urlencode(plain, doseq=True)}" if plain else ""


def _read(answer: httpx.Response) -> Any:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise UnexpectedAnswer(answer.status_code, answer.text)
    return body
