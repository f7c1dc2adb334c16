"""The address of the audit log."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.access import service
from api.access.schemas import AuditEntry
from api.edge.body import StrictRoute
from api.edge.kinds import TEXT_PATTERN
from api.edge.pages import Page, PageAsked
from api.edge.resources import OpenDatabase
from api.edge.scopes import Scope, allowed

router = APIRouter(prefix="/v1/audit", tags=["service"], route_class=StrictRoute)
Filter = Annotated[str | None, Query(max_length=200, pattern=TEXT_PATTERN)]


@router.get("", dependencies=[allowed(Scope.ADMIN)])
def list_audit_entries(
    database: OpenDatabase, page: PageAsked, actor: Filter = None, subject: Filter = None
) -> Page[AuditEntry]:
    """Who wrote what, the newest first. `actor` is the public id of an API key, `nobody` or
    `command line`; `subject` an order, or a kind of thing."""
    return service.list_entries(database, page, actor=actor, subject=subject)
