"""Webhook endpoints and deliveries, as sent and shown."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.edge.kinds import Instant
from fulfillment.events import EventType
from storage.deliveries import Delivery, DeliveryState
from storage.webhooks import Endpoint

MAX_URL = 2_000
_EVERY = len(EventType)

Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_URL,
        description="https, to a public address",
        examples=["https://oms.example.com/hooks/nodewise"],
    ),
]
Types = Annotated[
    list[EventType],
    Field(
        max_length=_EVERY,
        description="Types to be told of; an empty list is all",
        examples=[[EventType.ORDER_RESERVED, EventType.ORDER_SHIPPED]],
    ),
]
On = Annotated[bool, Field(strict=True, description="Whether it is told of events", examples=[True])]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WebhookIn(_Sent):
    """An endpoint to be told of events from now on."""

    url: Url
    types: Types = []


class WebhookChange(_Sent):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"example": {"is_on": True}})

    url: Url | None = None
    types: Types | None = None
    is_on: On | None = None


class ReplayIn(_Sent):
    """Which events are sent again: those that happened from `since` until before `until`."""

    since: Instant
    until: Instant | None = Field(default=None, description="Now, if left out")
    types: Types = []


class WebhookOut(BaseModel):
    """An endpoint. Its secret is shown when it is made, and when it is changed for another."""

    id: str = Field(examples=["whe_5a1f0c2d9b7e4c31"])
    url: str = Field(examples=["https://oms.example.com/hooks/nodewise"])
    types: list[EventType] = Field(description="Empty: all", examples=[[EventType.ORDER_SHIPPED]])
    is_on: bool = Field(examples=[True])
    off_reason: str = Field(description="Why the service has turned it off", examples=[""])
    failing_since: datetime | None = Field(description="Since when nothing has arrived", examples=[None])
    created_at: datetime = Field(examples=["2026-11-21T09:30:00Z"])


class WebhookWithSecret(WebhookOut):
    """An endpoint with its secret: keep it, it is not shown again."""

    secret: str = Field(examples=["whsec_bm9kZXdpc2UgZXhhbXBsZSBzZWNyZXQgMzIgYnl0ZXM="])
    old_secret_until: datetime | None = Field(
        description="Until when the secret before signs as well", examples=["2026-11-22T09:30:00Z"]
    )


class DeliveryOut(BaseModel):
    """One event on its way to one endpoint."""

    id: str = Field(examples=["dlv_41"])
    event: str = Field(description="Sent as webhook-id", examples=["evt_0d4b8a1c62f94a7c8f53a2a1be0e6d11"])
    type: EventType = Field(examples=[EventType.ORDER_SHIPPED])
    subject: str = Field(examples=["10482"])
    state: DeliveryState = Field(examples=[DeliveryState.PENDING])
    attempts: int = Field(description="Attempts begun", examples=[2])
    next_at: datetime | None = Field(description="When it is tried next, while it is pending")
    last_at: datetime | None = Field(description="When it was tried last")
    last_status: int | None = Field(description="What the endpoint answered", examples=[503])
    last_error: str = Field(examples=["answered 503"])


class ReplayOut(BaseModel):
    events: int = Field(description="Events that are sent again", examples=[12])


def webhook_out(endpoint: Endpoint) -> WebhookOut:
    return WebhookOut(
        id=endpoint.id,
        url=endpoint.url,
        types=list(endpoint.types),
        is_on=endpoint.is_on,
        off_reason=endpoint.off_reason,
        failing_since=endpoint.failing_since,
        created_at=endpoint.created_at,
    )


def with_secret(endpoint: Endpoint) -> WebhookWithSecret:
    return WebhookWithSecret(
        **dict(webhook_out(endpoint)), secret=endpoint.secret, old_secret_until=endpoint.old_secret_until
    )


def delivery_out(delivery: Delivery) -> DeliveryOut:
    return DeliveryOut(
        id=f"dlv_{delivery.id}",
        event=delivery.event,
        type=delivery.type,
        subject=delivery.subject,
        state=delivery.state,
        attempts=delivery.attempts,
        next_at=delivery.next_at,
        last_at=delivery.last_at,
        last_status=delivery.last_status,
        last_error=delivery.last_error,
    )
