"""Drivers of the past and the future, and attributes: what is let in, how it is laid out, what is refused."""

import numpy as np
import pandas as pd
import pytest

from forecasting.history import Grain, History
from forecasting.reading.frame import read_frame
from fulfillment.errors import InvalidInput

AHEAD = pd.date_range("2011-05-30", periods=3, freq="7D")


@pytest.fixture
def promoted(make_frame):
    """Two series, of three weeks and of two, that end together; prices differ from row to row."""
    frame = make_frame({"a|x": [1, 2, 3], "b|y": [4, 5]})
    return frame.assign(promotion=[False, True, False, False, True], price=[1.0, 2.0, 3.0, 4.0, 5.0])


@pytest.fixture
def coming():
    """The drivers of both series in three weeks to come."""
    parts = [
        pd.DataFrame({"unique_id": name, "ds": AHEAD, "promotion": [0, 1, 0], "price": [price, price, price]})
        for name, price in (("a|x", 10.0), ("b|y", 20.0))
    ]
    return pd.concat(parts, ignore_index=True)


def _read(frame, future, horizon=2, **others):
    return read_frame(frame, drivers=["promotion", "price"], future=future, horizon=horizon, **others)


def _values(history: History) -> np.ndarray:
    assert history.drivers is not None
    return history.drivers.values  # noqa: PD011 - an array


def test_the_drivers_of_a_series_are_its_steps_and_then_its_steps_ahead(promoted, coming):
    history = _read(promoted.sample(frac=1, random_state=3), coming.sample(frac=1, random_state=4))
    assert history.drivers is not None
    assert history.drivers.names == ("promotion", "price")
    assert history.drivers.ahead == 2
    assert _values(history).tolist() == [
        *([0, 1], [1, 2], [0, 3], [0, 10], [1, 10]),
        *([0, 4], [1, 5], [0, 20], [1, 20]),
    ]


def test_drivers_stay_with_their_series_when_some_are_taken(promoted, coming):
    taken = _read(promoted, coming).take(np.array([1]))
    assert _values(taken)[:, 1].tolist() == [4, 5, 20, 20]


def test_drivers_without_ids_are_those_of_all_series(promoted, coming):
    shared = coming[coming["unique_id"] == "a|x"].drop(columns="unique_id")
    assert _values(_read(promoted, shared, horizon=3))[:, 1].tolist() == [
        1,
        2,
        3,
        10,
        10,
        10,
        4,
        5,
        10,
        10,
        10,
    ]


def test_without_a_horizon_no_driver_needs_a_future(promoted):
    assert _values(_read(promoted, None, horizon=0)).shape == (5, 2)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_step_of_the_horizon_without_drivers_is_refused_whichever_it_is(missing, promoted, coming):
    """Also a step within the horizon: a driver known at its end only is known at no step before."""
    future = coming.drop(index=3 + missing)
    with pytest.raises(InvalidInput) as caught:
        _read(promoted, future, horizon=3)
    assert caught.value.detail == (
        f"driver promotion of b|y is not known on {AHEAD[missing].date()}, week {missing + 1} of 3 after the "
        "last of the history"
    )
    assert caught.value.pointer == "/future"
    assert caught.value.fix == "Give future a row for every week to 2011-06-13, with promotion, price"


def test_a_horizon_longer_than_what_is_known_is_refused_and_a_shorter_one_is_not(promoted, coming):
    assert _read(promoted, coming, horizon=3).drivers is not None
    with pytest.raises(
        InvalidInput, match=r"driver promotion of a\|x is not known on 2011-06-20, week 4 of 4"
    ):
        _read(promoted, coming, horizon=4)


def test_drivers_without_any_future_are_refused(promoted):
    with pytest.raises(InvalidInput, match="not known on 2011-05-30, week 1 of 2"):
        _read(promoted, None)


def _with(row: int, column: str, value: object):
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        changed = frame.astype({column: object}) if isinstance(value, str) else frame.copy()
        changed.loc[row, column] = value
        return changed

    return change


# What is done to the future; then pointer, detail (a pattern) and fix of the refusal.
BAD_FUTURES = {
    "a value not known": (_with(1, "price", np.nan), "/future/1/price", "row 1: nan is missing", "every row"),
    "an endless value": (_with(1, "price", np.inf), "/future/1/price", "is infinite", "Correct price"),
    "text": (_with(4, "price", "12"), "/future/4/price", "row 4: '12' is text", "Convert price"),
    "a missing column": (lambda f: f.drop(columns="price"), "/future/price", "price is missing", "Add"),
    "an unknown column": (lambda f: f.assign(rain=1), "/future/rain", "rain is not used", "Drop"),
    "a duplicate": (
        lambda f: pd.concat([f, f.iloc[[2]]], ignore_index=True),
        "/future/6/ds",
        "rows 2 and 6",
        "Drop",
    ),
    "the past": (
        _with(0, "ds", pd.Timestamp("2011-05-23")),
        "/future/0/ds",
        "not after 2011-05-23, the last week",
        "Begin future one week later",
    ),
    "weeks from another day": (
        lambda f: f.assign(ds=f["ds"] + pd.Timedelta(days=1)),
        "/future/0/ds",
        "not whole weeks from 2011-05-23",
        "one weekday",
    ),
    "a series that is not there": (
        _with(3, "unique_id", "b|yy"),
        "/future/3/unique_id",
        r"no series is named b\|yy; did you mean b\|y",
        "Correct it",
    ),
}


@pytest.mark.parametrize("name", BAD_FUTURES)
def test_a_bad_future_is_refused_with_column_row_and_fix(name, promoted, coming):
    spoil, pointer, detail, fix = BAD_FUTURES[name]
    with pytest.raises(InvalidInput, match=detail) as caught:
        _read(promoted, spoil(coming))
    assert caught.value.detail.startswith("future: ")
    assert caught.value.pointer == pointer
    assert fix in caught.value.fix


def test_a_driver_with_a_hole_in_the_past_is_refused(promoted, coming):
    with pytest.raises(InvalidInput, match="column price, row 3: nan is missing"):
        _read(_with(3, "price", np.nan)(promoted), coming)


@pytest.mark.parametrize(
    ("drivers", "said"),
    [
        (["y"], "driver y has a meaning of its own"),
        (["price", "price"], "driver price is named twice"),
        ("price", 'drivers is the text "price"'),
        (["prize"], "column prize is missing"),
        (["promotion"], "column price is not used"),
    ],
)
def test_a_list_of_drivers_that_cannot_be_meant_is_refused(drivers, said, promoted):
    with pytest.raises(InvalidInput) as caught:
        read_frame(promoted, drivers=drivers)
    assert said in caught.value.detail


def test_a_future_without_drivers_and_a_negative_horizon_are_refused(make_frame, coming):
    frame = make_frame({"a|x": [1, 2, 3]})
    with pytest.raises(InvalidInput, match="future is given, but no drivers"):
        read_frame(frame, future=coming, horizon=1)
    with pytest.raises(InvalidInput, match="horizon -1 is negative"):
        read_frame(frame, horizon=-1)


def test_daily_drivers_are_asked_for_day_by_day(make_frame):
    days = pd.date_range("2011-05-21", periods=3)
    frame = make_frame({"a|x": [1, 2, 3]}).assign(ds=days, rain=[0.1, 0.0, 2.5])
    future = pd.DataFrame({"ds": days[-1:] + pd.Timedelta(days=1), "rain": [4.0]})
    history = read_frame(frame, grain=Grain.DAY, drivers=["rain"], future=future, horizon=1)
    assert _values(history).ravel().tolist() == [0.1, 0.0, 2.5, 4.0]
    with pytest.raises(InvalidInput, match=r"rain of a\|x is not known on 2011-05-25, day 2 of 2"):
        read_frame(frame, grain=Grain.DAY, drivers=["rain"], future=future, horizon=2)


# --- attributes ----------------------------------------------------------------------------------------
ITEMS = pd.DataFrame({"sku": ["b", "a", "z"], "category": ["tea", None, "mugs"], "price": [2.5, 4.0, 1.0]})
PLACES = pd.DataFrame({"place": ["x"], "is_store": [True]})


def test_attributes_of_items_and_places_are_joined_to_their_series(make_frame):
    history = read_frame(make_frame({"a|x": [1], "b|x": [1], "b|y": [1]}), attributes=[ITEMS, PLACES])
    assert history.attributes.texts == {"category": ("", "tea", "tea")}
    assert history.attributes.numbers["price"].tolist() == [4.0, 2.5, 2.5]
    assert history.attributes.numbers["is_store"].tolist()[:2] == [1, 1]
    assert np.isnan(history.attributes.numbers["is_store"][2])


def test_attributes_may_be_told_series_by_series(make_frame):
    told = pd.DataFrame({"unique_id": ["b|y"], "shelf": pd.Categorical(["low"])})
    history = read_frame(make_frame({"a|x": [1], "b|y": [1]}), attributes=told)
    assert history.attributes.texts == {"shelf": ("", "low")}


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        ([ITEMS.rename(columns={"sku": "item"})], "no column is named unique_id, sku or place"),
        ([ITEMS.assign(place="x")], "columns sku and place are both keys"),
        ([pd.concat([ITEMS, ITEMS.iloc[[0]]])], "row 3: b is in rows 0 and 3"),
        ([ITEMS.assign(sku=["a", None, "b"])], "row 1: nan is no id"),
        ([ITEMS.assign(sku=[1, 2, 3])], "row 0: 1 is no id"),
        ([ITEMS, ITEMS], "column category is in two frames"),
        ([ITEMS.assign(category=["tea", 5, "mugs"])], "row 1: 5 is neither text nor"),
        ([ITEMS.assign(price=[1, np.inf, 2])], "row 1: inf is infinite"),
        ([ITEMS.assign(listed=pd.Timestamp("2011-01-01"))], "is neither text nor"),
        ([ITEMS.iloc[:0]], "no rows"),
    ],
)
def test_bad_attributes_are_refused(frames, said, make_frame):
    with pytest.raises(InvalidInput) as caught:
        read_frame(make_frame({"a|x": [1]}), attributes=frames)
    assert said in caught.value.detail
    assert caught.value.detail.startswith("attributes: ")
