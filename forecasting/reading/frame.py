"""The one door into forecasting: a frame is checked here and becomes arrays. Nothing is repaired.

The frame has a row per series and step: `unique_id` ("sku|place"), `ds` (the day the step starts) and
`y` (units sold). If known, `stocked_out` is true where supply failed and `y` says nothing of demand, and
`sold_out` where demand emptied the shelf and `y` is the least that was wanted. Drivers are columns too. A
series that is stocked out in every step is announced: it has not been on sale yet.
It is not the place that makes such a frame from order lines: that is `forecasting.reading.sales`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecasting.history import AT_LEAST, MASKED, OBSERVED, Grain, History, IntArray, StateArray
from forecasting.reading.attributes import read_attributes
from forecasting.reading.columns import Columns
from forecasting.reading.known_ahead import join, read_future, read_past
from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import numpy.typing as npt
    import pandas as pd

REQUIRED = ("unique_id", "ds", "y")
STOCKED_OUT = "stocked_out"
SOLD_OUT = "sold_out"


def read_frame(
    frame: pd.DataFrame,
    *,
    grain: Grain = Grain.WEEK,
    drivers: Sequence[str] = (),
    future: pd.DataFrame | None = None,
    attributes: pd.DataFrame | Sequence[pd.DataFrame] | None = None,
    horizon: int = 0,
) -> History:
    """Check a frame and turn it into arrays. Rows may come in any order; they are counted from 0.

    Parameters
    ----------
    frame
        Columns `unique_id, ds, y`, optionally `stocked_out, sold_out`, and every one named in `drivers`.
    grain
        How far the steps are apart: a day or a week of seven days.
    drivers
        Columns of numbers or flags that are known ahead; no value may be missing.
    future
        `ds`, the drivers, and `unique_id` unless they are the same for all series: a row for each of the
        `horizon` steps after the last one of the frame.
    attributes
        One frame or several, each with one key column (`unique_id`, `sku` or `place`) and columns of text
        or numbers; what they do not say is unknown.
    horizon
        Steps ahead that the drivers must cover.

    Raises
    ------
    InvalidInput
        A missing, unknown or wrongly typed column, an empty frame, a missing or negative or infinite
        value, an id that is not "sku|place", days that are not whole steps apart, a duplicate, a gap, a
        series that ends early, a step that is stocked out and sold out, a frame that is stocked out in
        every row, or a driver that is not known ahead. Names column, row and fix.
    """
    columns = Columns(frame)
    _check_drivers(drivers, horizon)
    columns.check([*REQUIRED, *drivers], optional=(STOCKED_OUT, SOLD_OUT))
    series, ids = columns.ids("unique_id")
    days = columns.days("ds", grain)
    units = columns.units("y", fix=f"Write 0 if nothing sold; mark a stock-out in {STOCKED_OUT}")
    state = _states(columns)
    told = read_past(columns, drivers)
    order = np.lexsort((days, series))
    series, days, units, state = series[order], days[order], units[order], state[order]
    _check_calendar(columns, ids, series, days, order, grain)
    starts = np.concatenate([[0], np.cumsum(np.bincount(series))]).astype(np.int64)
    if (state == MASKED).all():
        what = f"every {grain} of every series is a stock-out, so nothing is known of demand"
        columns.refuse_row(STOCKED_OUT, 0, what, "Add a series that has been on sale")
    last: date = days[-1].astype("datetime64[D]").astype(object)
    ahead = read_future(future, drivers, ids=ids, last=last, grain=grain, horizon=horizon)
    return History(
        ids=ids,
        starts=starts,
        units=units,
        state=state,
        last=last,
        grain=grain,
        drivers=join(told[order], ahead, names=drivers, starts=starts, series=series) if drivers else None,
        attributes=read_attributes(_as_frames(attributes), ids),
    )


def _check_drivers(drivers: Sequence[str], horizon: int) -> None:
    if isinstance(drivers, str):
        raise InvalidInput(
            f'drivers is the text "{drivers}"', pointer="/drivers", fix=f'Give a list of names: ["{drivers}"]'
        )
    for name in drivers:
        if name in (*REQUIRED, STOCKED_OUT, SOLD_OUT) or list(drivers).count(name) > 1:
            what = "is named twice" if list(drivers).count(name) > 1 else "has a meaning of its own"
            raise InvalidInput(
                f"driver {name} {what}", pointer="/drivers", fix=f"Take {name} out, or rename it"
            )
    if horizon < 0:
        raise InvalidInput(
            f"horizon {horizon} is negative", pointer="/horizon", fix="Give the number of steps ahead"
        )


def _as_frames(attributes: pd.DataFrame | Sequence[pd.DataFrame] | None) -> Sequence[pd.DataFrame]:
    if attributes is None:
        return ()
    import pandas as pd  # an edge: pandas is not needed to import forecasting

    return [attributes] if isinstance(attributes, pd.DataFrame) else attributes


def _states(columns: Columns) -> StateArray:
    state = np.full(len(columns), OBSERVED, dtype=np.uint8)
    flags = {STOCKED_OUT: MASKED, SOLD_OUT: AT_LEAST}
    given = {name: meant for name, meant in flags.items() if name in columns.names}
    for name, meant in given.items():
        where = columns.flags(name, fix="Write true where a stock-out hid demand, else false")
        if name == SOLD_OUT:
            both = f"and {STOCKED_OUT} too: either supply failed, or demand emptied the shelf"
            columns.refuse_where(
                name, where & (state == MASKED), both, f"Keep {SOLD_OUT} if any of it was demand"
            )
        state[where] = meant
    return state


def _check_calendar(
    columns: Columns,
    ids: tuple[str, ...],
    series: IntArray,
    days: npt.NDArray[np.datetime64],
    rows: IntArray,
    grain: Grain,
) -> None:
    """Sorted by series and day: no duplicates, no gaps, and every series reaches the last step."""
    same = series[1:] == series[:-1]
    apart = np.diff(days).astype(np.int64)
    for at in np.flatnonzero(same & (apart == 0))[:1].tolist():
        what = f"{ids[series[at]]} has two rows for {days[at]}, rows {rows[at]} and {rows[at + 1]}"
        columns.refuse_row("ds", int(rows[at + 1]), what, "Add them up or drop one")
    for at in np.flatnonzero(same & (apart > grain.days))[:1].tolist():
        what = f"{ids[series[at]]} has no row between {days[at]} and {days[at + 1]}"
        fix = f"Add the {grain}s between, with y 0 if nothing sold"
        columns.refuse_row("ds", int(rows[at + 1]), what, fix)
    ends = np.concatenate([~same, [True]])
    for at in np.flatnonzero(ends & (days != days.max()))[:1].tolist():
        what = f"{ids[series[at]]} ends on {days[at]}, others on {days.max()}"
        fix = f"Add {grain}s with y 0, or drop the series if it is no longer sold"
        columns.refuse_row("ds", int(rows[at]), what, fix)
