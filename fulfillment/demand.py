"""Demand as the optimizer reads it: a forecast, sums over periods, orders drawn from it. Makes none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import sqrt
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

    def correlation(self, sku: SkuId, place: str) -> float | None:
        """Of the errors beyond chance (variance above the mean) of two periods, 0 to 1; None if not known."""


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


def summed(
    means: Iterable[float], variances: Iterable[float], shares: Iterable[float], *, correlation: float
) -> tuple[float, float]:
    """Mean (units) and variance (units squared) of the demand of some periods together.

    The part of a variance that is chance, up to the mean, is independent between periods; that beyond
    chance, e_t, correlates: variance = sum of the former + (1 - c) sum e_t + c (sum sqrt(e_t))^2.

    Parameters
    ----------
    means, variances
        Per period.
    shares
        What part of each period counts, 0 to 1: it has that part of the mean and of the variance, as a
        process with independent increments has.
    correlation
        c: 0 takes periods for independent, 1 lets one wrong level hold for all of them.

    Raises
    ------
    InvalidInput
        A correlation outside 0 to 1.
    """
    if not 0.0 <= correlation <= 1.0:
        raise InvalidInput(f"correlation {correlation}: 0 to 1", pointer="/correlation", fix="Correct it")
    total = chance = independent = deviation = 0.0
    for mean, variance, share in zip(means, variances, shares, strict=True):
        beyond = share * max(variance - mean, 0.0)
        total += share * mean
        chance += share * min(mean, variance)
        independent += beyond
        deviation += sqrt(beyond)
    return total, chance + (1.0 - correlation) * independent + correlation * deviation**2


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
