"""Events as sent to webhooks and shown by the feed: one form for both."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from fulfillment.events import EventType
from storage.outbox import PublishedEvent


class EventOut(BaseModel):
    """Something that happened; `data` is what docs/webhooks.md says of the type."""

    id: str = Field(
        description="The same on every repetition: whoever keeps it does nothing twice",
        examples=["evt_0d4b8a1c62f94a7c8f53a2a1be0e6d11"],
    )
    sequence: int = Field(description="Rises by one from event to event", examples=[17])
    type: EventType = Field(examples=[EventType.ORDER_CONFIRMED])
    timestamp: datetime = Field(description="When it happened", examples=["2026-11-21T09:30:00Z"])
    subject: str = Field(description="What it is about, as the id of an order", examples=["10482"])
    data: dict[str, Any] = Field(examples=[{"order": "10482", "revision": 2, "state": "allocated"}])


class EventPage(BaseModel):
    """Events in their sequence. The feed has no end: keep `next_cursor`, and ask again."""

    items: list[EventOut]
    next_cursor: str = Field(description="Where to go on, now or later", examples=["WyIxNyJd"])
    more: bool = Field(description="Whether more can be read at once", examples=[False])


def event_out(event: PublishedEvent) -> EventOut:
    return EventOut(
        id=event.id,
        sequence=event.sequence,
        type=event.type,
        timestamp=event.at,
        subject=event.subject,
        data=dict(event.data),
    )
