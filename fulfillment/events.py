"""What is told to others: the types of events, in one list, and an event before it is kept.

What each type carries is in `api.events.payloads`; how events are kept and told is in `storage.outbox`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class EventType(StrEnum):
    """Every type of event. A new one also gets a row in `api.events.payloads`."""

    ORDER_RESERVED = "order.reserved"
    ORDER_COMMITTED = "order.committed"
    ORDER_CONFIRMED = "order.confirmed"
    ORDER_CANCELED = "order.canceled"
    ORDER_SENT_TO_NODE = "order.sent_to_node"
    ORDER_PICKED = "order.picked"
    ORDER_READY = "order.ready_to_collect"
    ORDER_REJECTED = "order.rejected"
    ORDER_SHIPPED = "order.shipped"
    ORDER_COLLECTED = "order.collected"
    ORDER_NOT_COLLECTED = "order.not_collected"
    ORDER_RETURNED = "order.returned"
    ORDER_REASSIGNED = "order.reassigned"
    ORDER_EXPIRED = "order.expired"
    STOCK_SHORTFALL = "stock.shortfall"
    FORECAST_ALERTS = "forecast.alerts"
    WEBHOOK_OFF = "webhook.off"
    WEBHOOK_TEST = "webhook.test"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to `subject` (an order's id, say). `data` is JSON, without personal data."""

    type: EventType
    subject: str
    data: Mapping[str, object] = field(default_factory=dict)
