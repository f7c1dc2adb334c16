"""Dated sales become whole steps."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from forecasting.history import Grain
from forecasting.reading.frame import read_frame
from forecasting.reading.sales import day_after, frame_of_sales
from forecasting.reading.sales_lines import DATED_SALES, ORDER_LINES, WALK_IN_SALES, join_lines, read_lines
from fulfillment.errors import InvalidInput

END = date(2011, 5, 30)


def _back(days: int) -> date:
    return END - timedelta(days=days)


def _dated(*rows: tuple[str, date, float]) -> pd.DataFrame:
    """Sales at one place: sku, day, units."""
    frame = pd.DataFrame(rows, columns=["sku", "day", "units"])
    return frame.assign(place="x", day=pd.to_datetime(frame["day"]))


def _orders(*rows: tuple[str, str, str, object, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["order", "sku", "zone", "placed_at", "quantity"])


def test_weeks_without_sales_are_zeros_and_the_last_ends_the_day_before_end():
    sold = _dated(
        ("a", _back(1), 2), ("a", _back(7), 3), ("a", _back(22), 5), ("b", _back(9), 7), ("a", END, 9)
    )
    frame, report = frame_of_sales(read_lines(sold, DATED_SALES), end=END)
    history = read_frame(frame)
    assert history.ids == ("a|x", "b|x")
    assert history.units.tolist() == [5, 0, 0, 5, 7, 0]
    assert history.last == _back(7)
    assert (report.lines, report.late_lines, report.units_sold) == (5, 1, 17)
    assert (report.first_day, report.last_day) == (_back(22), _back(1))
    assert (report.series, report.steps, report.empty_steps) == (2, 6, 3)


def test_days_are_steps_of_their_own():
    sold = _dated(("a", _back(1), 2), ("a", _back(4), 5), ("a", _back(4), 1))
    frame, _ = frame_of_sales(read_lines(sold, DATED_SALES), end=END, grain=Grain.DAY)
    history = read_frame(frame, grain=Grain.DAY)
    assert history.units.tolist() == [6, 0, 0, 2]
    assert history.last == _back(1)


def test_the_eighth_day_back_is_in_the_week_before_the_last():
    frame, _ = frame_of_sales(read_lines(_dated(("a", _back(8), 1)), DATED_SALES), end=END)
    assert frame["y"].tolist() == [1, 0]


def test_a_year_with_53_weeks_is_as_long_as_its_weeks_and_last_years_week_is_364_days_back():
    days = pd.date_range("2019-12-30", "2021-01-31")  # 2020 has 53 ISO weeks
    sold = pd.DataFrame({"sku": "a", "place": "x", "day": days, "units": 1})
    frame, _ = frame_of_sales(read_lines(sold, DATED_SALES), end=date(2021, 2, 1))
    history = read_frame(frame)
    assert history.units.tolist() == [7.0] * 57
    assert frame["ds"].iloc[-1] - frame["ds"].iloc[-53] == timedelta(days=364)


def test_no_sales_before_the_end_give_an_empty_frame():
    frame, report = frame_of_sales(read_lines(_dated(("a", END, 1)), DATED_SALES), end=END)
    assert len(frame) == 0
    assert (report.late_lines, report.first_day, report.series) == (1, None, 0)


def test_the_day_after_the_last_sale_is_the_end_if_nothing_else_says_it():
    assert day_after(read_lines(_dated(("a", _back(3), 1), ("b", _back(9), 1)), DATED_SALES)) == _back(2)


def test_a_return_that_names_its_order_lowers_the_week_of_the_sale():
    sold = _orders(
        ("1", "a", "N", pd.Timestamp(2011, 5, 10), 5),
        ("2", "a", "N", pd.Timestamp(2011, 5, 27), 4),
        ("1", "a", "N", pd.Timestamp(2011, 5, 28), -2),
    )
    frame, report = frame_of_sales(read_lines(sold, ORDER_LINES), end=END)
    assert frame["y"].tolist() == [3, 0, 4]
    assert (report.returns, report.returns_of_an_order, report.units_returned) == (1, 1, 2)


def test_a_return_of_an_order_bought_twice_lowers_the_last_sale_before_it():
    sold = _orders(
        ("1", "a", "N", pd.Timestamp(2011, 5, 10), 5),
        ("1", "a", "N", pd.Timestamp(2011, 5, 17), 5),
        ("1", "a", "N", pd.Timestamp(2011, 5, 18), -2),
        ("1", "a", "N", pd.Timestamp(2011, 5, 27), 5),
    )
    frame, _ = frame_of_sales(read_lines(sold, ORDER_LINES), end=END)
    assert frame["y"].tolist() == [5, 3, 5]


def test_a_return_without_a_known_order_lowers_its_own_week_never_below_zero_and_the_cut_is_told():
    sold = _orders(
        ("1", "a", "N", pd.Timestamp(2011, 5, 10), 5),
        ("2", "a", "N", pd.Timestamp(2011, 5, 27), 4),
        ("9", "a", "N", pd.Timestamp(2011, 5, 28), -7),
        ("8", "b", "N", pd.Timestamp(2011, 5, 28), -1),  # never sold: no series
        ("7", "a", "N", pd.Timestamp(2011, 5, 2), -1),  # before the first sale
    )
    frame, report = frame_of_sales(read_lines(sold, ORDER_LINES), end=END)
    assert frame["unique_id"].unique().tolist() == ["a|N"]
    assert frame["y"].tolist() == [5, 0, 0]
    assert (report.returns, report.returns_of_an_order, report.units_cut) == (3, 0, 3 + 1 + 1)
    assert report.units_sold - report.units_returned + report.units_cut == frame["y"].sum()


def test_a_return_after_the_end_does_not_reach_back():
    sold = _orders(
        ("1", "a", "N", pd.Timestamp(2011, 5, 10), 5), ("1", "a", "N", pd.Timestamp(2011, 5, 30, 8), -5)
    )
    frame, report = frame_of_sales(read_lines(sold, ORDER_LINES), end=END)
    assert frame["y"].sum() == 5
    assert report.late_lines == 1


def test_only_returns_are_no_series():
    sold = _orders(("1", "a", "N", pd.Timestamp(2011, 5, 10), -5))
    frame, report = frame_of_sales(read_lines(sold, ORDER_LINES), end=END)
    assert len(frame) == 0
    assert (report.units_cut, report.series) == (5, 0)


def test_online_demand_counts_at_its_zone_and_walk_in_demand_at_its_store():
    orders = _orders(("1", "a", "UK-N", pd.Timestamp(2011, 5, 27), 5))
    tills = pd.DataFrame(
        {"sku": ["a", "b"], "store": "LON1", "sold_at": pd.Timestamp(2011, 5, 28), "quantity": [1, 2]}
    )
    lines = join_lines([read_lines(orders, ORDER_LINES), read_lines(tills, WALK_IN_SALES)])
    frame, _ = frame_of_sales(lines, end=END)
    assert dict(zip(frame["unique_id"], frame["y"], strict=True)) == {"a|LON1": 1, "a|UK-N": 5, "b|LON1": 2}


def test_one_receipt_number_of_two_sources_is_two_orders():
    till = pd.DataFrame(
        {"receipt": ["7"], "sku": "a", "store": "S", "sold_at": pd.Timestamp(2011, 5, 10), "quantity": 3}
    )
    back = till.assign(sold_at=pd.Timestamp(2011, 5, 28), quantity=-1)
    one = read_lines(pd.concat([till, back]), WALK_IN_SALES)
    two = join_lines([read_lines(till, WALK_IN_SALES), read_lines(back, WALK_IN_SALES)])
    assert frame_of_sales(one, end=END)[0]["y"].tolist() == [2, 0, 0]
    frame, report = frame_of_sales(two, end=END)
    assert frame["y"].tolist() == [3, 0, 0]
    assert report.units_cut == 1


# --- time zones ----------------------------------------------------------------------------------------
ZONES = {"LON": "Europe/London", "AKL": "Pacific/Auckland"}


def test_an_instant_counts_on_the_local_day_of_its_place():
    at = pd.Timestamp("2011-05-29T13:30:00Z")  # the next day in Auckland
    sold = _orders(("1", "a", "LON", at, 1), ("2", "a", "AKL", at, 1))
    lines = read_lines(sold, ORDER_LINES, zones=ZONES)
    assert lines.when.tolist() == [pd.Timestamp(2011, 5, 29, 14, 30), pd.Timestamp(2011, 5, 30, 1, 30)]
    frame, report = frame_of_sales(lines, end=END, grain=Grain.DAY)
    assert frame["unique_id"].tolist() == ["a|LON"]
    assert report.late_lines == 1


def test_instants_of_two_offsets_are_one_time_line():
    same = [pd.Timestamp("2011-05-29T23:30:00+01:00"), pd.Timestamp("2011-05-30T00:30:00+02:00")]
    sold = _orders(("1", "a", "LON", same[0], 1), ("2", "a", "LON", same[1], 1))
    assert sold["placed_at"].dtype == object  # pandas has no type for two offsets
    assert set(read_lines(sold, ORDER_LINES, zones=ZONES).when.tolist()) == {
        pd.Timestamp(2011, 5, 29, 23, 30)
    }


def test_the_hour_that_a_summer_time_skips_or_repeats_is_no_trouble():
    at = pd.to_datetime(["2011-10-30T00:30Z", "2011-10-30T01:30Z", "2011-03-27T01:00Z"])
    sold = _orders(*[(str(i), "a", "LON", one, 1) for i, one in enumerate(at)])
    hours = [one.hour for one in read_lines(sold, ORDER_LINES, zones=ZONES).when.tolist()]
    assert hours == [1, 1, 2]


def test_instants_with_and_without_offset_are_refused():
    sold = _orders(
        ("1", "a", "LON", pd.Timestamp(2011, 5, 29), 1),
        ("2", "a", "LON", pd.Timestamp("2011-05-29T10:00Z"), 1),
    )
    with pytest.raises(InvalidInput, match="some instants have an offset and some have none") as caught:
        read_lines(sold, ORDER_LINES, zones=ZONES)
    assert "all as local time" in caught.value.fix


@pytest.mark.parametrize(
    ("zones", "said"),
    [
        (None, "no time zone is known of zone LON"),
        ({"LONN": "Europe/London"}, "zone LON; did you mean LONN?"),
        ({"LON": "Europe/Lundon"}, 'no time zone is named "Europe/Lundon"'),
        ({"LON": "../../etc/passwd"}, "no time zone is named"),
    ],
)
def test_a_place_without_a_time_zone_is_refused(zones, said):
    sold = _orders(("1", "a", "LON", pd.Timestamp("2011-05-29T10:00Z"), 1))
    with pytest.raises(InvalidInput) as caught:
        read_lines(sold, ORDER_LINES, zones=zones)
    assert said in caught.value.detail
    assert caught.value.pointer == "/zones"


# --- bad lines -----------------------------------------------------------------------------------------
def test_every_bad_value_is_named_at_once():
    good = ("1", "a", "N", pd.Timestamp(2011, 5, 10), 5.0)
    sold = _orders(
        good,
        ("2", None, "N", pd.Timestamp(2011, 5, 10), 5.0),
        ("3", "a|b", "", pd.NaT, np.nan),
        ("4", "a", "N", date(9999, 1, 1), np.inf),
    )
    with pytest.raises(InvalidInput) as caught:
        read_lines(sold, ORDER_LINES)
    assert caught.value.detail.splitlines() == [
        "7 values cannot be read",
        "row 1  column sku  is empty",
        'row 2  column sku  "a|b": an id is text without "|"',
        "row 2  column zone  is empty",
        "row 2  column placed_at  NaT: an instant is 2026-11-21T09:30:00Z",
        "row 2  column quantity  nan: a number of units, below 0 for a return",
        "row 3  column placed_at  9999-01-01: an instant is 2026-11-21T09:30:00Z",
        "row 3  column quantity  inf: a number of units, below 0 for a return",
    ]
    assert caught.value.pointer == "/1/sku"
    assert caught.value.fix == "Correct the rows above"


def test_of_many_bad_values_twenty_are_named_and_the_rest_counted():
    sold = _dated(*[("a", _back(1), -1)] * 1_234)
    with pytest.raises(InvalidInput) as caught:
        read_lines(sold, DATED_SALES)
    first, *rows, last = caught.value.detail.splitlines()
    assert first == "1,234 values cannot be read"
    assert len(rows) == 20
    assert rows[0] == "row 0  column units  -1: a number of units, 0 or more"
    assert last == "and 1,214 more"


@pytest.mark.parametrize("column", ["sku", "day", "units"])
def test_text_in_numbers_and_numbers_in_text_are_named(column):
    sold = _dated(("a", _back(1), 1)).astype(object)
    sold.loc[0, column] = {"sku": 85123, "day": "2011-05-29", "units": "12"}[column]
    with pytest.raises(InvalidInput, match=f"row 0  column {column}"):
        read_lines(sold, DATED_SALES)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: f.drop(columns="units"), "the columns are sku, day, place"),
        (lambda f: f.assign(price=1), "the columns are sku, day, units, place, price"),
        (lambda f: f.iloc[:0], "there are no rows"),
    ],
)
def test_other_columns_and_no_rows_are_refused(spoil, said):
    with pytest.raises(InvalidInput) as caught:
        read_lines(spoil(_dated(("a", _back(1), 1))), DATED_SALES)
    assert caught.value.detail == said


def test_lines_in_another_order_make_the_same_frame():
    rng = np.random.default_rng(5)
    sold = pd.DataFrame(
        {
            "sku": rng.choice(["a", "b", "c"], 200),
            "place": rng.choice(["x", "y"], 200),
            "day": pd.Timestamp(END) - pd.to_timedelta(rng.integers(1, 90, 200), unit="D"),
            "units": rng.integers(0, 9, 200),
        }
    )
    frame, report = frame_of_sales(read_lines(sold, DATED_SALES), end=END)
    mixed, same = frame_of_sales(read_lines(sold.sample(frac=1, random_state=1), DATED_SALES), end=END)
    pd.testing.assert_frame_equal(frame, mixed)
    assert report == same
