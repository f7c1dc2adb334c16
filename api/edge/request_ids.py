"""The outermost middleware: a request id, one log line per request, and the answer to a fault of ours."""

import json
import re
import time
import uuid

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.logs import log
from api.problems import MEDIA_TYPE, document

HEADER = b"x-request-id"
ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestIds:
    """Takes the caller's `X-Request-ID` if it is well formed, else makes one; every answer carries it.

    The id is in `scope["state"]["request_id"]`, in each log line and in each problem document.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began = time.perf_counter()
        status = 0

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (HEADER, request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, named)
        except Exception as error:
            log.error("fault", route=_route(scope), exc_info=error)
            if status:
                raise
            await _answer_fault(scope, named, error, request_id)
        finally:
            seconds = round(time.perf_counter() - began, 6)
            log.info("request", method=scope["method"], route=_route(scope), status=status, seconds=seconds)


async def _answer_fault(scope: Scope, send: Send, error: Exception, request_id: str) -> None:
    status, problem = document(error, instance=scope["path"], request_id=request_id)
    body = json.dumps(problem).encode()
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _request_id(scope: Scope) -> str:
    sent = dict(scope["headers"]).get(HEADER, b"").decode("latin-1")
    return sent if ACCEPTED.fullmatch(sent) else uuid.uuid4().hex


def _route(scope: Scope) -> str:
    """The template of the address, not the address: ids stay out of the line."""
    return str(getattr(scope.get("route"), "path", "none"))
