"""Whatever a frame holds, it is read or refused: no other error, no warning."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.history import Grain
from forecasting.reading.frame import read_frame
from forecasting.reading.sales import frame_of_sales
from forecasting.reading.sales_lines import ORDER_LINES, read_lines
from forecasting.reading.stock_out_lines import read_stock_outs
from fulfillment.errors import InvalidInput

Read = TypeVar("Read")
ODD = st.sampled_from(
    [
        *(None, np.nan, pd.NaT, pd.NA, "", "12", "a|x", "|", "a|b|c", " ", b"a", True, False, (1, 2)),
        *(0, -1, 1, 7.5, np.inf, -np.inf, 1e308, 10**30, Decimal(3), 3j, np.float32(2), np.int8(4)),
        *(date(2011, 5, 23), date.min, date.max, datetime(2011, 5, 23, tzinfo=UTC)),
        *(pd.Timestamp("2011-05-23"), pd.Timestamp.max, np.datetime64("2011-05-23"), pd.Timedelta(1)),
        *(pd.Timestamp("2011-05-23T09:00-03:30"), "2011-05-23", "demand", pd.Period("2011-05")),
    ]
)
TYPES = [
    "object",
    "float64",
    "int64",
    "str",
    "category",
    "string",
    "bool",
    "boolean",
    "datetime64[ns]",
    "Int64",
]


@st.composite
def spoiled(draw, frame: pd.DataFrame) -> pd.DataFrame:
    """A good frame with odd cells, a column of another type, and a row lost or doubled."""
    spoiled = frame.copy()
    for _ in range(draw(st.integers(0, 3))):
        name = draw(st.sampled_from(list(frame.columns)))
        values = spoiled[name].astype(object).tolist()
        values[draw(st.integers(0, len(values) - 1))] = draw(ODD)
        column = pd.Series(pd.array(values, dtype=object))
        spoiled[name] = column.infer_objects() if draw(st.booleans()) else column
    if draw(st.booleans()):
        name = draw(st.sampled_from(list(frame.columns)))
        dtype = draw(st.sampled_from(TYPES))
        with suppress(TypeError, ValueError, OverflowError, RuntimeWarning):  # pandas does not let it be
            spoiled[name] = spoiled[name].astype(dtype)
    rows = draw(st.lists(st.integers(0, len(frame) - 1), min_size=1, max_size=len(frame) + 1))
    return spoiled if draw(st.booleans()) else spoiled.iloc[rows]


READY = pd.DataFrame(
    {
        "unique_id": ["a|x", "a|x", "a|x", "b|x"],
        "ds": pd.to_datetime(["2011-05-09", "2011-05-16", "2011-05-23", "2011-05-23"]),
        "y": [1.0, 0.0, 2.0, 4.0],
        "stocked_out": [False, True, False, False],
        "sold_out": [False, False, True, False],
        "price": [1.0, 2.0, 3.0, 4.0],
    }
)
FUTURE = pd.DataFrame(
    {"unique_id": ["a|x", "b|x"], "ds": pd.to_datetime(["2011-05-30"] * 2), "price": [1.0, 2.0]}
)
ITEMS = pd.DataFrame({"sku": ["a", "b"], "kind": ["tea", None], "weight": [1.0, np.nan]})
LINES = pd.DataFrame(
    {
        "order": ["1", "1", "2"],
        "sku": ["a", "b", "a"],
        "zone": ["x", "x", "y"],
        "placed_at": pd.to_datetime(["2011-05-09T10:00", "2011-05-09T10:00", "2011-05-23T11:30"]),
        "quantity": [1, 2, -1],
    }
)
OUTS = pd.DataFrame(
    {
        "sku": ["a", "b"],
        "place": ["x", "x"],
        "from": pd.to_datetime(["2011-05-09", "2011-05-16"]),
        "until": pd.to_datetime(["2011-05-10", None]),
        "cause": ["supply", "demand"],
    }
)


def read_or_refused(read: Callable[[], Read]) -> Read | None:
    """What is read; None if it is refused, with words and a fix."""
    try:
        return read()
    except InvalidInput as error:
        refusal = error
    assert refusal.detail
    assert refusal.fix
    return None


@settings(max_examples=300)
@given(frame=spoiled(READY), future=spoiled(FUTURE), items=spoiled(ITEMS), grain=st.sampled_from(list(Grain)))
def test_a_frame_is_read_or_refused(frame, future, items, grain):
    history = read_or_refused(
        lambda: read_frame(frame, grain=grain, drivers=["price"], future=future, attributes=items, horizon=1)
    )
    if history is not None:
        assert np.isfinite(history.units).all()
        assert history.drivers is not None
        assert np.isfinite(history.drivers.values).all()


@settings(max_examples=300)
@given(frame=spoiled(LINES), grain=st.sampled_from(list(Grain)))
def test_lines_are_read_or_refused(frame, grain):
    zones = {"x": "Europe/London", "y": "Asia/Tokyo"}
    lines = read_or_refused(lambda: read_lines(frame, ORDER_LINES, zones=zones))
    if lines is not None:
        made, report = frame_of_sales(lines, end=date(2011, 6, 6), grain=grain)
        assert (made["y"] >= 0).all()
        assert report.units_sold - report.units_returned + report.units_cut == made["y"].sum()


@settings(max_examples=200)
@given(frame=spoiled(OUTS))
def test_stock_outs_are_read_or_refused(frame):
    outs = read_or_refused(lambda: read_stock_outs(frame, zones={"x": "Europe/London"}))
    if outs is not None:
        assert not np.isnat(outs.start).any()
