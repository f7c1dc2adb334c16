"""What the calendar tells ahead: public holidays and trading days as drivers of every step.

Holidays come from the library `holidays`, closed days from sales up to a cutoff. No clock is read and no
sales after the cutoff are looked at; but the library knows today which days were holidays, also those that
were decreed after the cutoff (a royal wedding).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from forecasting.history import Drivers, FloatArray, Grain
from fulfillment.errors import InvalidInput
from fulfillment.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from forecasting.history import History
    from forecasting.reading.opening_days import OpeningDays

FARTHEST: Final = 60
"""Days to the next holiday are counted to here; farther is as good as none."""

HOLIDAY_SHARE, DAYS_TO_HOLIDAY, TRADING_DAYS = "holiday_share", "days_to_holiday", "trading_days"


def public_holidays(country: str, *, years: range, subdivision: str | None = None) -> Mapping[date, str]:
    """Names of the public holidays of a country (ISO 3166: "GB") or a part of it ("ENG"), by day.

    Raises
    ------
    InvalidInput
        A country or subdivision that the library does not have.
    """
    import holidays  # half a second, and only needed here

    known = holidays.list_supported_countries()
    if country not in known:
        raise InvalidInput(
            f'no holidays are known of country "{country}"{did_you_mean(country, sorted(known))}',
            pointer="/country",
            fix="Give its two letters in capitals, such as GB",
        )
    if subdivision is not None and subdivision not in known[country]:
        raise InvalidInput(
            f'no holidays are known of "{subdivision}" in {country}'
            f"{did_you_mean(subdivision, sorted(known[country]))}",
            pointer="/subdivision",
            fix=f"Give one of {', '.join(sorted(known[country]))}" if known[country] else "Leave it out",
        )
    found = holidays.country_holidays(country, subdiv=subdivision, years=years, expand=False)
    return dict(sorted(found.items()))


def steps_between(first: date, last: date, grain: Grain) -> tuple[date, ...]:
    """The start days of the steps from the one that starts on `first` to the one on `last`."""
    return tuple(first + timedelta(days=days) for days in range(0, (last - first).days + 1, grain.days))


def holiday_share(steps: Sequence[date], holidays: Mapping[date, str], *, grain: Grain) -> FloatArray:
    """Share of the days of each step that are public holidays, shape (steps,)."""
    return np.array([sum(day in holidays for day in _days(step, grain)) / grain.days for step in steps])


def days_to_holiday(steps: Sequence[date], holidays: Mapping[date, str]) -> FloatArray:
    """Days from the start of each step to the next public holiday on or after it, at most `FARTHEST`.

    Shape (steps,). Give holidays that reach `FARTHEST` days beyond the last step.
    """
    known = np.array(sorted(holidays), dtype="datetime64[D]")
    at = np.array(steps, dtype="datetime64[D]")
    after = np.append(known, np.datetime64("9999-12-31"))[np.searchsorted(known, at)]
    days: FloatArray = np.minimum((after - at).astype(np.float64), FARTHEST)
    return days


def calendar_frame(
    steps: Sequence[date],
    holidays: Mapping[date, str],
    *,
    grain: Grain,
    opening: OpeningDays | None = None,
) -> pd.DataFrame:
    """Drivers of each step, the same for all series.

    Columns `ds, holiday_share, days_to_holiday` and, if opening days were learned, `trading_days`.
    """
    import pandas as pd  # an edge: pandas is not needed to import forecasting

    columns = {
        HOLIDAY_SHARE: holiday_share(steps, holidays, grain=grain),
        DAYS_TO_HOLIDAY: days_to_holiday(steps, holidays),
    }
    if opening is not None:
        columns[TRADING_DAYS] = opening.trading_days(steps, grain=grain).astype(np.float64)
    return pd.DataFrame({"ds": np.array(steps, dtype="datetime64[ns]"), **columns})


def with_calendar(
    frame: pd.DataFrame,
    holidays: Mapping[date, str],
    *,
    horizon: int,
    grain: Grain = Grain.WEEK,
    opening: OpeningDays | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frame with the calendar's drivers beside its columns, and the same drivers of the steps ahead.

    The second frame is what `forecasting.reading.frame.read_frame` takes as `future`.
    """
    first, last = (frame["ds"].agg(which).date() for which in ("min", "max"))
    ahead = last + timedelta(days=grain.days * horizon)
    drivers = calendar_frame(steps_between(first, ahead, grain), holidays, grain=grain, opening=opening)
    joined = frame.merge(drivers, on="ds", how="left")
    return joined, drivers[drivers["ds"] > frame["ds"].max()].reset_index(drop=True)


def add_calendar(
    history: History,
    holidays: Mapping[date, str],
    *,
    horizon: int = 0,
    opening: OpeningDays | None = None,
) -> History:
    """A history that has been read already, with the drivers of `with_calendar` after its own.

    Parameters
    ----------
    holidays
        As for `calendar_frame`; `years_of` says which years they must cover.
    horizon
        Steps ahead that the drivers are to cover, if the history has none; else they reach as far as its own.

    Raises
    ------
    InvalidInput
        The history has a driver of one of these names.
    """
    own = history.drivers or Drivers((), np.empty((len(history.units) + len(history) * horizon, 0)), horizon)
    steps = _steps_of(history, own.ahead)
    columns = calendar_frame(steps, holidays, grain=history.grain, opening=opening).drop(columns="ds")
    twice = [name for name in columns if name in own.names]
    if twice:
        raise InvalidInput(
            f"there is a driver {twice[0]} already, and holidays are given beside it",
            pointer="/drivers",
            fix=f"Leave out the driver {twice[0]}, or the holidays",
        )
    room = history.lengths + own.ahead
    of_all = columns.to_numpy()
    told = np.concatenate([of_all[len(of_all) - rows :] for rows in room.tolist()])
    values = np.column_stack([own.values, told])  # noqa: PD011 - an array
    return replace(history, drivers=Drivers((*own.names, *columns), values, own.ahead))


def years_of(history: History, *, horizon: int = 0) -> range:
    """The years whose holidays tell of every step of a history and of `horizon` steps after it."""
    ahead = history.drivers.ahead if history.drivers else horizon
    steps = _steps_of(history, ahead)
    return range(steps[0].year, (steps[-1] + timedelta(days=history.grain.days + FARTHEST)).year + 1)


def _steps_of(history: History, ahead: int) -> tuple[date, ...]:
    """The steps of the longest series and `ahead` more."""
    days = history.grain.days
    first = history.last - timedelta(days=days * (int(history.lengths.max()) - 1))
    return steps_between(first, history.last + timedelta(days=days * ahead), history.grain)


def _days(step: date, grain: Grain) -> list[date]:
    return [step + timedelta(days=days) for days in range(grain.days)]
