"""Threads apart for whoever watches: their questions are answered while all others are waited for."""

from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, Request

PLACES = 4


async def _watchers(request: Request) -> CapacityLimiter:
    limiter: CapacityLimiter = request.app.state.watchers
    return limiter


Watchers = Annotated[CapacityLimiter, Depends(_watchers)]
