"""The address of the feed of events."""

from fastapi import APIRouter

from api.edge.body import StrictRoute
from api.edge.pages import PageAsked
from api.edge.resources import OpenDatabase
from api.edge.scopes import Scope, allowed
from api.events import service
from api.events.schemas import EventPage

router = APIRouter(prefix="/v1/events", tags=["webhooks"], route_class=StrictRoute)


@router.get("", dependencies=[allowed(Scope.READ)])
def list_events(database: OpenDatabase, page: PageAsked) -> EventPage:
    """What happened, in one sequence without a gap, for those who would rather ask than be told. Keep
    `next_cursor` and go on from there: no event is ever put before it."""
    return service.read_feed(database, page)
