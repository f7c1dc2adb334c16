"""The demo's review counts all that will serve online demand: what is held anywhere, all that is on order."""

from datetime import timedelta

import numpy as np
import pytest

from api.demo import REPORTING_WINDOW, demo_world
from api.demo.replenishing import HORIZON_WEEKS, LEAD_DAYS, review, world_at_review
from api.demo.sales_frame import PLACE
from forecasting.demand import QuantileForecast
from forecasting.kernels.negative_binomial import negative_binomial_quantiles
from fulfillment.network import NodeKind
from optimizer.replenishment.instance import Instance
from scenarios.world import World

LEVELS = (0.05, 0.5, 0.95)


def forecast_of(world: World, *, weekly: float) -> QuantileForecast:
    """So many units a week of every sku."""
    ids = sorted({f"{row.key.sku}|{PLACE}" for row in world.supply})
    mean, dispersion = np.full((len(ids), HORIZON_WEEKS), weekly), np.full((len(ids), HORIZON_WEEKS), 0.5)
    return QuantileForecast(
        ids=tuple(ids),
        periods=tuple(world.window.start + timedelta(weeks=week) for week in range(HORIZON_WEEKS)),
        levels=LEVELS,
        mean=mean,
        dispersion=dispersion,
        quantiles=negative_binomial_quantiles(mean, dispersion, np.array(LEVELS)),
        left_out=(),
    )


@pytest.fixture(scope="module")
def world() -> World:
    return world_at_review()


@pytest.fixture(scope="module")
def instance(world: World) -> Instance:
    return review(world, forecast_of(world, weekly=20.0))


def test_what_is_on_order_arrives_in_every_week_of_the_lead_time(instance: Instance) -> None:
    due = {(one.arrives - instance.today).days // 7 for item in instance.items for one in item.inbound}
    assert due == set(range(LEAD_DAYS // 7))


def test_orders_on_the_way_are_about_the_lead_time_of_what_is_sold(instance: Instance) -> None:
    # 133,317 units are ordered in the two weeks of the demo (docs/demo_world.md).
    on_order = sum(one.units for item in instance.items for one in item.inbound)
    assert 4 < on_order / (133_317 / 2) < 6


def test_what_stores_may_send_online_counts_as_held_and_their_safety_stock_does_not(
    world: World, instance: Instance
) -> None:
    stores = {node.id for node in world.network.nodes.values() if node.kind is not NodeKind.DC}
    on_hand = [row for row in world.supply if row.key.is_on_hand]
    assert sum(item.on_hand for item in instance.items) == sum(r.quantity - r.safety_stock for r in on_hand)
    assert sum(row.quantity - row.safety_stock for row in on_hand if row.key.node in stores) > 50_000


def test_orders_go_to_dcs_only(world: World, instance: Instance) -> None:
    assert {world.network.nodes[item.node].kind for item in instance.items} == {NodeKind.DC}


def test_the_review_sees_the_stock_that_the_replayed_weeks_open_with(world: World) -> None:
    def opening(of: World) -> list[object]:
        return [row for row in of.supply if row.key.is_on_hand]

    assert opening(world) == opening(demo_world())
    assert world.window.start == REPORTING_WINDOW.start
