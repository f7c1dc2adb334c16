"""Calls about webhooks: where events are sent to. Reading events instead: `nodewise_client.events`."""

from collections.abc import Sequence
from datetime import datetime

from nodewise_client.caller import Caller, given, path
from nodewise_client.errors import NotFound
from nodewise_client.models import (
    DeliveryOut,
    DeliveryState,
    EventType,
    ReplayOut,
    WebhookOut,
    WebhookWithSecret,
)
from nodewise_client.pages import Pages


class Webhooks(Caller):
    """Register addresses, and see what came of each delivery."""

    def create_webhook(
        self, url: str, *, types: Sequence[EventType] = (), key: str | None = None
    ) -> WebhookWithSecret:
        """Have events sent to an address: of all types, or some. The secret is shown here once."""
        body = {"url": url, "types": list(types)}
        return self._write(WebhookWithSecret, "/v1/webhooks", body, key=key)

    def webhook(self, webhook: str) -> WebhookOut:
        return self._get(WebhookOut, path("webhooks", webhook))

    def webhooks(self, *, page_size: int | None = None) -> Pages[WebhookOut]:
        """Webhooks by id."""
        return self._pages(WebhookOut, "/v1/webhooks", page_size=page_size)

    def change_webhook(
        self,
        webhook: str,
        *,
        url: str | None = None,
        types: Sequence[EventType] | None = None,
        is_on: bool | None = None,
    ) -> WebhookOut:
        """Change its address or types, turn it off, or on again."""
        body = given(url=url, types=types, is_on=is_on)
        return self._set(WebhookOut, "PATCH", path("webhooks", webhook), body or {})

    def remove_webhook(self, webhook: str) -> None:
        """Remove it, and what is on its way to it."""
        try:
            self._send("DELETE", path("webhooks", webhook))
        except NotFound as error:
            if error.attempts == 1:
                raise
            # An earlier try has removed it, and its answer was lost.

    def rotate_secret(self, webhook: str, *, key: str | None = None) -> WebhookWithSecret:
        """A new secret; for 24 hours both sign."""
        return self._write(WebhookWithSecret, path("webhooks", webhook, "rotate-secret"), key=key)

    def test_webhook(self, webhook: str, *, key: str | None = None) -> DeliveryOut:
        """Send a `webhook.test` event to it."""
        return self._write(DeliveryOut, path("webhooks", webhook, "test"), key=key)

    def replay(
        self,
        webhook: str,
        *,
        since: datetime | str,
        until: datetime | str | None = None,
        types: Sequence[EventType] | None = None,
        key: str | None = None,
    ) -> ReplayOut:
        """Send the events of a time again, under the same ids."""
        body = given(since=since, until=until, types=types)
        return self._write(ReplayOut, path("webhooks", webhook, "replay"), body, key=key)

    def deliveries(
        self, webhook: str, *, state: DeliveryState | None = None, page_size: int | None = None
    ) -> Pages[DeliveryOut]:
        """What came of each delivery, newest first."""
        target = path("webhooks", webhook, "deliveries")
        return self._pages(DeliveryOut, target, page_size=page_size, query={"state": state})

    def retry_delivery(self, webhook: str, delivery: str, *, key: str | None = None) -> DeliveryOut:
        """Send one delivery again at once."""
        return self._write(DeliveryOut, path("webhooks", webhook, "deliveries", delivery, "retry"), key=key)
