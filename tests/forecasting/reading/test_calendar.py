"""The calendar ahead: holidays of the library, and closed days learned from sales before a cutoff."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from api.demo.sources import load_sales
from forecasting.history import Grain
from forecasting.reading.calendar import (
    FARTHEST,
    add_calendar,
    calendar_frame,
    days_to_holiday,
    holiday_share,
    public_holidays,
    steps_between,
    with_calendar,
    years_of,
)
from forecasting.reading.frame import read_frame
from forecasting.reading.opening_days import learn_opening_days
from fulfillment.errors import InvalidInput

ENGLAND = public_holidays("GB", years=range(2009, 2013), subdivision="ENG")
WEEKS = steps_between(date(2009, 11, 30), date(2011, 5, 23), Grain.WEEK)
UNTIL = date(2011, 5, 30)


@pytest.fixture(scope="session")
def days_traded() -> frozenset[date]:
    """The days on which the retailer of the demo sold anything, from 1 December 2009 on."""
    sales = load_sales(until=UNTIL)
    return frozenset(np.unique(sales.placed_at.astype("datetime64[D]")).tolist())


def test_holidays_are_those_of_the_country_and_its_part():
    assert ENGLAND[date(2010, 4, 5)] == "Easter Monday"
    scotland = public_holidays("GB", years=range(2010, 2011), subdivision="SCT")
    assert date(2010, 4, 5) not in scotland
    assert {day.year for day in scotland} == {2010}


@pytest.mark.parametrize(
    ("country", "part", "said"),
    [("UKK", None, 'country "UKK"'), ("GB", "ENGL", '"ENGL" in GB; did you mean ENG?')],
)
def test_a_country_or_part_that_is_not_known_is_refused(country, part, said):
    with pytest.raises(InvalidInput) as caught:
        public_holidays(country, years=range(2010, 2011), subdivision=part)
    assert said in caught.value.detail


def test_shares_and_distances_are_of_each_step():
    weeks = [date(2010, 3, 29), date(2010, 4, 5), date(2010, 4, 12)]  # Good Friday is 2 April
    assert holiday_share(weeks, ENGLAND, grain=Grain.WEEK).tolist() == [1 / 7, 1 / 7, 0]
    assert days_to_holiday(weeks, ENGLAND).tolist() == [4, 0, 21]
    assert holiday_share([date(2010, 4, 2)], ENGLAND, grain=Grain.DAY).tolist() == [1]
    assert days_to_holiday([date(2011, 8, 30)], ENGLAND).tolist() == [FARTHEST]
    assert days_to_holiday([date(2014, 1, 1)], ENGLAND).tolist() == [FARTHEST]


def test_a_frame_takes_the_calendar_as_drivers_of_past_and_future(make_frame, days_traded):
    frame = make_frame({"a|x": [1, 2, 3], "b|x": [4, 5]})
    opening = learn_opening_days(days_traded, cutoff=UNTIL, holidays=ENGLAND)
    joined, future = with_calendar(frame, ENGLAND, horizon=2, opening=opening)
    drivers = [name for name in future.columns if name != "ds"]
    assert drivers == ["holiday_share", "days_to_holiday", "trading_days"]
    history = read_frame(joined, drivers=drivers, future=future, horizon=2)
    assert history.drivers is not None
    assert history.drivers.values[:5].tolist() == [  # noqa: PD011 - an array
        *([0, 21, 6], [0, 14, 6], [0, 7, 6]),  # weeks from 9, 16 and 23 May
        *([1 / 7, 0, 5], [0, FARTHEST, 6]),  # 30 May is a holiday; the next one is in August
    ]


# --- closed days ---------------------------------------------------------------------------------------
def test_trading_days_of_the_past_are_those_with_sales(days_traded):
    opening = learn_opening_days(days_traded, cutoff=UNTIL, holidays=ENGLAND)
    days = opening.trading_days(WEEKS, grain=Grain.WEEK).tolist()
    assert days[3:6] == [3, 0, 6]  # the fifth week, from 28 December 2009, had no sales at all
    assert days[55:58] == [4, 0, 5]  # nor had the 57th, a year later
    assert days[1:] == [sum(week + timedelta(k) in days_traded for k in range(7)) for week in WEEKS[1:]]


@pytest.mark.parametrize("cutoff", [date(2010, 9, 6), date(2010, 11, 29), date(2011, 4, 4)])
def test_trading_days_to_come_are_known_at_the_cutoff(cutoff, days_traded):
    """Saturdays, bank holidays, Easter Sunday and the days from Christmas to New Year."""
    past = [day for day in days_traded if day < cutoff]
    opening = learn_opening_days(past, cutoff=cutoff, holidays=ENGLAND)
    to_come = [cutoff + timedelta(days=k) for k in range((UNTIL - cutoff).days)]
    wrong = [day for day in to_come if opening.is_open(day) != (day in days_traded)]
    assert wrong == []
    assert opening == learn_opening_days(days_traded, cutoff=cutoff, holidays=ENGLAND)


def test_a_closing_that_was_never_seen_is_not_foreseen(days_traded):
    before_christmas = learn_opening_days(
        [day for day in days_traded if day >= date(2010, 1, 4)], cutoff=date(2010, 12, 6), holidays=ENGLAND
    )
    assert before_christmas.is_open(date(2010, 12, 30))
    assert not before_christmas.is_open(date(2010, 12, 27))  # a holiday never seen goes like the others
    assert not before_christmas.is_open(date(2010, 12, 25))


def test_who_opens_on_holidays_is_thought_to_open_on_the_next():
    always = [date(2010, 1, 1) + timedelta(days=k) for k in range(300)]
    opening = learn_opening_days(always, cutoff=date(2010, 10, 28), holidays=ENGLAND)
    assert opening.closed_weekdays == frozenset()
    assert opening.is_open(date(2010, 12, 25))
    assert opening.trading_days([date(2010, 12, 20)], grain=Grain.WEEK).tolist() == [7]


def test_a_leap_day_goes_by_the_last_of_february():
    closed = {date(2011, 2, day) for day in range(20, 29)}
    known = [date(2010, 6, 1) + timedelta(days=k) for k in range(400)]
    opening = learn_opening_days(set(known) - closed, cutoff=date(2011, 7, 6), holidays={})
    assert not opening.is_open(date(2012, 2, 29))
    assert opening.is_open(date(2012, 3, 1))


def test_of_few_weeks_no_weekday_is_said_to_be_closed():
    mondays = [date(2010, 1, 4) + timedelta(weeks=k) for k in range(3)]
    assert learn_opening_days(mondays, cutoff=date(2010, 1, 25), holidays={}).closed_weekdays == frozenset()
    assert learn_opening_days(
        [*mondays, date(2010, 1, 25)], cutoff=date(2010, 2, 1), holidays={}
    ).closed_weekdays == {1, 2, 3, 4, 5, 6}


def test_nothing_sold_before_the_cutoff_is_refused():
    with pytest.raises(InvalidInput, match="nothing sold before 2010-01-01"):
        learn_opening_days([date(2010, 1, 1)], cutoff=date(2010, 1, 1), holidays={})


def test_days_are_steps_of_the_calendar_too():
    frame = calendar_frame([date(2010, 4, 2), date(2010, 4, 3)], ENGLAND, grain=Grain.DAY)
    assert frame["holiday_share"].tolist() == [1, 0]
    assert frame["ds"].tolist() == [pd.Timestamp("2010-04-02"), pd.Timestamp("2010-04-03")]


def test_a_history_that_was_read_takes_the_same_calendar_as_its_frame_would(make_frame):
    frame = make_frame({"a|x": [1, 2, 3], "b|x": [4, 5]})
    joined, future = with_calendar(frame, ENGLAND, horizon=2)
    names = ["holiday_share", "days_to_holiday"]
    wanted = read_frame(joined, drivers=names, future=future, horizon=2).drivers
    made = add_calendar(read_frame(frame), ENGLAND, horizon=2).drivers
    assert wanted is not None
    assert made is not None
    assert (made.names, made.ahead) == (wanted.names, wanted.ahead)
    assert np.array_equal(made.values, wanted.values)


def test_the_calendar_stands_after_the_drivers_of_a_history_and_reaches_as_far(make_frame):
    frame = make_frame({"a|x": [1, 2, 3], "b|x": [4, 5]}).assign(price=[1.0, 2, 3, 4, 5])
    ahead = pd.DataFrame({"ds": pd.to_datetime(["2011-05-30"]), "price": 9.0})
    history = add_calendar(read_frame(frame, drivers=["price"], future=ahead, horizon=1), ENGLAND)
    assert history.drivers is not None
    assert history.drivers.names == ("price", "holiday_share", "days_to_holiday")
    price, share, _ = history.drivers.values.T  # noqa: PD011 - an array
    assert price.tolist() == [1, 2, 3, 9, 4, 5, 9]
    assert share[[3, 6]].tolist() == [1 / 7, 1 / 7]
    with pytest.raises(InvalidInput, match="there is a driver holiday_share already"):
        add_calendar(history, ENGLAND)


def test_the_years_of_holidays_reach_beyond_the_last_step_that_is_told(make_frame):
    history = read_frame(make_frame({"a|x": [1, 2, 3]}))
    assert years_of(history) == range(2011, 2012)
    assert years_of(history, horizon=25) == range(2011, 2013)  # to 20 November and FARTHEST days on
