"""The log of who wrote what: appended in the transaction of the write, never changed. No bodies in it.

Its times are the database's own: a jump of the demo's clock does not show.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from storage.schema.access import audit_entry


@dataclass(frozen=True, slots=True)
class Actor:
    """Who writes: the public id and the name of an API key, or an id alone for whoever has none."""

    id: str
    name: str = ""


NOBODY = Actor("nobody")
"""Whoever calls without a key, where that is allowed."""
COMMAND_LINE = Actor("command line")
"""Whoever works on the database itself."""


@dataclass(frozen=True, slots=True)
class Act:
    """One write: by whom, by which address (its template, or a command), and on what."""

    actor: Actor
    method: str
    route: str
    subject: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An act that was done, with the status it was answered with."""

    id: int
    at: datetime
    act: Act
    status: int


class AuditLog:
    def __init__(self, connection: Connection, *, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def put(self, act: Act, *, status: int) -> None:
        values = {
            "at": self._now,
            "actor": act.actor.id,
            "actor_name": act.actor.name,
            "method": act.method,
            "route": act.route,
            "subject": act.subject,
            "status": status,
            "request_id": act.request_id,
        }
        self._connection.execute(insert(audit_entry).inline(), values)

    def purge(self, before: datetime) -> int:
        """Remove what was done before an instant; returns how many entries."""
        return self._connection.execute(delete(audit_entry).where(audit_entry.c.at < before)).rowcount

    def list(
        self, *, before: int | None, limit: int, actor: str | None = None, subject: str | None = None
    ) -> Sequence[Entry]:
        """At most `limit` entries, the newest first, from before the one named."""
        t = audit_entry.c
        query = select(audit_entry).order_by(t.id.desc()).limit(limit)
        if before is not None:
            query = query.where(t.id < before)
        if actor is not None:
            query = query.where(t.actor == actor)
        if subject is not None:
            query = query.where(t.subject == subject)
        return [_entry(row) for row in self._connection.execute(query)]


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    act = Act(Actor(row.actor, row.actor_name), row.method, row.route, row.subject, row.request_id)
    return Entry(row.id, row.at, act, row.status)
