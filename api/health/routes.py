"""Addresses for whoever watches the service."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from api.edge.resources import OpenDatabase
from api.errors import NotReady

router = APIRouter(tags=["service"])


class Alive(BaseModel):
    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    status: Literal["ready"] = "ready"


@router.get("/health")
async def health() -> Alive:
    """The process is alive. Asks nothing of the database."""
    return Alive()


@router.get("/ready")
def ready(database: OpenDatabase) -> Ready:
    """The database answers and its schema is current."""
    if not database.is_current():
        raise NotReady(
            "the schema of the database is not that of this version",
            fix="Start the service again so that it upgrades its schema",
        )
    return Ready()
