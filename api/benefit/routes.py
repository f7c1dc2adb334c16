"""The address of the benefit report."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.benefit import service
from api.benefit.schemas import BenefitOut
from api.edge.body import StrictRoute
from api.edge.kinds import Day, Id
from api.edge.resources import CurrentSettings, OpenDatabase
from api.edge.scopes import Scope, allowed

router = APIRouter(prefix="/v1/benefit", tags=["benefit"], route_class=StrictRoute)


@router.get("", dependencies=[allowed(Scope.READ)])
def get_benefit(
    database: OpenDatabase,
    settings: CurrentSettings,
    first: Annotated[
        Day | None, Query(alias="from", description="First day, in UTC; from the first one, if left out")
    ] = None,
    last: Annotated[
        Day | None, Query(alias="to", description="Last day, which counts; up to now, if left out")
    ] = None,
    channel: Annotated[Id | None, Query(description="Orders of one channel", examples=["web"])] = None,
) -> BenefitOut:
    """What Nodewise would have saved against the OMS's own choices, sent as `baseline`: cash and lost margin
    by term, with 95 % intervals, at no more unfilled units. Steering does not count."""
    return service.get_benefit(database, settings, first=first, last=last, channel=channel)
