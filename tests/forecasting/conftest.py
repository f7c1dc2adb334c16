"""A seeded world of weekly gift sales: smooth to lumpy, rising before Christmas, some young."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecasting.demand import QuantileForecast
from forecasting.forecast import forecast
from forecasting.judging.backtest import Backtest, backtest

LAST_WEEK = date(2011, 5, 23)

MakeFrame = Callable[..., pd.DataFrame]


def weekly_gifts(*, series: int, weeks: int, seed: int) -> pd.DataFrame:
    """Negative-binomial weekly units; levels from 0.1 to 100, 1.7 times as much before Christmas."""
    rng = np.random.default_rng(seed)
    parts = []
    for i in range(series):
        length = weeks if i % 5 else int(rng.integers(12, 40))
        days = pd.date_range(end=pd.Timestamp(LAST_WEEK), periods=length, freq="7D")
        level = 10.0 ** rng.uniform(-1, 2)
        season = np.where(days.month.isin([11, 12]), 1.7, 1.0)
        shape = 1 / rng.uniform(0.2, 1.5)
        units = rng.negative_binomial(shape, shape / (shape + level * season))
        parts.append(pd.DataFrame({"unique_id": f"sku{i:03}|north", "ds": days, "y": units}))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="session")
def gifts() -> pd.DataFrame:
    return weekly_gifts(series=40, weeks=80, seed=7)


@pytest.fixture(scope="session")
def gift_forecast(gifts: pd.DataFrame) -> QuantileForecast:
    return forecast(gifts, horizon=6)


@pytest.fixture(scope="session")
def gift_backtest(gifts: pd.DataFrame) -> Backtest:
    return backtest(gifts, windows=3, horizon=4)


@pytest.fixture
def make_frame() -> MakeFrame:
    """A frame of one or more series that end together: `make_frame({"a|x": [1, 2, 3]})`."""

    def make(units: dict[str, list[float]], **columns: object) -> pd.DataFrame:
        parts = [
            pd.DataFrame(
                {"unique_id": name, "ds": pd.date_range(end=LAST_WEEK, periods=len(y), freq="7D"), "y": y}
            )
            for name, y in units.items()
        ]
        return pd.concat(parts, ignore_index=True).assign(**columns)

    return make
