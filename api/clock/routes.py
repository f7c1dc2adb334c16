"""The address of the demo clock."""

from fastapi import APIRouter

from api.clock import service
from api.clock.schemas import ClockIn, ClockOut
from api.edge.acts import AuditedAct
from api.edge.body import StrictRoute
from api.edge.resources import CurrentSettings, OpenDatabase
from api.edge.scopes import Scope, allowed

router = APIRouter(prefix="/v1/demo/clock", tags=["demo"], route_class=StrictRoute)


@router.get("", dependencies=[allowed(Scope.ADMIN)])
def get_clock(database: OpenDatabase, settings: CurrentSettings) -> ClockOut:
    """What time it is in the demo."""
    return service.get_clock(database, settings)


@router.put("", dependencies=[allowed(Scope.ADMIN)])
def set_clock(database: OpenDatabase, settings: CurrentSettings, act: AuditedAct, body: ClockIn) -> ClockOut:
    """Move the demo's clock forward. Refused outside demo mode."""
    return service.set_clock(database, settings, act, body.now)
