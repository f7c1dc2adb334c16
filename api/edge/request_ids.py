"""The outermost middleware: a request id, one log line and one count per request, the answer to a fault."""

import re
import time
import uuid

import structlog
from opentelemetry import trace
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.counting.instruments import Instruments
from api.edge.idempotency import REPLAYED
from api.edge.raw import send_problem
from api.logs import log
from api.tracing import REQUEST_ID

HEADER = b"x-request-id"
_REPLAYED = REPLAYED.lower().encode()
ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestIds:
    """Takes the caller's `X-Request-ID` if it is well formed, else makes one; every answer carries it.

    The id is in `scope["state"]["request_id"]`, in each log line and in each problem document; beside it
    `arrived`, the instant of `time.monotonic` from which the request's time budget counts.
    """

    def __init__(self, app: ASGIApp, *, counts: Instruments) -> None:
        self.app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {}).update(request_id=request_id, arrived=time.monotonic())
        trace.get_current_span().set_attribute(REQUEST_ID, request_id)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began = time.perf_counter()
        status, replayed = 0, False

        async def named(message: Message) -> None:
            nonlocal status, replayed
            if message["type"] == "http.response.start":
                status, headers = message["status"], message.get("headers", ())
                replayed = any(name.lower() == _REPLAYED for name, _ in headers)
                message["headers"] = [*headers, (HEADER, request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, named)
        except Exception as error:
            log.error("fault", route=_route(scope), exc_info=error)
            if status:
                raise
            await send_problem(scope, named, error)
        finally:
            seconds = round(time.perf_counter() - began, 6)
            method, route = scope["method"], _route(scope)
            log.info("request", method=method, route=route, status=status, seconds=seconds)
            self._counts.answered(
                method=method, route=route, status=status, seconds=seconds, replayed=replayed
            )


def _request_id(scope: Scope) -> str:
    sent = dict(scope["headers"]).get(HEADER, b"").decode("latin-1")
    return sent if ACCEPTED.fullmatch(sent) else uuid.uuid4().hex


def _route(scope: Scope) -> str:
    """The template of the address, not the address: ids stay out of the line."""
    return str(getattr(scope.get("route"), "path", "none"))
