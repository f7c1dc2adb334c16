"""Lines of orders become baskets."""

import pandas as pd

from forecasting.baskets import baskets_of
from forecasting.sales_lines import ORDER_LINES, WALK_IN_SALES, join_lines, read_lines


def _lines(*rows):
    return read_lines(
        pd.DataFrame(rows, columns=["order", "sku", "zone", "placed_at", "quantity"]), ORDER_LINES
    )


FRIDAY, SATURDAY = pd.Timestamp(2011, 5, 27, 9), pd.Timestamp(2011, 5, 28, 9)


def test_lines_of_one_order_stand_together_in_order_of_time():
    baskets = baskets_of(
        _lines(
            ("late", "a", "N", SATURDAY, 1),
            ("early", "b", "S", FRIDAY, 2),
            ("late", "b", "N", SATURDAY, 3),
            ("early", "a", "S", FRIDAY, 4),
        )
    )
    assert baskets.orders == ("early", "late")
    assert baskets.order.tolist() == [0, 0, 1, 1]
    assert [baskets.skus[code] for code in baskets.sku.tolist()] == ["b", "a", "a", "b"]
    assert [baskets.places[code] for code in baskets.place.tolist()] == ["S", "S", "N", "N"]
    assert baskets.units.tolist() == [2, 4, 1, 3]
    assert baskets.when.tolist() == [FRIDAY, FRIDAY, SATURDAY, SATURDAY]


def test_two_lines_of_one_sku_stay_two_and_returns_are_no_part():
    baskets = baskets_of(
        _lines(("1", "a", "N", FRIDAY, 1), ("1", "a", "N", FRIDAY, 2), ("1", "a", "N", SATURDAY, -3))
    )
    assert len(baskets) == 1
    assert baskets.units.tolist() == [1, 2]


def test_an_order_that_only_returned_is_none():
    baskets = baskets_of(_lines(("1", "a", "N", FRIDAY, -1), ("2", "a", "N", SATURDAY, 1)))
    assert baskets.orders == ("2",)
    assert baskets.order.tolist() == [0]


def test_sales_without_an_order_are_in_no_basket():
    tills = pd.DataFrame(
        {"receipt": [None, "7"], "sku": "a", "store": "S", "sold_at": FRIDAY, "quantity": [1, 2]}
    )
    both = join_lines([_lines(("1", "a", "N", SATURDAY, 5)), read_lines(tills, WALK_IN_SALES)])
    baskets = baskets_of(both)
    assert baskets.orders == ("7", "1")
    assert baskets.units.tolist() == [2, 5]
