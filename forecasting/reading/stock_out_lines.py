"""Stock-outs told in a table: a row for each time a shelf was empty. From levels of stock they are made in
`forecasting.reading.stock_outs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecasting.history import SEPARATOR
from forecasting.reading.columns import Columns
from forecasting.reading.faults import Faults
from forecasting.reading.line_cells import Cells
from forecasting.reading.local_time import LocalTimes
from forecasting.reading.stock_outs import Cause, StockOuts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

COLUMNS = ("sku", "place", "from", "until", "cause")


def read_stock_outs(
    frame: pd.DataFrame,
    *,
    zones: Mapping[str, str] | None = None,
    lines: Sequence[int] | None = None,
    source: str = "",
) -> StockOuts:
    """Rows of `sku, place, from, until, cause`; `until` is empty where the shelf still is.

    Parameters
    ----------
    zones
        The IANA time zone of every place, needed if instants have an offset.
    lines
        If the cells are text: the line of the file that each row stands in.

    Raises
    ------
    InvalidInput
        A column or value that is not as said, an end that is not after its beginning, or two stock-outs of
        one sku and place at once.
    """
    Columns(frame, source).check(COLUMNS)
    faults = Faults(source, "row" if lines is None else "line")
    labels = range(len(frame)) if lines is None else lines
    cells = Cells(frame, labels, faults, from_text=lines is not None)
    times = LocalTimes("place", zones)
    (sku, skus), place = cells.ids("sku"), cells.ids("place")
    start = cells.instants("from", place, times)
    until = cells.instants("until", place, times, optional=True)
    causes = cells.words("cause", [cause.value for cause in Cause])
    faults.refuse_any()
    ids = (f"{skus[a]}{SEPARATOR}{place[1][b]}" for a, b in zip(sku.tolist(), place[0].tolist(), strict=True))
    return StockOuts(tuple(ids), start, until, tuple(cause == Cause.DEMAND for cause in causes))
