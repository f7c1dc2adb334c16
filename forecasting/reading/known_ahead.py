"""Drivers: columns that are known for every step of the history and for every step of the horizon.

A driver that ends before the horizon does would make a forecast of nothing, so it is refused here, with
the first step that is not covered. What a driver does to demand is the models' business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecasting.history import Drivers, FloatArray, Grain, IntArray
from forecasting.reading.columns import Columns
from fulfillment.errors import InvalidInput
from fulfillment.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pandas as pd

FUTURE = "future"


def read_past(columns: Columns, names: Sequence[str]) -> FloatArray:
    """The drivers of every row, shape (rows, drivers)."""
    read = [
        columns.numbers(name, flags=True, fix=f"A driver is known in every row: give {name}")
        for name in names
    ]
    return np.column_stack(read) if read else np.empty((len(columns), 0))


def read_future(
    future: pd.DataFrame | None,
    names: Sequence[str],
    *,
    ids: tuple[str, ...],
    last: date,
    grain: Grain,
    horizon: int,
) -> FloatArray:
    """The drivers of the steps after `last`, shape (series, horizon, drivers).

    A frame without `unique_id` holds for all series. Rows beyond the horizon are left alone.

    Raises
    ------
    InvalidInput
        Columns of another name or type, a row of an unknown series or not after the history, a
        duplicate, or a step of the horizon that is not covered: driver, series and first missing day.
    """
    values = np.full((len(ids), horizon, len(names)), np.nan)
    if future is not None and not names:
        raise InvalidInput(
            "future is given, but no drivers", pointer="/drivers", fix="Name its columns in drivers"
        )
    if future is not None:
        _fill(values, Columns(future, FUTURE), names, ids=ids, last=last, grain=grain)
    for row, step, driver in np.argwhere(np.isnan(values))[:1].tolist():
        day = last_plus(last, grain, step + 1)
        raise InvalidInput(
            f"driver {names[driver]} of {ids[row]} is not known on {day}, {grain} {step + 1} of {horizon} "
            f"after the last of the history",
            pointer=f"/{FUTURE}",
            fix=f"Give {FUTURE} a row for every {grain} to {last_plus(last, grain, horizon)}, "
            f"with {', '.join(names)}",
        )
    return values


def join(
    past: FloatArray, ahead: FloatArray, *, names: Sequence[str], starts: IntArray, series: IntArray
) -> Drivers:
    """Both as one: the steps of a series, then its steps ahead. `past` is in the order of the history."""
    horizon = ahead.shape[1]
    values = np.empty((len(past) + ahead.shape[0] * horizon, len(names)))
    values[np.arange(len(past)) + series * horizon] = past
    first_ahead = starts[1:] + np.arange(ahead.shape[0]) * horizon
    values[first_ahead[:, None] + np.arange(horizon)] = ahead
    return Drivers(tuple(names), values, horizon)


def last_plus(last: date, grain: Grain, steps: int) -> date:
    day: date = (np.datetime64(last, "D") + np.timedelta64(grain.days * steps, "D")).astype(object)
    return day


def _fill(
    values: FloatArray,
    columns: Columns,
    names: Sequence[str],
    *,
    ids: tuple[str, ...],
    last: date,
    grain: Grain,
) -> None:
    is_shared = "unique_id" not in columns.names
    columns.check(["ds", *names] if is_shared else ["unique_id", "ds", *names])
    days = columns.days("ds", grain)
    after = (days - np.datetime64(last, "D")).astype(np.int64)
    fix = f"Begin {FUTURE} one {grain} later than {last}"
    columns.refuse_where("ds", after <= 0, f"is not after {last}, the last {grain} of the history", fix)
    off = after % grain.days != 0
    columns.refuse_where("ds", off, f"is not whole weeks from {last}", "Start all weeks on one weekday")
    step = after // grain.days - 1
    series = np.zeros(len(columns), dtype=np.int64) if is_shared else _rows_of(columns, ids)
    order = np.lexsort((step, series))
    twice = np.flatnonzero((np.diff(series[order]) == 0) & (np.diff(step[order]) == 0))
    for at in twice[:1].tolist():
        rows = sorted(order[at : at + 2].tolist())
        columns.refuse_row(
            "ds", rows[1], f"two rows for {days[rows[1]]}, rows {rows[0]} and {rows[1]}", "Drop one"
        )
    known = read_past(columns, names)
    soon = step < values.shape[1]
    if is_shared:
        values[:, step[soon]] = known[soon]
    else:
        values[series[soon], step[soon]] = known[soon]


def _rows_of(columns: Columns, ids: tuple[str, ...]) -> IntArray:
    """The series of every row, by id."""
    codes, found = columns.ids("unique_id")
    row_of = {one: row for row, one in enumerate(ids)}
    for code, one in enumerate(found):
        if one not in row_of:
            row = int(np.argmax(codes == code))
            columns.refuse_row(
                "unique_id",
                row,
                f"no series is named {one}{did_you_mean(one, ids)}",
                "Correct it, or drop its rows",
            )
    return np.array([row_of[one] for one in found], dtype=np.int64)[codes]
