"""Reads the audit log."""

from collections.abc import Sequence

from api.access.schemas import AuditEntry
from api.edge.pages import Asked, Key, Page, number_in, page_of
from storage.audit import Entry
from storage.database import Database


def list_entries(
    database: Database, asked: Asked, *, actor: str | None, subject: str | None
) -> Page[AuditEntry]:
    """What was written, the newest first.

    Raises
    ------
    Unprocessable
        The cursor is not one that this list gave out.
    """
    with database.reading() as stores:

        def following(after: Key | None) -> Sequence[Entry]:
            return stores.audit.list(
                before=number_in(after) if after else None,
                limit=asked.limit + 1,
                actor=actor,
                subject=subject,
            )

        return page_of(asked, following, key=lambda entry: (str(entry.id),), parts=1, show=_show)


def _show(entry: Entry) -> AuditEntry:
    act = entry.act
    return AuditEntry(
        id=entry.id,
        at=entry.at,
        actor=act.actor.id,
        actor_name=act.actor.name,
        method=act.method,
        route=act.route,
        subject=act.subject,
        status=entry.status,
        request_id=act.request_id,
    )
