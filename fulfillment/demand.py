"""Demand as the optimizer reads it: quantiles of a forecast, and orders drawn from it. Makes neither."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from fulfillment.errors import InvalidInput
from fulfillment.ids import LineId, OrderId, SkuId, ZoneId
from fulfillment.orders import Destination, Order, OrderLine


class DemandForecast(Protocol):
    """Quantiles of demand per sku, place and period.

    `quantile_units(sku, place)` has one row per period and one column per level, in units per
    period. `place` is a node id (walk-in demand) or a destination zone id (online demand).
    """

    @property
    def periods(self) -> Sequence[date]: ...

    @property
    def levels(self) -> Sequence[float]: ...

    def series(self) -> Sequence[tuple[SkuId, str]]: ...

    def quantile_units(self, sku: SkuId, place: str) -> Sequence[Sequence[float]]: ...

    def mean_units(self, sku: SkuId, place: str) -> Sequence[float]: ...

    def variance_units(self, sku: SkuId, place: str) -> Sequence[float]: ...


@dataclass(frozen=True, slots=True)
class DrawnOrder:
    """An order that may come: to which place, how long after its period begins, and (sku, units) per line.

    Two lines may name one sku. `offset` is wall-clock time where the history was written.
    """

    id: OrderId
    place: str
    offset: timedelta
    lines: tuple[tuple[SkuId, int], ...]


class OrderStream(Protocol):
    """Orders that may come, drawn period by period; `period` counts from 0 in `periods`.

    Equal period and seed give equal orders, sorted by `offset`; other seeds are independent draws.
    """

    @property
    def periods(self) -> Sequence[date]: ...

    def draw(self, period: int, seed: int) -> Sequence[DrawnOrder]: ...


def order_of(drawn: DrawnOrder, *, start: datetime, channel: str = "web") -> Order:
    """The drawn order as sourcing takes it; its place is the destination zone, its lines count from 1.

    Parameters
    ----------
    start
        When the period begins: midnight in the time zone of the history, so that an order of 10:30 stays
        one of 10:30 where clocks change.

    Raises
    ------
    InvalidInput
        `start` has no time zone, or the lines are not those of an order.
    """
    if start.tzinfo is None:
        raise InvalidInput(
            f"the period starts at {start.isoformat()}, without a time zone",
            pointer="/start",
            fix="Give the time zone in which the history was written",
        )
    lines = (
        OrderLine(LineId(str(number)), sku, units) for number, (sku, units) in enumerate(drawn.lines, start=1)
    )
    return Order(
        id=drawn.id,
        lines=tuple(lines),
        destination=Destination(ZoneId(drawn.place)),
        placed_at=(start + drawn.offset).astimezone(UTC),
        channel=channel,
    )
