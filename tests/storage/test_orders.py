"""Orders and decisions: kept as they came, listed by id, the latest decision found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fulfillment.ids import LineId, OrderId, ServiceId, SkuId, ZoneId
from fulfillment.network import Place
from fulfillment.orders import Destination, Order, OrderLine
from storage.database import Database

NOON = datetime(2011, 11, 21, 12, tzinfo=UTC)
ORDER = Order(
    OrderId("A"),
    (
        OrderLine(LineId("2"), SkuId("cup"), 4),
        OrderLine(LineId("1"), SkuId("cup"), 1),
        OrderLine(LineId("3"), SkuId("lamp"), 2),
    ),
    Destination(ZoneId("north"), Place(53.8, -1.5)),
    placed_at=NOON - timedelta(minutes=3),
    channel="app",
    accept_partial=False,
    wanted_by=NOON + timedelta(days=2),
    service=ServiceId("express"),
)


def test_an_order_is_read_back_as_it_came_lines_in_their_order(database: Database) -> None:
    with_less = replace(
        ORDER, id=OrderId("B"), destination=Destination(ZoneId("north")), wanted_by=None, service=None
    )
    with database.writing() as stores:
        stores.orders.put(ORDER, now=NOON)
        stores.orders.put(with_less, now=NOON)
    with database.reading() as stores:
        found = stores.orders.get(ORDER.id)
        assert found is not None
        assert (found.order, found.created_at) == (ORDER, NOON)
        other = stores.orders.get(with_less.id)
        assert other is not None
        assert other.order == with_less
        assert stores.orders.get(OrderId("C")) is None


def test_an_order_put_again_is_replaced_but_keeps_the_time_it_was_made(database: Database) -> None:
    shorter = replace(ORDER, lines=ORDER.lines[:1])
    with database.writing() as stores:
        stores.orders.put(ORDER, now=NOON)
        stores.orders.put(shorter, now=NOON + timedelta(hours=1))
    with database.reading() as stores:
        found = stores.orders.get(ORDER.id)
    assert found is not None
    assert (found.order, found.created_at) == (shorter, NOON)


def test_orders_are_listed_page_by_page_in_order_of_id(database: Database) -> None:
    ids = [OrderId(name) for name in ("D", "A", "C", "B")]
    with database.writing() as stores:
        for name in ids:
            stores.orders.put(replace(ORDER, id=name), now=NOON)
    with database.reading() as stores:
        first = stores.orders.list(after=None, limit=3)
        rest = stores.orders.list(after=first[-1].order.id, limit=3)
    assert [stored.order.id for stored in first] == ["A", "B", "C"]
    assert [stored.order for stored in rest] == [replace(ORDER, id=OrderId("D"))]


@pytest.mark.parametrize("revisions", [(1, 2), (3, 3)])
def test_the_latest_decision_is_the_last_one_put(database: Database, revisions: tuple[int, int]) -> None:
    with database.writing() as stores:
        for number, revision in enumerate(revisions):
            stores.decisions.put(ORDER.id, revision, {"number": number, "cost": [1, {"micros": 10**15}]})
        stores.decisions.put(OrderId("B"), 9, {})
    with database.reading() as stores:
        assert stores.decisions.latest(ORDER.id) == {"number": 1, "cost": [1, {"micros": 10**15}]}
        assert stores.decisions.latest(OrderId("C")) is None
