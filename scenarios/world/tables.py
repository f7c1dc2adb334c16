"""What the generators take: cities and sales as arrays, and the window of days to replay."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from fulfillment.network import Place

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Times = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Cities:
    """Cities of one country. Coordinates in degrees, populations in people; one entry per city."""

    name: tuple[str, ...]
    latitude: Floats
    longitude: Floats
    population: Ints

    def __len__(self) -> int:
        return len(self.name)

    def place(self, index: int) -> Place:
        return Place(float(self.latitude[index]), float(self.longitude[index]))

    def index(self, name: str) -> int:
        """The most populous city of this name.

        Raises
        ------
        KeyError
            No city has it.
        """
        found = [i for i, known in enumerate(self.name) if known == name]
        if not found:
            raise KeyError(f"no city named {name!r} among {len(self)}")
        return max(found, key=lambda i: int(self.population[i]))

    def take(self, indices: Ints) -> "Cities":
        return Cities(
            tuple(self.name[i] for i in indices.tolist()),
            self.latitude[indices],
            self.longitude[indices],
            self.population[indices],
        )


@dataclass(frozen=True, slots=True)
class Sales:
    """Sales lines in file order, all arrays of one length; names are coded as indices into tuples.

    `invoice`, `stock_code` and `description` index `invoices`, `stock_codes` and `descriptions`.
    `placed_at` is wall-clock time (datetime64[s]) where the retailer is, `unit_price` in pounds,
    `customer` -1 where unknown, `is_abroad` true for destinations outside the country.
    """

    invoices: tuple[str, ...]
    stock_codes: tuple[str, ...]
    descriptions: tuple[str, ...]
    invoice: Ints
    stock_code: Ints
    description: Ints
    quantity: Ints
    unit_price: Floats
    placed_at: Times
    customer: Ints
    is_abroad: Bools

    def __len__(self) -> int:
        return len(self.quantity)

    def where(self, mask: Bools) -> "Sales":
        return Sales(
            self.invoices,
            self.stock_codes,
            self.descriptions,
            self.invoice[mask],
            self.stock_code[mask],
            self.description[mask],
            self.quantity[mask],
            self.unit_price[mask],
            self.placed_at[mask],
            self.customer[mask],
            self.is_abroad[mask],
        )

    def before(self, day: date) -> "Sales":
        return self.where(self.placed_at < np.datetime64(day))

    def within(self, window: "Window") -> "Sales":
        start, end = np.datetime64(window.start), np.datetime64(window.end)
        return self.where((self.placed_at >= start) & (self.placed_at < end))


@dataclass(frozen=True, slots=True)
class Window:
    """Whole weeks of local days to replay: `start` is the first day, `end` the day after the last."""

    start: date
    weeks: int

    @property
    def end(self) -> date:
        return self.start + timedelta(weeks=self.weeks)

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.start + timedelta(days=i) for i in range(7 * self.weeks))


def instant(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """The UTC instant of a full hour on a local day."""
    return datetime.combine(day, time(hour), tzinfo=zone).astimezone(UTC)


def to_utc(wall_clock: np.datetime64, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall-clock time; of an hour that occurs twice, the first is meant."""
    seconds = int(wall_clock.astype("datetime64[s]").astype(np.int64))
    return datetime.fromtimestamp(seconds, tz=UTC).replace(tzinfo=zone).astimezone(UTC)
