"""The door: what is let in, and what each refusal says."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from forecasting.forecast import forecast
from forecasting.history import AT_LEAST, MASKED, OBSERVED, Grain, series_id, sku_and_place
from forecasting.judging.backtest import backtest
from forecasting.reading.frame import read_frame
from fulfillment.errors import InvalidInput
from fulfillment.ids import SkuId


def test_rows_in_any_order_become_one_history(make_frame):
    frame = make_frame({"b|x": [4, 5], "a|x": [1, 2, 3]})
    history = read_frame(frame.sample(frac=1, random_state=1))
    assert history.ids == ("a|x", "b|x")
    assert history.units.tolist() == [1, 2, 3, 4, 5]
    assert history.starts.tolist() == [0, 3, 5]
    assert history.last == date(2011, 5, 23)
    assert history.periods(2) == (date(2011, 5, 30), date(2011, 6, 6))


def test_a_stock_out_is_not_observed(make_frame):
    history = read_frame(make_frame({"a|x": [1, 0, 3]}, stocked_out=[False, True, False]))
    assert history.observed.tolist() == [True, False, True]


def test_a_week_that_demand_emptied_is_a_lower_bound(make_frame):
    frame = make_frame({"a|x": [1, 0, 3]}, stocked_out=[False, True, False], sold_out=[False, False, True])
    assert read_frame(frame).state.tolist() == [OBSERVED, MASKED, AT_LEAST]


def test_a_series_of_lower_bounds_only_is_let_in(make_frame):
    assert read_frame(make_frame({"a|x": [1, 2]}, sold_out=True)).has_bounds


def test_units_may_be_of_any_type_of_number(make_frame):
    frame = make_frame({"a|x": [1, 2, 3]})
    for dtype in ("int8", "uint32", "float32", "Int64", "Float64"):
        assert read_frame(frame.astype({"y": dtype})).units.tolist() == [1, 2, 3]


def test_days_are_a_grain_of_their_own(make_frame):
    frame = make_frame({"a|x": [1, 2, 3]}).assign(ds=pd.date_range("2011-05-21", periods=3))
    history = read_frame(frame, grain=Grain.DAY)
    assert (history.grain, history.last, history.periods(1)) == (
        Grain.DAY,
        date(2011, 5, 23),
        (date(2011, 5, 24),),
    )
    with pytest.raises(InvalidInput, match="not whole weeks"):
        read_frame(frame)
    with pytest.raises(InvalidInput, match="no row between 2011-05-21 and 2011-05-23") as caught:
        read_frame(frame.drop(index=1), grain=Grain.DAY)
    assert "Add the days between" in caught.value.fix


def test_the_53rd_week_of_a_year_is_the_next_week(make_frame):
    days = pd.date_range("2020-12-14", periods=4, freq="7D")  # the 51st to the 53rd, and the first
    frame = make_frame({"a|x": [1, 2, 3, 4]}).assign(ds=days)
    assert read_frame(frame).last == date(2021, 1, 4)


def test_a_series_that_starts_inside_the_holdout_drops_out_of_the_past(make_frame):
    history = read_frame(make_frame({"a|x": [1] * 10, "young|x": [4, 4]}))
    assert history.until(4).ids == ("a|x",)
    assert history.until(1).ids == ("a|x", "young|x")


@pytest.mark.parametrize(
    "units",
    [[0] * 30, [7], [5] * 30, [0] * 14 + [900] + [0] * 15],
    ids=["zeros", "one point", "constant", "a spike"],
)
def test_a_hostile_series_is_forecast_with_quantiles_that_rise(units, make_frame):
    made = forecast(make_frame({"a|x": [2, 0, 1] * 10, "hostile|x": units}), horizon=2)
    mean = np.array(made.mean_units(SkuId("hostile"), "x"))
    quantiles = np.array(made.quantile_units(SkuId("hostile"), "x"))
    assert np.isfinite(mean).all()
    assert (mean >= 0).all()
    assert (mean <= max(units)).all()
    assert (np.diff(quantiles, axis=1) >= 0).all()


@pytest.mark.parametrize("horizon", [0, -1, 53])
def test_a_horizon_that_cannot_be_meant_is_refused(horizon, make_frame):
    with pytest.raises(InvalidInput, match=f"horizon {horizon}") as caught:
        forecast(make_frame({"a|x": [1, 2, 3]}), horizon=horizon)
    assert caught.value.pointer == "/horizon"


def test_a_backtest_longer_than_the_history_is_refused(make_frame):
    with pytest.raises(InvalidInput, match="the longest series has 3"):
        backtest(make_frame({"a|x": [1, 2, 3]}), windows=1, horizon=8)


def test_of_many_bad_rows_twenty_are_named_and_the_rest_counted(make_frame):
    with pytest.raises(InvalidInput) as caught:
        read_frame(make_frame({"a|x": [-1] * 25}))
    assert caught.value.detail.startswith("column y, row 0: -1 is negative (25 rows: 0, 1, 2,")
    assert caught.value.detail.endswith("18, 19 and 5 more)")


def test_an_earlier_history_forgets_the_lasts_and_series_not_yet_seen(make_frame):
    history = read_frame(make_frame({"a|x": [1, 2, 3], "b|x": [4]})).until(1)
    assert history.ids == ("a|x",)
    assert history.units.tolist() == [1, 2]
    assert history.last == date(2011, 5, 16)


def test_series_ids_go_both_ways():
    assert sku_and_place(series_id(SkuId("85123A"), "zone-3")) == ("85123A", "zone-3")


def test_an_id_that_holds_the_separator_is_refused():
    with pytest.raises(InvalidInput, match="separates sku and place"):
        series_id(SkuId("a|b"), "x")


def _set(row: int, column: str, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        values = frame[column].tolist()
        values[row] = value
        return frame.assign(**{column: values})

    return change


def _two_negatives(frame: pd.DataFrame) -> pd.DataFrame:
    return _set(4, "y", -3)(_set(3, "y", -1)(frame))


def _mask(values: list[object]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: frame.assign(stocked_out=pd.array(values, dtype="boolean"))


MONDAY_MORNING, TUESDAY = pd.Timestamp("2011-05-09 10:00"), pd.Timestamp("2011-05-17")

# What is done to the frame; then pointer, detail (a pattern) and fix of the refusal.
BAD_FRAMES = {
    "a misspelled column": (
        lambda f: f.rename(columns={"ds": "dds"}),
        "/ds",
        "ds is missing",
        "Rename column dds",
    ),
    "a missing column": (lambda f: f.drop(columns="y"), "/y", "y is missing", "Add a column named y"),
    "an unknown column": (lambda f: f.assign(promotion=1), "/promotion", "promotion is not used", "Drop"),
    "a doubled column": (lambda f: pd.concat([f, f[["y"]]], axis=1), "/y", "comes twice", "Drop"),
    "no rows": (lambda f: f.iloc[:0], "/", "no rows", "at least one row"),
    "an id without place": (_set(1, "unique_id", "a"), "/1/unique_id", "row 1: 'a' is not", "sku|place"),
    "a missing id": (_set(2, "unique_id", None), "/2/unique_id", "row 2: nan", "sku|place"),
    "days as text": (lambda f: f.assign(ds=f["ds"].astype(str)), "/ds", "not a date", "to_datetime"),
    "a time zone": (lambda f: f.assign(ds=f["ds"].dt.tz_localize("UTC")), "/ds", "time zone", "to_datetime"),
    "a missing day": (_set(3, "ds", pd.NaT), "/3/ds", "row 3: NaT is missing", "Give the day"),
    "a time of day": (_set(0, "ds", MONDAY_MORNING), "/0/ds", "time of day", "day the week starts"),
    "another weekday": (_set(1, "ds", TUESDAY), "/1/ds", "not whole weeks", "one weekday"),
    "units as text": (
        lambda f: f.assign(y=f["y"].astype(str)),
        "/0/y",
        r"row 0: '1' is text, not a number \(5 rows: 0, 1, 2, 3, 4\)",
        "Convert y",
    ),
    "text among numbers": (_set(3, "y", "12"), "/3/y", "row 3: '12' is text, not a number$", "Convert y"),
    "units of another type": (_set(3, "y", Decimal("4")), "/y", "type object, not a number", "Convert y"),
    "units beyond belief": (_set(3, "y", 1e12), "/3/y", "is more than 1,000,000,000 units", "Correct"),
    "units as yes and no": (lambda f: f.assign(y=f["y"] > 1), "/y", "not a number", "Convert y"),
    "units not given": (_set(2, "y", np.nan), "/2/y", "row 2: nan is missing", "Write 0"),
    "endless units": (_set(2, "y", np.inf), "/2/y", "infinite", "Correct"),
    "negative units": (_two_negatives, "/3/y", r"row 3: -1 is negative \(2 rows: 3, 4\)", "returns"),
    "a mask of numbers": (
        lambda f: f.assign(stocked_out=0),
        "/stocked_out",
        "not true or false",
        "true where",
    ),
    "a mask with holes": (
        _mask([True, None, False, False, False]),
        "/stocked_out",
        "every row",
        "true where",
    ),
    "a week both stocked out and sold out": (
        lambda f: f.assign(stocked_out=f["y"] > 4, sold_out=f["y"] > 3),
        "/4/sold_out",
        "row 4: True and stocked_out too",
        "Keep sold_out",
    ),
    "only stock-outs": (
        lambda f: f.assign(stocked_out=True),
        "/0/stocked_out",
        "every week of every series is a stock-out",
        "Add a series",
    ),
    "a duplicate": (
        lambda f: pd.concat([f, f.iloc[[1]]]),
        "/5/ds",
        "two rows for .*, rows 1 and 5",
        "Add them up",
    ),
    "a gap": (lambda f: f.drop(index=1), "/1/ds", "no row between 2011-05-09 and 2011-05-23", "with y 0"),
    "an early end": (
        lambda f: f.drop(index=4),
        "/3/ds",
        "on 2011-05-16, others on 2011-05-23",
        "drop the series",
    ),
}


@pytest.mark.parametrize("name", BAD_FRAMES)
def test_a_bad_frame_is_refused_with_column_row_and_fix(name, make_frame):
    spoil, pointer, detail, fix = BAD_FRAMES[name]
    frame = spoil(make_frame({"a|x": [1, 2, 3], "b|x": [4, 5]}))
    with pytest.raises(InvalidInput, match=detail.replace("|", r"\|")) as caught:
        read_frame(frame)
    assert caught.value.pointer == pointer
    assert fix in caught.value.fix
