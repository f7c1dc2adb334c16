"""A problem document sent below the framework, by middleware; and the headers that belong to an error."""

import json
from collections.abc import Mapping
from math import ceil

from starlette.types import Scope, Send

from api.errors import RateLimited, Unauthenticated
from api.problems import MEDIA_TYPE, document
from storage.errors import KeyHeld

MOST_SECONDS_TO_WAIT = 5


async def send_problem(
    scope: Scope, send: Send, error: Exception, headers: Mapping[str, str] | None = None
) -> None:
    """Answer a request with the problem document of an error."""
    status, problem = document(
        error, instance=scope["path"], request_id=scope.get("state", {}).get("request_id", "")
    )
    body = json.dumps(problem).encode()
    all_headers = {
        "content-type": MEDIA_TYPE,
        "content-length": str(len(body)),
        **headers_of(error),
        **(headers or {}),
    }
    encoded = [(name.encode(), value.encode()) for name, value in all_headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


def headers_of(error: Exception) -> dict[str, str]:
    """How to authenticate (RFC 6750), and when to come again."""
    if isinstance(error, Unauthenticated):
        why = ', error="invalid_token"' if error.sent else ""
        return {"www-authenticate": f'Bearer realm="nodewise"{why}'}
    if isinstance(error, RateLimited):
        return {"retry-after": str(error.seconds)}
    if isinstance(error, KeyHeld):  # the work is usually done long before its lease runs out
        return {"retry-after": str(max(1, min(MOST_SECONDS_TO_WAIT, ceil(error.seconds))))}
    return {}
