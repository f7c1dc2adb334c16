"""The demo's sales as a forecasting frame: domestic sales per sku and week, all destinations together."""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from api.demo.sources import load_sales
from forecasting.sales import frame_of_sales
from forecasting.sales_lines import SalesLines
from scenarios.world import WorldParameters

if TYPE_CHECKING:
    import pandas as pd

PLACE = "uk"
LARGEST_LINE = WorldParameters().largest_planned_line
_A_YEAR = np.timedelta64(52 * 7, "D")


def sales_frame(*, end: date) -> "pd.DataFrame":
    """Weekly units of every sku that sold in the year before `end`, the day after the last week.

    A freak order (one line of 74,215 units occurs) counts as a thousand, as in the demo's stock: it must
    not set the forecast of years. A sku that sold nothing for a year is not sold any more.
    """
    sales = load_sales(until=end)
    home = sales.where(~sales.is_abroad)
    lines = SalesLines(
        skus=home.stock_codes,
        places=(PLACE,),
        sku=home.stock_code,
        place=np.zeros(len(home), dtype=np.int64),
        units=np.minimum(home.quantity, LARGEST_LINE).astype(np.float64),
        when=home.placed_at,
    )
    frame, _ = frame_of_sales(lines, end=end)
    year = frame["ds"] >= frame["ds"].max() - _A_YEAR
    sold = frame[year & (frame["y"] > 0)]["unique_id"].unique()
    return frame[frame["unique_id"].isin(sold)].reset_index(drop=True)
