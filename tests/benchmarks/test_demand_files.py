"""How fast sales come in: the demo's order lines from Parquet and CSV, then to weeks and days.

In the tests a few months are read; `make bench` reads all and prints lines a second.
"""

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from api.demand.files import read_sales_file
from api.demo.sources import load_sales
from forecasting.history import Grain
from forecasting.orders.sold_orders import orders_of
from forecasting.reading.frame import read_frame
from forecasting.reading.sales import frame_of_sales
from forecasting.reading.sales_lines import ORDER_LINES

FEW, ALL = date(2010, 3, 1), date(2011, 5, 30)


@pytest.mark.benchmark(group="demand")
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_order_lines_are_read_and_made_into_steps(
    kind: str, benchmark: BenchmarkFixture, tmp_path: Path
) -> None:
    end = ALL if benchmark.enabled else FEW
    file = tmp_path / f"lines.{kind}"
    told = _lines(end)
    if kind == "csv":
        told.to_csv(file, index=False, date_format="%Y-%m-%dT%H:%M:%S")
    else:
        told.to_parquet(file, index=False)
    lines = benchmark.pedantic(read_sales_file, args=(file, ORDER_LINES), rounds=1)
    seconds = {}
    (weeks, report), seconds["weeks"] = _timed(lambda: frame_of_sales(lines, end=end))
    (_, daily), seconds["days"] = _timed(lambda: frame_of_sales(lines, end=end, grain=Grain.DAY))
    history, seconds["read_frame"] = _timed(lambda: read_frame(weeks))
    orders, seconds["orders"] = _timed(lambda: orders_of(lines))
    assert report.lines == len(told)
    assert history.units.sum() == told["quantity"].sum()
    assert len(orders) == told["order"].nunique()
    if benchmark.enabled:
        speed = len(told) / benchmark.stats.stats.mean
        rest = ", ".join(f"{name} {taken:.2f} s" for name, taken in seconds.items())
        print(f"\n{kind}: {len(told):,} lines, {speed:,.0f} a second; {rest}; {daily.steps:,} days")


def _lines(end: date) -> pd.DataFrame:
    sales = load_sales(until=end)
    return pd.DataFrame(
        {
            "order": [sales.invoices[code] for code in sales.invoice.tolist()],
            "sku": [sales.stock_codes[code] for code in sales.stock_code.tolist()],
            "zone": "everywhere",
            "placed_at": sales.placed_at,
            "quantity": sales.quantity,
        }
    )


def _timed(run: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    done = run()
    return done, time.perf_counter() - start
