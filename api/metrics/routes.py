"""The address that Prometheus scrapes."""

import anyio.to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client.exposition import choose_encoder

from api.edge.resources import Counts
from api.edge.scopes import Scope, allowed
from api.edge.watchers import Watchers

router = APIRouter(tags=["service"])


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    dependencies=[allowed(Scope.READ)],
    responses={200: {"content": {"application/openmetrics-text": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request, counts: Counts, watchers: Watchers) -> Response:
    """What the service counts, for Prometheus. Each process of a service has figures of its own."""
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    body = await anyio.to_thread.run_sync(encode, counts.registry, limiter=watchers)
    return Response(body, headers={"Content-Type": media_type, "Cache-Control": "no-store"})
