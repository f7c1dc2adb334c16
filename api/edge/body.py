"""Requests read strictly: JSON bodies, bounded in bytes, and queries. No schema: that is each route's own."""

import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from email.message import Message as HeaderParser
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.edge.raw import send_problem
from api.edge.scopes import NeededScope
from api.errors import FieldError, MalformedBody, TooLarge, Unprocessable, UnsupportedMediaType
from fulfillment.nearest import did_you_mean

MAX_DIGITS = 40
JSON_TYPE = "application/json"


def parse_json(body: bytes) -> Any:
    """Parse strictly: UTF-8, no NaN or Infinity, no name twice in one object, bounded digits.

    Fractions become `Decimal`, so that money stays exact.

    Raises
    ------
    MalformedBody
        Names the line and column, or what is not accepted.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise MalformedBody(
            f"the body is not UTF-8: byte 0x{body[error.start]:02x} at offset {error.start}, line {line}",
            fix="Encode the body as UTF-8",
        ) from error
    try:
        parsed = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=_bounded_int,
            parse_float=_bounded_decimal,
            object_pairs_hook=_no_name_twice,
        )
    except json.JSONDecodeError as error:
        raise MalformedBody(
            f"the body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}",
            fix="Send well-formed JSON",
        ) from error
    except RecursionError as error:
        raise MalformedBody("the body is nested too deeply to be read", fix="Send a flatter body") from error
    if "\\u" in text:
        _refuse_lone_surrogates(parsed)
    return parsed


class StrictRequest(Request):
    """A request whose JSON is parsed strictly."""

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = parse_json(await self.body())
        return self._json


class StrictRoute(APIRoute):
    """A route that reads JSON strictly, says so when the content type is another, and refuses parameters
    it does not know: `chek=true`, unread, would write what was only to be checked. Whether the caller may
    is asked before anything is read."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()
        expects_json = self.body_field is not None
        known = sorted(_query_names(self.dependant))
        needed = [one.call for one in self.dependant.dependencies if isinstance(one.call, NeededScope)]

        async def strict(request: Request) -> Response:
            request = StrictRequest(request.scope, request.receive)
            for scope in needed:
                scope.check(request)
            _refuse_unknown_parameters(request, known)
            if expects_json:
                body = await request.body()
                if body:
                    found = media_type(request)
                    if found != JSON_TYPE and not found.endswith("+json"):
                        raise UnsupportedMediaType(found, JSON_TYPE)
                    # Parsed here, so that its error is ours and not a generic one of the framework.
                    await request.json()
            return await handle(request)

        return strict


def media_type(request: Request) -> str:
    """The content type without parameters, in lower case; empty if there is none."""
    header = HeaderParser()
    value = request.headers.get("content-type", "")
    header["content-type"] = value or "none/none"
    return header.get_content_type() if value else ""


class BodyLimit:
    """ASGI middleware that refuses a body over `max_bytes`, before it is read if its length is told."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > self.max_bytes:
            await send_problem(scope, send, self._error(int(length)), {"connection": "close"})
            return
        seen = 0
        limit = self.max_bytes

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise self._error(seen)
            return message

        await self.app(scope, counted, send)

    def _error(self, seen: int) -> TooLarge:
        return TooLarge(
            f"the body has {seen:,} bytes or more; at most {self.max_bytes:,} are read",
            fix="Send it in parts, or raise the setting max_body_bytes",
        )


def _query_names(dependant: Dependant) -> Iterator[str]:
    """The parameters that a route reads from the query, itself or through what it depends on."""
    yield from (field.alias for field in dependant.query_params)
    for needed in dependant.dependencies:
        yield from _query_names(needed)


def _refuse_unknown_parameters(request: Request, known: Sequence[str]) -> None:
    errors = [
        FieldError(f"?{name}", f"no such parameter{did_you_mean(name, known)}", allowed=", ".join(known))
        for name in dict.fromkeys(request.query_params)
        if name not in known
    ]
    if errors:
        raise Unprocessable(
            f"{errors[0].pointer}: {errors[0].detail}",
            errors,
            fix=f"Leave it out; allowed here: {', '.join(known) or 'no parameter'}",
        )


def _refuse_lone_surrogates(parsed: Any) -> None:
    """An escape can name half a character, which no answer could repeat."""
    try:
        json.dumps(parsed, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeEncodeError as error:
        raise MalformedBody(
            "the body holds a lone surrogate, which is half a character", fix="Send whole characters"
        ) from error


def _refuse_constant(name: str) -> Any:
    raise MalformedBody(f"the body holds {name}, which is not a JSON number", fix="Send a finite number")


def _bounded_int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise MalformedBody(
            f"the body holds a number of {len(digits)} digits; at most {MAX_DIGITS} are read",
            fix="Send a number within the allowed range",
        )
    return int(digits)


def _bounded_decimal(digits: str) -> Decimal:
    if len(digits) > MAX_DIGITS:
        raise MalformedBody(
            f"the body holds a number of {len(digits)} characters; at most {MAX_DIGITS} are read",
            fix="Send a number within the allowed range",
        )
    try:
        return Decimal(digits)
    except InvalidOperation as error:
        raise MalformedBody(
            f"the body holds {digits}, whose exponent is out of range",
            fix="Send a number within the allowed range",
        ) from error


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise MalformedBody(f'the name "{twice}" stands twice in one object', fix="Send every name once")
    return found
