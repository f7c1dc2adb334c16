"""What forecasting knows of the past: sales of every series end to end, and what is known beside them.

Checked arrays only; frames become them in `forecasting.reading.frame`. Nothing here forecasts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from fulfillment.errors import InvalidInput
from fulfillment.ids import SkuId

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
StateArray = npt.NDArray[np.uint8]

SEPARATOR = "|"
OBSERVED: Final = 0  # what sold is what was wanted
MASKED: Final = 1  # supply failed: what sold says nothing of demand
AT_LEAST: Final = 2  # demand emptied the shelf: at least so much was wanted
ESTIMATED: Final = 3  # supply failed, expected demand stands in: only in histories prepared for models


class Grain(StrEnum):
    """How long a step of the history is."""

    DAY = "day"
    WEEK = "week"

    @property
    def days(self) -> int:
        return 7 if self is Grain.WEEK else 1

    @property
    def steps_per_year(self) -> int:
        """52 weeks of whole weeks: 364 days, so that a weekday meets the same weekday."""
        return 52 if self is Grain.WEEK else 364


@dataclass(frozen=True, slots=True)
class Drivers:
    """What is known of every step, past and to come: promotions, prices, holidays, weather.

    `values` is shape (entries + series x ahead, drivers): the rows of a series are its steps in the history
    and then the `ahead` steps after the last one.
    """

    names: tuple[str, ...]
    values: FloatArray
    ahead: int


@dataclass(frozen=True, slots=True)
class Attributes:
    """What is known of every series whatever the step: `texts` by name ("" is unknown), `numbers` by name
    (NaN is unknown), each of shape (series,)."""

    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class History:
    """Checked sales per step, all series end to end in order of `unique_id`, all ending in one step.

    Series i is `units[starts[i]:starts[i + 1]]`; its last entry is the step that starts on `last`.

    Parameters
    ----------
    ids
        `unique_id` of every series, sorted, shape (series,).
    starts
        Where each series starts, shape (series + 1,).
    units
        Units per step, not negative, shape (entries,).
    state
        `OBSERVED`, `MASKED` or `AT_LEAST`, shape (entries,); `ESTIMATED` where it is prepared for models.
    last
        The day the last step starts on.
    """

    ids: tuple[str, ...]
    starts: IntArray
    units: FloatArray
    state: StateArray
    last: date
    grain: Grain = Grain.WEEK
    drivers: Drivers | None = None
    attributes: Attributes = field(default_factory=Attributes)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def lengths(self) -> IntArray:
        """Steps of every series, shape (series,)."""
        return np.diff(self.starts)

    @property
    def series_of_entry(self) -> IntArray:
        """The series number of every entry of `units`, shape (entries,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @property
    def observed(self) -> BoolArray:
        """Where what sold is what was wanted, shape (entries,)."""
        is_observed: BoolArray = self.state == OBSERVED
        return is_observed

    @property
    def telling(self) -> BoolArray:
        """Where the step itself says something of demand, shape (entries,): neither masked nor estimated."""
        tells: BoolArray = np.isin(self.state, (OBSERVED, AT_LEAST))
        return tells

    @property
    def driver_names(self) -> tuple[str, ...]:
        return () if self.drivers is None else tuple(self.drivers.names)

    @property
    def has_bounds(self) -> bool:
        return bool((self.state == AT_LEAST).any())

    def periods(self, horizon: int) -> tuple[date, ...]:
        """The start days of the `horizon` steps after the last one."""
        return tuple(self.last + timedelta(days=self.grain.days * k) for k in range(1, horizon + 1))

    def until(self, steps_back: int, *, announced: bool = False) -> History:
        """The same history as it stood `steps_back` steps ago: every later entry is gone.

        Series that nothing was known of then (only masked steps, or none) drop out, but for those that had
        a step and were so `announced`, if that is asked. Drivers stay: they are known ahead by definition.
        """
        keep = np.maximum(self.lengths - steps_back, 0)
        position = np.arange(len(self.units)) - self.starts[self.series_of_entry]
        known = position < keep[self.series_of_entry]
        says = self.state != MASKED
        seen = np.bincount(self.series_of_entry[known & (says | announced)], minlength=len(self)) > 0
        ended = self._cut(known, keep, steps_back)
        return ended if seen.all() else ended.take(np.flatnonzero(seen))

    def take(self, rows: IntArray) -> History:
        """The series of these numbers, in rising order."""
        lengths = self.lengths[rows]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        entries = _ranges(self.starts[rows], lengths)
        drivers = self.drivers
        if drivers is not None:
            first = self.starts[rows] + rows * drivers.ahead
            drivers = replace(drivers, values=drivers.values[_ranges(first, lengths + drivers.ahead)])
        return History(
            ids=tuple(self.ids[row] for row in rows.tolist()),
            starts=starts,
            units=self.units[entries],
            state=self.state[entries],
            last=self.last,
            grain=self.grain,
            drivers=drivers,
            attributes=Attributes(
                {name: tuple(of[row] for row in rows.tolist()) for name, of in self.attributes.texts.items()},
                {name: of[rows] for name, of in self.attributes.numbers.items()},
            ),
        )

    def sample(self, most: int) -> History:
        """At most `most` series, evenly spaced; itself if it has no more."""
        return self if len(self) <= most else self.take(evenly_spaced(np.arange(len(self)), most))

    def chunks(self, size: int) -> Sequence[History]:
        """The history in pieces of at most `size` series, in order."""
        return [
            self.take(np.arange(first, min(first + size, len(self)))) for first in range(0, len(self), size)
        ]

    def _cut(self, known: BoolArray, lengths: IntArray, steps_back: int) -> History:
        drivers = self.drivers
        return replace(
            self,
            starts=np.concatenate([[0], np.cumsum(lengths)]),
            units=self.units[known],
            state=self.state[known],
            last=self.last - timedelta(days=self.grain.days * steps_back),
            drivers=None if drivers is None else self._drivers_until(drivers, lengths, steps_back),
        )

    def _drivers_until(self, drivers: Drivers, lengths: IntArray, steps_back: int) -> Drivers:
        """What is before the first step of a series younger than `steps_back` is unknown (NaN)."""
        ahead = drivers.ahead + steps_back
        had, room = self.lengths + drivers.ahead, lengths + ahead
        ends = np.cumsum(room)
        rows = np.full((int(room.sum()), len(drivers.names)), np.nan)
        rows[_ranges(ends - had, had)] = drivers.values
        return replace(drivers, values=rows, ahead=ahead)


def evenly_spaced(rows: IntArray, most: int) -> IntArray:
    """At most `most` of the rows, evenly spaced; all of them if there are no more."""
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]


def series_id(sku: SkuId, place: str) -> str:
    """The `unique_id` of a sku at a place (a node id or a destination zone id)."""
    if SEPARATOR in sku or SEPARATOR in place:
        raise InvalidInput(
            f'"{SEPARATOR}" separates sku and place, so neither {sku!r} nor {place!r} may hold it',
            pointer="/unique_id",
            fix=f'Replace "{SEPARATOR}" in the id',
        )
    return f"{sku}{SEPARATOR}{place}"


def sku_and_place(unique_id: str) -> tuple[SkuId, str]:
    """The inverse of `series_id`."""
    sku, _, place = unique_id.partition(SEPARATOR)
    return SkuId(sku), place


def _ranges(first: IntArray, lengths: IntArray) -> IntArray:
    """Every index of each range [first, first + length), one range after the other."""
    ends = np.cumsum(lengths)
    indices: IntArray = np.arange(int(lengths.sum())) + np.repeat(first - (ends - lengths), lengths)
    return indices
