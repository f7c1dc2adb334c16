"""Make the frame of `forecasting.frame` from dated sales: whole weeks, with zeros where nothing sold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecasting.history import series_id
from fulfillment.errors import InvalidInput
from fulfillment.ids import SkuId

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pandas as pd


def weekly_sales(
    skus: Sequence[str], places: Sequence[str], days: Sequence[date], units: Sequence[float], *, end: date
) -> pd.DataFrame:
    """Add up sales to weeks of seven days, the last of which ends the day before `end`.

    A series starts with the first week it sold in and has a row for every week from then on. Sales on
    or after `end` are left out. The four sequences are of equal length, one entry per sale.

    Returns
    -------
    DataFrame
        Columns `unique_id, ds, y`, sorted.
    """
    import pandas as pd  # an edge: pandas is not needed to import forecasting

    if not len(skus) == len(places) == len(days) == len(units):
        raise InvalidInput(
            f"{len(skus)} skus, {len(places)} places, {len(days)} days, {len(units)} units",
            pointer="/units",
            fix="Give one of each per sale",
        )
    pairs = {pair: series_id(SkuId(pair[0]), pair[1]) for pair in set(zip(skus, places, strict=True))}
    back = (np.datetime64(end, "D") - np.asarray(days, dtype="datetime64[D]")).astype(np.int64)
    week = -(-back // 7)  # 1 is the last week before `end`
    sales = pd.DataFrame(
        {"unique_id": [pairs[pair] for pair in zip(skus, places, strict=True)], "week": week, "y": units}
    )
    sums = sales[sales["week"] >= 1].groupby(["unique_id", "week"])["y"].sum()
    first = sums.reset_index().groupby("unique_id")["week"].max()
    rows = pd.MultiIndex.from_arrays(
        [
            np.repeat(first.index.to_numpy(dtype=object), first.to_numpy()),
            np.concatenate([np.arange(weeks, 0, -1) for weeks in first]) if len(first) else [],
        ],
        names=["unique_id", "week"],
    )
    frame = sums.reindex(rows, fill_value=0).reset_index()
    frame["ds"] = np.datetime64(end, "D").astype("datetime64[ns]") - frame[
        "week"
    ].to_numpy() * np.timedelta64(7, "D")
    return frame[["unique_id", "ds", "y"]]
