"""The one door into forecasting: a frame is checked here and becomes arrays. Nothing is repaired.

The frame has a row per series and week: `unique_id` ("sku|place"), `ds` (the day the week starts),
`y` (units sold) and, if known, `stocked_out` (true where the shelf was empty and `y` is not demand).
It is not the place that makes such a frame from order lines: that is `forecasting.sales`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecasting.history import (
    MASKED,
    OBSERVED,
    SEPARATOR,
    BoolArray,
    FloatArray,
    History,
    IntArray,
)
from fulfillment.errors import InvalidInput
from fulfillment.nearest import nearest

if TYPE_CHECKING:
    from datetime import date

    import numpy.typing as npt
    import pandas as pd

REQUIRED = ("unique_id", "ds", "y")
MASK = "stocked_out"
WEEK = np.timedelta64(7, "D")


def read_frame(frame: pd.DataFrame) -> History:
    """Check a frame and turn it into arrays. Rows may come in any order; they are counted from 0.

    Raises
    ------
    InvalidInput
        A missing, unknown or wrongly typed column, an empty frame, a missing or negative or infinite
        value, an id that is not "sku|place", days that are not weeks apart, a duplicate, a gap, a
        series that ends early, or a series of stock-outs only. Names column, row and fix.
    """
    _check_columns([str(column) for column in frame.columns])
    if len(frame) == 0:
        raise InvalidInput("the frame has no rows", pointer="/", fix="Send at least one week of sales")
    series, ids = _read_ids(frame["unique_id"])
    days = _read_days(frame["ds"])
    units = _read_units(frame["y"])
    masked = _read_mask(frame[MASK]) if MASK in frame.columns else np.zeros(len(units), dtype=np.bool_)
    order = np.lexsort((days, series))
    series, days, units, masked = series[order], days[order], units[order], masked[order]
    _check_calendar(ids, series, days, order)
    starts = np.concatenate([[0], np.cumsum(np.bincount(series))]).astype(np.int64)
    for i in np.flatnonzero(np.bincount(series, ~masked) == 0)[:1]:
        what = f"every week of {ids[i]} is a stock-out"
        _refuse(MASK, int(order[starts[i]]), what, "Leave the series out")
    last_week: date = days[-1].astype("datetime64[D]").astype(object)
    state = np.where(masked, MASKED, OBSERVED).astype(np.uint8)
    return History(ids, starts, units, state, last_week)


def _check_columns(columns: list[str]) -> None:
    for name in REQUIRED:
        if name not in columns:
            near = nearest(name, columns)
            fix = f"Rename column {near} to {name}" if near else f"Add a column named {name}"
            raise InvalidInput(f"column {name} is missing", pointer=f"/{name}", fix=fix)
    for name in columns:
        if columns.count(name) > 1:
            raise InvalidInput(f"column {name} comes twice", pointer=f"/{name}", fix="Drop one of them")
        if name not in (*REQUIRED, MASK):
            raise InvalidInput(f"column {name} is not used", pointer=f"/{name}", fix=f"Drop column {name}")


def _read_ids(column: pd.Series[Any]) -> tuple[IntArray, tuple[str, ...]]:
    """The series number of every row, and the ids in sorted order; each id is looked at once."""
    codes, names = column.factorize(use_na_sentinel=False)
    for code, name in enumerate(names):
        if not isinstance(name, str) or name.count(SEPARATOR) != 1 or not all(name.split(SEPARATOR)):
            row = int(np.argmax(codes == code))
            _refuse("unique_id", row, f"{name!r} is not of the form sku|place", "Write it as sku|place")
    by_name = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(names), dtype=np.int64)
    rank[by_name] = np.arange(len(names))
    return rank[codes], tuple(names[code] for code in by_name)


def _read_days(column: pd.Series[Any]) -> npt.NDArray[np.datetime64]:
    if getattr(column.dtype, "kind", "") != "M" or getattr(column.dtype, "tz", None) is not None:
        raise InvalidInput(
            f"column ds is of type {column.dtype}, not a date without time zone",
            pointer="/ds",
            fix="Convert it with pandas.to_datetime, local days without time zone",
        )
    instants = column.to_numpy()
    _refuse_where("ds", np.isnat(instants), column, "is missing", "Give the day the week starts on")
    days = instants.astype("datetime64[D]")
    _refuse_where("ds", days != instants, column, "has a time of day", "Use the day the week starts on")
    off = (days - days[0]).astype(np.int64) % 7 != 0
    _refuse_where("ds", off, column, f"is not whole weeks from {days[0]}", "Start all weeks on one weekday")
    return days.astype("datetime64[D]")


def _read_units(column: pd.Series[Any]) -> FloatArray:
    if getattr(column.dtype, "kind", "") not in "iuf":
        raise InvalidInput(
            f"column y is of type {column.dtype}, not a number",
            pointer="/y",
            fix="Convert y to numbers of units",
        )
    units = column.to_numpy(dtype=np.float64, na_value=np.nan)
    fix = f"Write 0 if nothing sold; mark a stock-out in {MASK}"
    _refuse_where("y", np.isnan(units), column, "is missing", fix)
    _refuse_where("y", np.isinf(units), column, "is infinite", "Correct the number of units")
    _refuse_where("y", units < 0, column, "is negative", "Send sales; returns are not negative sales")
    return units


def _read_mask(column: pd.Series[Any]) -> BoolArray:
    if getattr(column.dtype, "kind", "") != "b" or bool(column.isna().any()):
        raise InvalidInput(
            f"column {MASK} is of type {column.dtype}, not true or false in every row",
            pointer=f"/{MASK}",
            fix="Write true where a stock-out hid demand, else false",
        )
    return column.to_numpy(dtype=np.bool_)


def _check_calendar(
    ids: tuple[str, ...], series: IntArray, days: npt.NDArray[np.datetime64], rows: IntArray
) -> None:
    """Sorted by series and day: no duplicates, no gaps, and every series reaches the last week."""
    same = series[1:] == series[:-1]
    step = np.diff(days)
    for at in np.flatnonzero(same & (step == np.timedelta64(0, "D")))[:1]:
        what = f"{ids[series[at]]} has two rows for {days[at]}, rows {rows[at]} and {rows[at + 1]}"
        _refuse("ds", int(rows[at + 1]), what, "Add them up or drop one")
    for at in np.flatnonzero(same & (step > WEEK))[:1]:
        what = f"{ids[series[at]]} has no row between {days[at]} and {days[at + 1]}"
        _refuse("ds", int(rows[at + 1]), what, "Add the weeks between, with y 0 if nothing sold")
    ends = np.concatenate([~same, [True]])
    for at in np.flatnonzero(ends & (days != days.max()))[:1]:
        what = f"{ids[series[at]]} ends on {days[at]}, others on {days.max()}"
        _refuse("ds", int(rows[at]), what, "Add weeks with y 0, or drop the series if it is no longer sold")


def _refuse_where(name: str, bad: BoolArray, column: pd.Series[Any], what: str, fix: str) -> None:
    rows = np.flatnonzero(bad)
    if len(rows):
        more = f" (and {len(rows) - 1} more rows)" if len(rows) > 1 else ""
        _refuse(name, int(rows[0]), f"{column.iloc[int(rows[0])]} {what}{more}", fix)


def _refuse(name: str, row: int, what: str, fix: str) -> None:
    raise InvalidInput(f"column {name}, row {row}: {what}", pointer=f"/{row}/{name}", fix=fix)
