"""Drawing future orders from the demo's real ones: seconds, and how much whole orders leave open.

Three futures at 15 zones: one like the past, one that has what the last 13 weeks had, and one in which every
sku moves as it did in the nation. In the tests the past is a quarter and the raking is short; `make bench`
takes all of it.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from time import perf_counter

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from forecasting.orders.order_history import CellTotals, OrderHistory
from forecasting.orders.order_stream import ResampledOrders, order_stream
from forecasting.orders.raking import ITERATIONS
from tests.forecasting.past_orders import past_orders, weekly_rates

END = date(2011, 5, 30)
RECENT_WEEKS = 13
DRAWS = 100


def like_the_past(history: OrderHistory, weeks: int) -> CellTotals:
    return weekly_rates(history, np.ones(len(history.order), np.bool_), weeks=weeks, periods=(END,))


def like_lately(history: OrderHistory, weeks: int) -> CellTotals:
    recent = history.placed_at[history.order] >= np.datetime64(END - timedelta(weeks=RECENT_WEEKS))
    return weekly_rates(history, recent, weeks=RECENT_WEEKS, periods=(END,))


def moved_as_in_the_nation(history: OrderHistory, weeks: int) -> CellTotals:
    past, recent = like_the_past(history, weeks), like_lately(history, weeks)
    before, lately = _per_sku(past), _per_sku(recent)
    factor = np.array([lately[sku] / before[sku] for sku, _ in past.cells])
    return replace(past, units=past.units * factor[:, None])


@pytest.mark.benchmark(group="order stream")
@pytest.mark.parametrize("future", [like_the_past, like_lately, moved_as_in_the_nation])
def test_real_orders_are_reweighted_and_drawn(benchmark: BenchmarkFixture, future) -> None:
    weeks, iterations = (78, ITERATIONS) if benchmark.enabled else (26, 10)
    history = past_orders(end=END, weeks=weeks)
    totals = future(history, weeks)
    stream = benchmark.pedantic(
        order_stream, args=(history, totals), kwargs={"iterations": iterations}, rounds=1, warmup_rounds=0
    )
    wanted = totals.units[:, 0] > 0
    off = np.abs(stream.expected_units(0)[wanted] / totals.units[wanted, 0] - 1.0)
    assert off.max() < 0.01
    _tell(history, stream, future.__name__)


def _tell(history: OrderHistory, stream: ResampledOrders, title: str) -> None:
    began = perf_counter()
    draws = [stream.draw_lines(0, seed) for seed in range(DRAWS)]
    seconds = (perf_counter() - began) / DRAWS
    lines = np.concatenate([np.diff(draw.starts) for draw in draws])
    past = np.bincount(history.order)
    units = stream.totals.units[:, 0]
    patched = stream.patched(0)
    short = sum(max(cell.wanted - cell.given, 0.0) for cell in patched) / units.sum()
    over = sum(max(cell.given - cell.wanted, 0.0) for cell in patched) / units.sum()
    print(f"\n{title}: {len(history):,} orders, {len(history.order):,} lines, {(units > 0).sum():,} cells")
    print(
        f"  patched {len(patched):,} cells: {short:.1%} of units short of, {over:.1%} beyond what is wanted"
    )
    print(f"  {len(lines) / DRAWS:.0f} orders a draw, {1_000 * seconds:.1f} ms")
    for name, sizes in (("past", past), ("drawn", lines)):
        mean, median, one = sizes.mean(), np.median(sizes), (sizes == 1).mean()
        print(f"  lines per order, {name}: mean {mean:.1f}, median {median:.0f}, one line {one:.1%}")


def _per_sku(totals: CellTotals) -> dict[str, float]:
    sums: dict[str, float] = defaultdict(float)
    for (sku, _), units in zip(totals.cells, totals.units[:, 0].tolist(), strict=True):
        sums[sku] += units
    return sums
