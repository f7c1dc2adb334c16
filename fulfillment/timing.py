"""When goods leave a node and when they arrive.

By processing time and transit alone: calendars, cut-offs and pickups will stand behind the same functions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fulfillment.network import Node
from fulfillment.orders import Order
from fulfillment.rates import Rate

_DAY = timedelta(days=1)
_END_OF_DAY = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Dates:
    """When a shipment leaves, and by when half and nine in ten of such shipments have arrived (UTC)."""

    leaves_at: datetime
    arrives_p50: datetime
    arrives_p90: datetime


def ready_on(node: Node, day: date) -> datetime:
    """When goods that come in on a day are ready to be processed: at its end, by the node's clock (UTC)."""
    return datetime.combine(day, _END_OF_DAY, ZoneInfo(node.time_zone)).astimezone(UTC)


def dates_of(rate: Rate, node: Node, now: datetime) -> Dates | None:
    """Dates of goods that are ready at `now`, or come in then; None if the service names no transit."""
    if rate.transit is None:
        return None
    leaves = now + timedelta(hours=node.processing_hours)
    return Dates(leaves, leaves + rate.transit.p50 * _DAY, leaves + rate.transit.p90 * _DAY)


def days_late(dates: Dates | None, wanted_by: datetime | None) -> int:
    """Days begun after the wanted date by which nine in ten have arrived; 0 where either is not known."""
    if dates is None or wanted_by is None or dates.arrives_p90 <= wanted_by:
        return 0
    return -(-(dates.arrives_p90 - wanted_by) // _DAY)


def services_for(order: Order, node: Node, offered: Sequence[Rate], now: datetime) -> tuple[Rate, ...]:
    """Those of a node's services that may carry the order, in order of id.

    All, unless it asks for one of them: then that, faster ones, and slower ones that arrive as wanted.
    A node that does not offer the service asked for may use any that arrives as wanted.
    """
    ordered = sorted(offered, key=lambda rate: rate.service)
    if order.service is None:
        return tuple(ordered)
    asked = next((rate for rate in ordered if rate.service == order.service), None)
    return tuple(rate for rate in ordered if rate is asked or _may_stand_in(rate, asked, order, node, now))


def _may_stand_in(rate: Rate, asked: Rate | None, order: Order, node: Node, now: datetime) -> bool:
    dates = dates_of(rate, node, now)
    if dates is None:
        return False
    theirs = None if asked is None else dates_of(asked, node, now)
    if theirs is not None and (dates.arrives_p90, dates.arrives_p50) <= (
        theirs.arrives_p90,
        theirs.arrives_p50,
    ):
        return True
    return order.wanted_by is not None and dates.arrives_p90 <= order.wanted_by
