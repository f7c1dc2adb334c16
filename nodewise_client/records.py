"""Calls that read what happened: events, the book, the audit log; and whether the service is well."""

from datetime import date

from nodewise_client.caller import Caller
from nodewise_client.events import EventFeed
from nodewise_client.models import Alive, AuditEntry, BenefitOut, EntryOut, EventPage, Findings, Ready
from nodewise_client.pages import Pages


class Records(Caller):
    """Nothing here writes."""

    def events(
        self, cursor: str | None = None, *, follow: float | None = None, page_size: int | None = None
    ) -> EventFeed:
        """Events from a cursor on, or from the first; ends with the newest.

        With `follow` it does not end: it asks for newer ones after so many seconds.
        """

        def ask(at: str | None) -> EventPage:
            return self._get(EventPage, "/v1/events", {"cursor": at, "limit": page_size})

        return EventFeed(ask, cursor, follow=follow)

    def entries(
        self,
        *,
        order: str | None = None,
        sku: str | None = None,
        node: str | None = None,
        page_size: int | None = None,
    ) -> Pages[EntryOut]:
        """The book, entry by entry: what happened to every row, and why."""
        target = "/v1/ledger/entries"
        return self._pages(
            EntryOut, target, page_size=page_size, query={"order": order, "sku": sku, "node": node}
        )

    def reconcile(self) -> Findings:
        """Whether every figure follows from entries and claims."""
        return self._get(Findings, "/v1/ledger/reconcile")

    def benefit(
        self,
        *,
        first: date | str | None = None,
        last: date | str | None = None,
        channel: str | None = None,
    ) -> BenefitOut:
        """What Nodewise would have saved against your own choices, from a day to a day that counts."""
        days = {"from": first and str(first), "to": last and str(last)}
        return self._get(BenefitOut, "/v1/benefit", {**days, "channel": channel})

    def audit(
        self, *, actor: str | None = None, subject: str | None = None, page_size: int | None = None
    ) -> Pages[AuditEntry]:
        """Who wrote what, the newest first."""
        return self._pages(
            AuditEntry, "/v1/audit", page_size=page_size, query={"actor": actor, "subject": subject}
        )

    def health(self) -> Alive:
        """The process is alive."""
        return self._get(Alive, "/health")

    def ready(self) -> Ready:
        """It can serve; raises Unavailable if it cannot."""
        return self._get(Ready, "/ready")
