"""Lines of orders become the history that an order stream draws from."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecasting.orders.order_history import CellTotals
from forecasting.orders.order_stream import order_stream
from forecasting.orders.sold_orders import orders_of
from forecasting.reading.sales_lines import ORDER_LINES, WALK_IN_SALES, join_lines, read_lines
from fulfillment.errors import InvalidInput
from fulfillment.ids import SkuId

FRIDAY, SATURDAY = pd.Timestamp(2011, 5, 27, 9), pd.Timestamp(2011, 5, 28, 9)


def _lines(*rows):
    return read_lines(
        pd.DataFrame(rows, columns=["order", "sku", "zone", "placed_at", "quantity"]), ORDER_LINES
    )


def _told(orders):
    """(sku, units) of each order, in order."""
    lines = zip(orders.order.tolist(), orders.sku.tolist(), orders.units.tolist(), strict=True)
    found: list[list[tuple[str, int]]] = [[] for _ in range(len(orders))]
    for order, sku, units in lines:
        found[order].append((orders.skus[sku], units))
    return found


def test_lines_of_one_order_belong_together_and_orders_stand_in_order_of_time():
    orders = orders_of(
        _lines(
            ("late", "a", "N", SATURDAY, 1),
            ("early", "b", "S", FRIDAY, 2),
            ("late", "b", "N", FRIDAY + pd.Timedelta(hours=1), 3),
            ("early", "a", "S", FRIDAY, 4),
        )
    )
    assert _told(orders) == [[("b", 2), ("a", 4)], [("a", 1), ("b", 3)]]
    assert [orders.places[code] for code in orders.place.tolist()] == ["S", "N"]
    assert orders.placed_at.tolist() == [FRIDAY, FRIDAY + pd.Timedelta(hours=1)]


def test_two_lines_of_one_sku_stay_two_and_returns_are_no_part():
    orders = orders_of(
        _lines(("1", "a", "N", FRIDAY, 1), ("1", "a", "N", FRIDAY, 2), ("1", "a", "N", SATURDAY, -3))
    )
    assert _told(orders) == [[("a", 1), ("a", 2)]]


def test_an_order_that_only_returned_is_none_and_one_of_two_places_is_two():
    orders = orders_of(
        _lines(("1", "a", "N", FRIDAY, -1), ("2", "a", "N", FRIDAY, 1), ("2", "b", "S", SATURDAY, 1))
    )
    assert _told(orders) == [[("a", 1)], [("b", 1)]]


def test_sales_without_an_order_are_in_none():
    tills = pd.DataFrame(
        {"receipt": [None, "7"], "sku": "a", "store": "S", "sold_at": FRIDAY, "quantity": [1, 2]}
    )
    both = join_lines([_lines(("1", "a", "N", SATURDAY, 5)), read_lines(tills, WALK_IN_SALES)])
    assert _told(orders_of(both)) == [[("a", 2)], [("a", 5)]]


def test_a_part_of_a_unit_is_no_order():
    with pytest.raises(InvalidInput, match=r"line 1: 0.5 units of b in an order"):
        orders_of(_lines(("1", "a", "N", FRIDAY, 1), ("1", "b", "N", FRIDAY, 0.5)))


def test_an_order_stream_draws_from_them():
    orders = orders_of(_lines(*[(str(i), "a", "N", FRIDAY, 2) for i in range(20)]))
    totals = CellTotals(((SkuId("a"), "N"),), (date(2011, 6, 6),), np.array([[40.0]]))
    drawn = order_stream(orders, totals).draw(0, seed=1)
    assert {order.lines for order in drawn} == {(("a", 2),)}
    assert {order.offset.days for order in drawn} == {4}  # all were placed on a Friday
