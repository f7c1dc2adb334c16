"""Real orders of the past drawn anew, and laid into the demo's world as if they had come."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from api.demo import demo_world
from forecasting.orders.order_history import OrderHistory
from forecasting.orders.order_stream import ResampledOrders, order_stream
from fulfillment.demand import OrderStream, order_of
from fulfillment.orders import Order
from fulfillment.policy import DEFAULT_POLICY
from scenarios.replay import events_of, fresh_ledger
from scenarios.situation import situation
from tests.forecasting.past_orders import PARAMETERS, past_orders, weekly_rates

MONDAY = date(2011, 3, 7)
WEEKS = 26


@pytest.fixture(scope="module")
def history() -> OrderHistory:
    return past_orders(end=MONDAY, weeks=WEEKS)


@pytest.fixture(scope="module")
def stream(history: OrderHistory) -> ResampledOrders:
    """What the last eight weeks had, though the templates are half a year's, Christmas among them."""
    instant = history.placed_at[history.order]
    recent = instant >= np.datetime64(MONDAY - timedelta(weeks=8))
    totals = weekly_rates(history, recent, weeks=8, periods=(MONDAY,))
    return order_stream(history, totals, iterations=100)


def test_real_totals_are_met_and_what_whole_orders_leave_open_is_small_and_named(
    stream: ResampledOrders,
) -> None:
    wanted = stream.totals.units[:, 0]
    assert stream.expected_units(0) == pytest.approx(wanted, rel=0.01)
    patched = stream.patched(0)
    assert 0 < sum(abs(cell.wanted - cell.given) for cell in patched) < 0.1 * wanted.sum()


def test_real_baskets_stay_about_as_large_as_they_were(
    history: OrderHistory, stream: ResampledOrders
) -> None:
    drawn = np.concatenate([np.diff(stream.draw_lines(0, seed).starts) for seed in range(20)])
    instant = history.placed_at[history.order]
    recent = history.order[instant >= np.datetime64(MONDAY - timedelta(weeks=8))]
    _, past = np.unique(recent, return_counts=True)
    assert len(drawn) / 20 == pytest.approx(len(past) / 8, rel=0.15)
    assert drawn.mean() == pytest.approx(past.mean(), rel=0.2)
    assert (drawn == 1).mean() == pytest.approx((past == 1).mean(), abs=0.03)


def test_a_drawn_week_takes_the_place_of_the_orders_of_a_world(stream: ResampledOrders) -> None:
    world = demo_world()
    future: OrderStream = stream
    start = datetime(2011, 3, 7, tzinfo=ZoneInfo(PARAMETERS.time_zone))
    orders = [order_of(drawn, start=start) for drawn in future.draw(0, 1)]
    orders = [order for order in orders if all(line.sku in world.network.skus for line in order.lines)]
    assert len(orders) > 100
    assert {order.destination.zone for order in orders} <= set(world.network.zones)
    drawn = replace(world, orders=tuple(orders))
    assert [event for event in events_of(drawn) if isinstance(event, Order)] == orders
    ledger = fresh_ledger(drawn)
    for order in orders[:20]:
        seen = situation(
            order, network=drawn.network, policy=DEFAULT_POLICY, ledger=ledger, now=order.placed_at
        )
        assert seen.instance.order == order
        assert seen.stock
