"""The season: found where many series share it, put at the right weeks, and not made up of anything else."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.history import ESTIMATED, MASKED, OBSERVED, FloatArray, Grain, History, IntArray
from forecasting.preparing.prepared import Prepared, learn_and_prepare
from forecasting.preparing.season import Season, learn_season, without_season
from tests.forecasting.histories import LAST, history_of

YEAR = 364
WEEKDAYS = np.array([1.0, 0.8, 0.8, 0.9, 1.3, 2.0, 0.2])  # Monday to Sunday


def wave(ordinals: IntArray) -> FloatArray:
    """A season that returns every 364 days, 0.6 to 1.4 with mean 1."""
    return 1.0 + 0.4 * np.sin(2 * np.pi * (ordinals % YEAR) / YEAR)


def shop(
    series: int,
    steps: int,
    *,
    grain: Grain = Grain.WEEK,
    last: date = LAST,
    seed: int = 1,
    weekdays: bool = False,
) -> History:
    """Poisson sales of levels 5 to 50 with the wave, and perhaps with weekdays."""
    rng = np.random.default_rng(1)
    days = last.toordinal() - grain.days * np.arange(steps)[::-1]
    season = wave(days) * (WEEKDAYS[(days + 6) % 7] if weekdays else 1.0)  # ordinal 1 was a Monday
    return history_of(
        *(rng.poisson(rng.uniform(5, 50) * season) for _ in range(series)), grain=grain, last=last
    )


def prepare(history: History) -> Prepared:
    return learn_and_prepare(history)[0]


def ahead(history: History, steps: int) -> FloatArray:
    return prepare(history).season_ahead(steps)


@pytest.mark.parametrize("weeks", [104, 117, 130, 156])
def test_a_yearly_season_is_found_and_falls_on_its_weeks(weeks):
    history = shop(60, weeks)
    true = wave(LAST.toordinal() + 7 * np.arange(1, 53))
    np.testing.assert_allclose(ahead(history, 52), true, atol=0.1)


def test_a_yearly_season_and_weekdays_are_found_in_days():
    history = shop(30, 2 * YEAR + 33, grain=Grain.DAY, weekdays=True)
    days = LAST.toordinal() + np.arange(1, YEAR + 1)
    true = wave(days) * WEEKDAYS[(days + 6) % 7]
    np.testing.assert_allclose(ahead(history, YEAR), true, rtol=0.15, atol=0.05)


def test_weekdays_are_found_in_less_than_a_year_of_days():
    history = shop(30, 100, grain=Grain.DAY, weekdays=True)
    season = learn_season(history)
    np.testing.assert_array_equal(season.weeks, np.ones(52))
    days = LAST.toordinal() + np.arange(1, 8)
    np.testing.assert_allclose(ahead(history, 7), WEEKDAYS[(days + 6) % 7], atol=0.05)


def test_weeks_of_a_year_that_was_not_seen_whole_count_too():
    """Nine weeks were seen twice, as all others and then at half of it: most of that is no season."""
    rng = np.random.default_rng(5)
    level = np.full(61, 20.0)
    level[52:] /= 2
    weeks = learn_season(history_of(*rng.poisson(level, (60, 61)))).weeks
    assert 0.8 < weeks[:9].mean() / weeks[9:18].mean() < 1


def test_one_year_is_enough_for_a_season_but_it_is_doubted_more_than_four():
    year = shop(60, 52).units.reshape(60, 52)
    once, often = (ahead(history_of(*np.tile(year, (1, years))), 52) for years in (1, 4))
    true = wave(LAST.toordinal() + 7 * np.arange(1, 53))
    assert np.corrcoef(once, true)[0, 1] > 0.95
    assert once.std() < often.std()


@pytest.mark.parametrize(("grain", "steps"), [(Grain.WEEK, 51), (Grain.WEEK, 1), (Grain.DAY, YEAR - 1)])
def test_less_than_a_year_has_no_season_of_weeks(grain, steps):
    np.testing.assert_array_equal(learn_season(shop(20, steps, grain=grain)).weeks, np.ones(52))


def test_less_than_a_week_of_days_has_no_season_at_all():
    np.testing.assert_array_equal(ahead(shop(20, 6, grain=Grain.DAY), 14), np.ones(14))


def test_a_bulk_order_does_not_make_a_season():
    rng = np.random.default_rng(2)
    units = rng.poisson(10, (20, 104)).astype(np.float64)
    usual = ahead(history_of(*units), 52)
    units[3, 104 - 52 + 9] += 10_000
    np.testing.assert_allclose(ahead(history_of(*units), 52), usual, atol=0.05)
    np.testing.assert_allclose(usual, 1.0, atol=0.15)


def test_a_peak_of_one_week_is_not_smoothed_away():
    rng = np.random.default_rng(3)
    level = np.full(104, 20.0)
    level[[20, 72]] *= 3
    found = ahead(history_of(*rng.poisson(level, (40, 104))), 52)
    assert int(found.argmax()) == 20
    assert found[20] == pytest.approx(3, abs=0.5)
    assert found[[18, 19, 21, 22]].max() < 1.2


def closed_in_week_40(series: int = 30, weeks: int = 130) -> History:
    rng = np.random.default_rng(4)
    units = rng.poisson(20, (series, weeks)).astype(np.float64)
    units[:, np.arange(-weeks, 0) % 52 == 40] = 0
    return history_of(*units)


def test_a_week_in_which_the_shop_is_closed_is_forecast_0_and_says_nothing():
    history = closed_in_week_40()
    prepared = prepare(history)
    is_closed = np.arange(52) == 40
    np.testing.assert_array_equal(prepared.season_ahead(52) == 0, is_closed)
    hidden = prepared.history.state.reshape(30, 130) == MASKED
    np.testing.assert_array_equal(hidden, np.tile(np.arange(-130, 0) % 52 == 40, (30, 1)))
    seen = prepared.history.units[prepared.history.state == OBSERVED]
    assert seen.mean() == pytest.approx(20, rel=0.05)


def test_a_day_of_the_week_on_which_the_shop_is_closed_is_forecast_0_and_says_nothing():
    rng = np.random.default_rng(5)
    units = rng.poisson(8, (20, 100)) * (np.arange(-100, 0) % 7 != 3)
    prepared = prepare(history_of(*units, grain=Grain.DAY))
    np.testing.assert_array_equal(prepared.season_ahead(28) == 0, np.arange(28) % 7 == 3)
    hidden = (prepared.history.state == MASKED).reshape(20, 100)
    np.testing.assert_array_equal(hidden, np.tile(np.arange(-100, 0) % 7 == 3, (20, 1)))


def test_young_series_among_old_ones_do_not_make_a_season():
    rng = np.random.default_rng(6)
    old = [rng.poisson(20, 110) for _ in range(30)]
    young = [rng.poisson(60, int(rng.integers(8, 20))) for _ in range(30)]
    np.testing.assert_allclose(ahead(history_of(*old, *young), 52), 1.0, atol=0.12)


def test_masked_steps_are_no_part_of_the_season():
    rng = np.random.default_rng(7)
    units = rng.poisson(20, (20, 104)).astype(np.float64)
    states = np.zeros((20, 104))
    usual = ahead(history_of(*units), 52)
    units[:, 60], states[:, 60] = 0, MASKED
    masked = history_of(*units, states=states)
    np.testing.assert_allclose(ahead(masked, 52), usual, atol=0.15)
    assert (prepare(masked).history.state == ESTIMATED).sum() == 20


@pytest.mark.parametrize(
    "last", [date(2011, 5, 23), date(2020, 12, 21), date(2020, 12, 28), date(2021, 1, 4)]
)
@pytest.mark.parametrize("grain", Grain)
def test_factors_return_after_364_days_whatever_the_calendar_calls_the_week(last, grain):
    steps = 2 * grain.steps_per_year
    season = learn_season(shop(10, steps, grain=grain, last=last, weekdays=True))
    for first in (last - timedelta(days=700), season.anchor, last, date(2026, 12, 28)):
        now = season.factors(first, 120, grain)
        for years in (-2, 1, 3):
            other = season.factors(first + timedelta(days=years * YEAR), 120, grain)
            np.testing.assert_array_equal(other, now)
    assert np.unique(now).size > 1


@pytest.mark.parametrize("grain", Grain)
def test_the_past_and_the_future_have_the_same_factors_at_the_same_day(grain):
    history = shop(10, 2 * grain.steps_per_year + 5, grain=grain, weekdays=True)
    season = learn_season(history)
    past = season.of_history(history).reshape(10, -1)
    first = LAST - timedelta(days=grain.days * (past.shape[1] - 1))
    np.testing.assert_array_equal(past, np.tile(season.factors(first, past.shape[1], grain), (10, 1)))
    # The steps to come are those of a year before once more.
    a_year_ago = past[0, -grain.steps_per_year :][:30]
    np.testing.assert_array_equal(prepare(history).season_ahead(30), a_year_ago)


def test_a_young_series_alone_has_the_factors_that_it_has_among_old_ones():
    rng = np.random.default_rng(8)
    history = history_of(rng.poisson(9, 120), rng.poisson(9, 17), rng.poisson(9, 64))
    season = learn_season(shop(20, 120))
    together = season.of_history(history)
    for row in range(3):
        alone = season.of_history(history.take(np.array([row])))
        np.testing.assert_array_equal(alone, together[history.starts[row] : history.starts[row + 1]])


def test_taking_the_season_out_leaves_the_level():
    history = shop(40, 156)
    level = without_season(history, learn_season(history)).units.reshape(40, 156).mean(axis=0)
    raw = history.units.reshape(40, 156).mean(axis=0)
    assert raw.std() / raw.mean() > 0.25
    assert level.std() / level.mean() < 0.06


@pytest.mark.parametrize("grain", Grain)
def test_where_nothing_ever_sold_every_step_is_a_usual_one(grain):
    steps = 2 * grain.steps_per_year
    prepared = prepare(history_of(np.zeros(steps), np.zeros(9), grain=grain))
    np.testing.assert_array_equal(prepared.season_ahead(60), np.ones(60))
    assert (prepared.history.state == OBSERVED).all()


def test_a_season_is_the_same_after_it_was_kept_as_a_document():
    season = learn_season(shop(5, 120))
    again = Season.from_document(season.to_document())
    assert again.anchor == season.anchor
    assert again.weeks.tobytes() == season.weeks.tobytes()
    assert again.weekdays.tobytes() == season.weekdays.tobytes()


@pytest.mark.parametrize("weeks", [65, 80, 104, 130])
def test_steady_growth_does_not_become_a_season(weeks):
    rng = np.random.default_rng(9)
    level = 10 + 10 * np.arange(weeks) / 52
    np.testing.assert_allclose(ahead(history_of(*rng.poisson(level, (40, weeks))), 52), 1.0, atol=0.15)


def test_a_season_is_found_under_growth():
    rng = np.random.default_rng(10)
    days = LAST.toordinal() - 7 * np.arange(120)[::-1]
    level = 20 * wave(days) * 1.5 ** (np.arange(120) / 52)
    true = wave(LAST.toordinal() + 7 * np.arange(1, 53))
    np.testing.assert_allclose(ahead(history_of(*rng.poisson(level, (60, 120))), 52), true, atol=0.12)


@pytest.mark.parametrize("series", [1, 2, 6])
def test_weeks_in_which_rare_items_did_not_sell_are_not_closed(series):
    rng = np.random.default_rng(11)
    units = rng.poisson(3, (series, 104)) * (rng.random((series, 104)) < 0.2)
    prepared = prepare(history_of(*units))
    assert (prepared.history.state == OBSERVED).all()
    np.testing.assert_allclose(prepared.season_ahead(52), 1.0, atol=0.8)


def test_days_on_which_a_rare_item_did_not_sell_are_not_closed():
    rng = np.random.default_rng(12)
    prepared = prepare(history_of(rng.poisson(0.2, 21), grain=Grain.DAY))
    assert (prepared.history.state == OBSERVED).all()
    np.testing.assert_allclose(prepared.season_ahead(7), 1.0, atol=0.5)


def test_a_brisk_item_alone_shows_that_the_shop_was_closed():
    rng = np.random.default_rng(13)
    units = rng.poisson(20, 104) * (np.arange(-104, 0) % 52 != 40)
    assert (prepare(history_of(units)).season_ahead(52) == 0).tolist() == (np.arange(52) == 40).tolist()


def test_the_season_of_a_few_series_is_drawn_to_none():
    few, many = (ahead(shop(series, 104), 52).std() for series in (1, 60))
    assert 0.05 < few < 0.75 * many


@given(
    st.lists(
        st.lists(st.sampled_from([0, 0, 0, 1, 2, 7, 1000]), min_size=1, max_size=130), min_size=1, max_size=4
    ),
    st.sampled_from(Grain),
    st.randoms(use_true_random=False),
)
def test_whatever_sold_factors_are_finite_and_not_negative(series, grain, random):
    states = [[random.choice([OBSERVED, OBSERVED, MASKED]) for _ in one] for one in series]
    history = history_of(*series, grain=grain, states=states)
    season = learn_season(history)
    for factors in (season.weeks, season.weekdays):
        assert np.isfinite(factors).all()
        assert (factors >= 0).all()
        assert factors.max() > 0
    assert np.isfinite(without_season(history, season).units).all()
