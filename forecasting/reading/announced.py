"""Announced series: a sku that is to be sold at a place, and has not been on sale there yet.

One is known to a frame by a row of the last step that is stocked out: supply has not come, so that what sold
says nothing. Sales lines cannot say that, so a table names them beside the lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecasting.history import series_id
from forecasting.reading.columns import Columns
from forecasting.reading.frame import STOCKED_OUT
from fulfillment.ids import SkuId

if TYPE_CHECKING:
    import pandas as pd

CALLED = "announced"
COLUMNS = ("sku", "place")


def with_announced(frame: pd.DataFrame, announced: pd.DataFrame) -> pd.DataFrame:
    """The frame with a stocked-out row of its last step for each announced series that it does not have.

    A series that sells already is left as it is, so that a list need not be cleared on the day of a launch.

    Parameters
    ----------
    frame
        As `forecasting.reading.sales.frame_of_sales` makes it, with the columns of stock-outs if any.
    announced
        Columns `sku, place`, both text.

    Raises
    ------
    InvalidInput
        A missing, unknown or doubled column, no rows, or an id that is no text or holds a bar.
    """
    import pandas as pd  # an edge: pandas is not needed to import forecasting

    new = sorted(ids_of(announced) - set(frame["unique_id"].unique()))
    if not new:
        return frame
    rows = pd.DataFrame({"unique_id": new, "ds": frame["ds"].max(), "y": 0.0})
    flags = {name for name in frame.columns if name not in rows.columns} | {STOCKED_OUT}
    told = frame.assign(**{name: False for name in flags if name not in frame.columns})
    rows = rows.assign(**{name: name == STOCKED_OUT for name in flags}).astype({"ds": frame["ds"].dtype})
    return pd.concat([told, rows[list(told.columns)]], ignore_index=True)


def ids_of(announced: pd.DataFrame) -> set[str]:
    """The `unique_id`s that a table of `sku, place` names, checked."""
    columns = Columns(announced, CALLED)
    columns.check(COLUMNS)
    for name in COLUMNS:
        is_text = np.array([isinstance(one, str) and bool(one) for one in columns.of(name)], dtype=np.bool_)
        columns.refuse_where(name, ~is_text, "is no id", f"Give {name} as text")
    pairs = zip(columns.of("sku"), columns.of("place"), strict=True)
    return {series_id(SkuId(sku), place) for sku, place in pairs}
