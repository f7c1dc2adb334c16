"""What each type of event carries, and how its data is made. Pure; small, without personal data.

A new type: a member of `EventType`, a row in `TYPES`, a row in `docs/webhooks.md` (a test holds them equal).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import BaseModel, Field

from forecasting.watching.alerts import Alert, Severity
from fulfillment.events import Event, EventType
from fulfillment.ids import OrderId
from fulfillment.ledger.claims import Claim
from fulfillment.ledger.protocol import Shortfall

MOST_LISTED = 25
"""Entries of one list in an event; of more the first, and how many were left out."""


class EventUnits(BaseModel):
    """Units of a line at a node."""

    line: str = Field(examples=["1"])
    sku: str = Field(examples=["K-17"])
    node: str = Field(examples=["DC1"])
    quantity: int = Field(examples=[2])


class OrderMoved(BaseModel):
    """An order after a call that changed it, and the units that the call was about."""

    order: str = Field(examples=["10482"])
    revision: int = Field(description="Tells which of two events is the later", examples=[2])
    state: str = Field(description="Of the whole order, as /v1/orders shows it", examples=["allocated"])
    channel: str = Field(examples=["web"])
    expires_at: datetime | None = Field(description="When the reservation ends, while it is soft")
    units: list[EventUnits] = Field(description=f"What this call moved; at most {MOST_LISTED} entries")
    units_left_out: int = Field(description="Entries beyond those, to be read at /v1/orders", examples=[0])
    unfilled_units: int = Field(description="Units of the order that are not held", examples=[0])


class OrderExpired(BaseModel):
    """Units of an order that are free again, as nobody confirmed them in time."""

    order: str = Field(examples=["10482"])
    revision: int = Field(examples=[2])
    state: str = Field(
        description="Of the whole order then: expired, unless it holds other units or was reserved again",
        examples=["expired"],
    )
    units: int = Field(description="Units of the order's lines; a kit is one", examples=[3])


class ShortOrder(BaseModel):
    order: str = Field(examples=["10482"])
    line: str = Field(examples=["1"])
    sku: str = Field(examples=["K-17"])
    node: str = Field(examples=["LON1"])
    quantity: int = Field(description="Units without stock", examples=[1])


class StockShort(BaseModel):
    """Orders that facts about stock have left short, latest promise first."""

    orders: int = Field(examples=[1])
    units: int = Field(examples=[1])
    short: list[ShortOrder] = Field(description=f"At most {MOST_LISTED} entries")
    short_left_out: int = Field(examples=[0])


class ForecastAlert(BaseModel):
    kind: str = Field(description="bias, drift, churn or calibration", examples=["bias"])
    severity: str = Field(examples=["critical"])
    subject: str = Field(description="all, a demand class, or sku|place", examples=["smooth"])
    sentence: str = Field(examples=["Smooth series were forecast 12.0% too high over 12 steps"])


class ForecastAlerts(BaseModel):
    """What to look at in a forecast run, all of it in one event, the critical first."""

    run: int = Field(examples=[17])
    cutoff: date = Field(description="The day the last step known starts on", examples=["2026-11-16"])
    alerts: int = Field(examples=[3])
    critical: int = Field(examples=[1])
    first: list[ForecastAlert] = Field(description=f"At most {MOST_LISTED} entries")
    first_left_out: int = Field(description="Alerts beyond those, at /v1/forecasts", examples=[0])


class WebhookOff(BaseModel):
    """An endpoint is told nothing more until it is turned on again."""

    webhook: str = Field(examples=["whe_5a1f0c2d9b7e4c31"])
    reason: str = Field(examples=["answered 410 Gone"])


class WebhookTest(BaseModel):
    """A test that was asked for; goes to its endpoint only."""

    webhook: str = Field(examples=["whe_5a1f0c2d9b7e4c31"])


@dataclass(frozen=True, slots=True)
class TypeOfEvent:
    """What a type means, what its subject is, and the schema of its data."""

    meaning: str
    subject: str
    data: type[BaseModel]


TYPES: Mapping[EventType, TypeOfEvent] = {
    EventType.ORDER_RESERVED: TypeOfEvent(
        "units are held until the reservation expires", "order", OrderMoved
    ),
    EventType.ORDER_COMMITTED: TypeOfEvent("units are held for good, in one step", "order", OrderMoved),
    EventType.ORDER_CONFIRMED: TypeOfEvent("a reservation became firm", "order", OrderMoved),
    EventType.ORDER_CANCELED: TypeOfEvent("the order, or a part of it, was canceled", "order", OrderMoved),
    EventType.ORDER_SENT_TO_NODE: TypeOfEvent("nodes were told to pick", "order", OrderMoved),
    EventType.ORDER_PICKED: TypeOfEvent("units were picked", "order", OrderMoved),
    EventType.ORDER_READY: TypeOfEvent("units wait for the shopper at the node", "order", OrderMoved),
    EventType.ORDER_REJECTED: TypeOfEvent("a node could not find units", "order", OrderMoved),
    EventType.ORDER_SHIPPED: TypeOfEvent("units have left their node", "order", OrderMoved),
    EventType.ORDER_COLLECTED: TypeOfEvent("the shopper has the units", "order", OrderMoved),
    EventType.ORDER_NOT_COLLECTED: TypeOfEvent("nobody came for the units", "order", OrderMoved),
    EventType.ORDER_RETURNED: TypeOfEvent("units came back", "order", OrderMoved),
    EventType.ORDER_REASSIGNED: TypeOfEvent("units are held elsewhere now", "order", OrderMoved),
    EventType.ORDER_EXPIRED: TypeOfEvent(
        "a reservation ended unconfirmed; told when it is tidied up", "order", OrderExpired
    ),
    EventType.STOCK_SHORTFALL: TypeOfEvent(
        "a fact about stock left orders without their units", "sku", StockShort
    ),
    EventType.FORECAST_ALERTS: TypeOfEvent(
        "a forecast run is done, and something in it is worth a look", "run", ForecastAlerts
    ),
    EventType.WEBHOOK_OFF: TypeOfEvent("an endpoint was turned off by the service", "webhook", WebhookOff),
    EventType.WEBHOOK_TEST: TypeOfEvent("a test, to one endpoint", "webhook", WebhookTest),
}


def order_event(
    kind: EventType,
    order: OrderId,
    moved: Iterable[Claim],
    *,
    revision: int,
    state: str,
    channel: str,
    expires_at: datetime | None,
    unfilled_units: int,
) -> Event:
    """The event of a call that changed an order: how the order stands, and the claims it moved."""
    units = [
        EventUnits(line=claim.line, sku=claim.peg.sku, node=claim.peg.node, quantity=claim.quantity)
        for claim in moved
    ]
    data = OrderMoved(
        order=order,
        revision=revision,
        state=state,
        channel=channel,
        expires_at=expires_at,
        units=units[:MOST_LISTED],
        units_left_out=max(0, len(units) - MOST_LISTED),
        unfilled_units=unfilled_units,
    )
    return Event(kind, order, data.model_dump(mode="json"))


def shortfall_event(short: Sequence[Shortfall]) -> Event:
    """The event of facts that left orders short; its subject is the sku, or several."""
    skus = sorted({one.claim.peg.sku for one in short})
    data = StockShort(
        orders=len({one.claim.order for one in short}),
        units=sum(one.quantity for one in short),
        short=[
            ShortOrder(
                order=one.claim.order,
                line=one.claim.line,
                sku=one.claim.peg.sku,
                node=one.claim.peg.node,
                quantity=one.quantity,
            )
            for one in short[:MOST_LISTED]
        ],
        short_left_out=max(0, len(short) - MOST_LISTED),
    )
    return Event(
        EventType.STOCK_SHORTFALL,
        skus[0] if len(skus) == 1 else "several skus",
        data.model_dump(mode="json"),
    )


def alerts_event(run: int, cutoff: date, alerts: Sequence[Alert]) -> Event:
    """The one event of all that is worth a look in a forecast run."""
    data = ForecastAlerts(
        run=run,
        cutoff=cutoff,
        alerts=len(alerts),
        critical=sum(alert.severity is Severity.CRITICAL for alert in alerts),
        first=[
            ForecastAlert(
                kind=alert.kind, severity=alert.severity, subject=alert.subject, sentence=alert.sentence
            )
            for alert in alerts[:MOST_LISTED]
        ],
        first_left_out=max(0, len(alerts) - MOST_LISTED),
    )
    return Event(EventType.FORECAST_ALERTS, str(run), data.model_dump(mode="json"))


def off_event(webhook: str, reason: str) -> Event:
    data = WebhookOff(webhook=webhook, reason=reason)
    return Event(EventType.WEBHOOK_OFF, webhook, data.model_dump(mode="json"))


def event_of_test(webhook: str) -> Event:
    return Event(EventType.WEBHOOK_TEST, webhook, WebhookTest(webhook=webhook).model_dump(mode="json"))
