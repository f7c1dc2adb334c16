"""The demo's sales as forecasting frames: per sku and week, all destinations together.

`sales_frame` is what the demo plans with, domestic and capped; `every_sale_frame` what a backtest is judged
on, with nothing left out.
"""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from api.demo.sources import load_sales
from forecasting.history import Grain
from forecasting.reading.sales import frame_of_sales
from forecasting.reading.sales_lines import SalesLines
from scenarios.world import Sales, WorldParameters

if TYPE_CHECKING:
    import pandas as pd

PLACE = "uk"
EVERYWHERE = "everywhere"
LARGEST_LINE = WorldParameters().largest_planned_line
_A_YEAR = np.timedelta64(52 * 7, "D")


def sales_frame(*, end: date, grain: Grain = Grain.WEEK) -> "pd.DataFrame":
    """Units by week or day of every sku that sold in the year before `end`, the day after the last step.

    A freak order (one line of 74,215 units occurs) counts as a thousand, as in the demo's stock: it must
    not set the forecast of years. A sku that sold nothing for a year is not sold any more.
    """
    sales = load_sales(until=end)
    frame = _in_steps(sales.where(~sales.is_abroad), PLACE, end=end, grain=grain, largest=LARGEST_LINE)
    year = frame["ds"] >= frame["ds"].max() - _A_YEAR
    sold = frame[year & (frame["y"] > 0)]["unique_id"].unique()
    return frame[frame["unique_id"].isin(sold)].reset_index(drop=True)


def every_sale_frame(*, end: date) -> "pd.DataFrame":
    """Weekly units of every sku before `end`, home and abroad together, freak orders whole."""
    return _in_steps(load_sales(until=end), EVERYWHERE, end=end)


def _in_steps(
    sales: Sales, place: str, *, end: date, grain: Grain = Grain.WEEK, largest: int | None = None
) -> "pd.DataFrame":
    units = sales.quantity if largest is None else np.minimum(sales.quantity, largest)
    lines = SalesLines(
        skus=sales.stock_codes,
        places=(place,),
        sku=sales.stock_code,
        place=np.zeros(len(sales), dtype=np.int64),
        units=units.astype(np.float64),
        when=sales.placed_at,
    )
    frame, _ = frame_of_sales(lines, end=end, grain=grain)
    return frame
