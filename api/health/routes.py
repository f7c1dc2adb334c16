"""Addresses for whoever watches the service."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from api.edge.resources import OpenDatabase
from api.edge.watchers import Watchers
from api.errors import NotReady
from api.health.readiness import Readiness

router = APIRouter(tags=["service"])


class Alive(BaseModel):
    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    status: Literal["ready"] = "ready"


async def _readiness(request: Request) -> Readiness:
    readiness: Readiness = request.app.state.readiness
    return readiness


OwnReadiness = Annotated[Readiness, Depends(_readiness)]


@router.get("/health")
async def health() -> Alive:
    """The process is alive. Asks nothing of the database."""
    return Alive()


@router.get("/ready")
async def ready(database: OpenDatabase, watchers: Watchers, readiness: OwnReadiness) -> Ready:
    """The database answers and its schema serves this version, and the service is not about to stop."""
    if why := await readiness.why_not(database, watchers):
        raise NotReady(why)
    return Ready()
