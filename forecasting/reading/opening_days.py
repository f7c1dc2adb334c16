"""On which days there was trade, and on which there will be: learned from sales up to a cutoff.

Days on which nothing at all sold, over all skus and places, were closed. Days to come are closed by rules
that those days teach; no sales after the cutoff are looked at. It says nothing of single stores.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from forecasting.history import Grain, IntArray

SELDOM: Final = 0.1
"""A weekday that traded in a smaller share of its weeks is a closed one."""
FEWEST_WEEKS: Final = 4
"""Of fewer weeks no weekday is said to be closed."""
A_LONG_CLOSING: Final = 3
"""So many closed days in a row that neither weekday nor holiday explains are a yearly closing."""
AROUND: Final = (-1, 0, 1)
"""Days before, on and after a public holiday that may be closed with it (Easter Sunday)."""


@dataclass(frozen=True, slots=True)
class OpeningDays:
    """Trade of every day from `first` to the cutoff, and the rules for the days after it.

    A day to come is closed if it is a weekday that seldom trades, if it is a public holiday (or the day
    before or after one) that was closed whenever it was seen, or if the same date a year before lies in a
    long closing, such as the days from Christmas to New Year. A holiday that was never seen goes like most
    of the others.

    Parameters
    ----------
    first, cutoff
        The first day known, and the day after the last one.
    closed
        The days between on which nothing sold.
    closed_weekdays
        0 is Monday.
    closed_around
        By name of a holiday and days from it: closed whenever seen, though the weekday trades.
    """

    first: date
    cutoff: date
    closed: frozenset[date]
    closed_weekdays: frozenset[int]
    closed_around: Mapping[tuple[str, int], bool]
    long_closings: frozenset[date]
    holidays: Mapping[date, str]

    def is_open(self, day: date) -> bool:
        """As it was until the cutoff; by the rules before the first day known and after the cutoff."""
        if self.first <= day < self.cutoff:
            return day not in self.closed
        if day.weekday() in self.closed_weekdays or self._is_closed_holiday(day):
            return False
        return not any(_same_date(day, years) in self.long_closings for years in (-1, 1))

    def trading_days(self, steps: Sequence[date], *, grain: Grain) -> IntArray:
        """Days with trade in each step, shape (steps,)."""
        return np.array(
            [sum(self.is_open(step + timedelta(days=k)) for k in range(grain.days)) for step in steps],
            dtype=np.int64,
        )

    def _is_closed_holiday(self, day: date) -> bool:
        seen = [self.closed_around.get(key) for key in _around(day, self.holidays)]
        if any(seen):
            return True
        of_holidays = [closed for (_, apart), closed in self.closed_around.items() if apart == 0]
        is_new = day in self.holidays and all(one is None for one in seen if seen)
        return is_new and sum(of_holidays) * 2 > len(of_holidays)


def learn_opening_days(days: Collection[date], *, cutoff: date, holidays: Mapping[date, str]) -> OpeningDays:
    """What the days with sales teach; days on or after the cutoff are not looked at.

    Parameters
    ----------
    days
        Every day on which anything sold, in any order, as often as one likes.
    holidays
        Public holidays by day, as from `forecasting.reading.calendar.public_holidays`, past and to come.

    Raises
    ------
    InvalidInput
        No day before the cutoff.
    """
    traded = {day for day in days if day < cutoff}
    if not traded:
        raise InvalidInput(
            f"nothing sold before {cutoff}", pointer="/days", fix="Give days with sales, or a later cutoff"
        )
    first = min(traded)
    known = [first + timedelta(days=k) for k in range((cutoff - first).days)]
    closed = frozenset(day for day in known if day not in traded)
    weekdays = frozenset(weekday for weekday in range(7) if _is_seldom(known, closed, weekday))
    around = _closed_around(known, closed, weekdays, holidays)
    explained = {day for day in closed if day.weekday() in weekdays or day in holidays}
    return OpeningDays(
        first, cutoff, closed, weekdays, around, _long_closings(known, closed, explained), dict(holidays)
    )


def _is_seldom(known: Sequence[date], closed: Collection[date], weekday: int) -> bool:
    seen = [day for day in known if day.weekday() == weekday]
    return len(seen) >= FEWEST_WEEKS and sum(day not in closed for day in seen) < SELDOM * len(seen)


def _closed_around(
    known: Sequence[date],
    closed: Collection[date],
    weekdays: Collection[int],
    holidays: Mapping[date, str],
) -> dict[tuple[str, int], bool]:
    """Whether a day around a holiday was closed whenever it was seen on a weekday that trades."""
    seen: dict[tuple[str, int], bool] = defaultdict(lambda: True)
    for day in known:
        if day.weekday() not in weekdays:
            for key in _around(day, holidays):
                seen[key] = seen[key] and day in closed
    return dict(seen)


def _around(day: date, holidays: Mapping[date, str]) -> Iterator[tuple[str, int]]:
    """The names of holidays on and around a day, with the days from each. What is observed is the same."""
    for apart in AROUND:
        for name in holidays.get(day - timedelta(days=apart), "").split("; "):
            if name:
                yield name.partition(" (")[0], apart


def _long_closings(
    known: Sequence[date], closed: Collection[date], explained: Collection[date]
) -> frozenset[date]:
    found: set[date] = set()
    run: list[date] = []
    for day in [*known, None]:
        if day is not None and day in closed:
            run.append(day)
            continue
        if sum(one not in explained for one in run) >= A_LONG_CLOSING:
            found.update(run)
        run = []
    return frozenset(found)


def _same_date(day: date, years: int) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + years, day=28 if is_leap_day else day.day)
