"""The backtest: numbers by hand, no peeking, and what it says of the seeded world."""

import pytest

from forecasting.judging.backtest import backtest
from fulfillment.errors import InvalidInput

REFERENCE = "seasonal_naive"


def test_the_forecast_beats_seasonal_naive(gift_backtest):
    score = gift_backtest.of()
    assert score.skill > 0.1
    assert score.quantile_loss < gift_backtest.of(REFERENCE).quantile_loss


def test_seasonal_naive_has_no_skill_against_itself(gift_backtest):
    assert gift_backtest.of(REFERENCE).skill == 0


def test_levels_lie_between_the_shares_below_and_at_or_below(gift_backtest):
    score = gift_backtest.of()
    for level, below, at_or_below in zip(gift_backtest.levels, score.below, score.at_or_below, strict=True):
        assert below - 0.05 <= level <= at_or_below + 0.05


def test_classes_add_up_to_all(gift_backtest):
    for model in {score.model for score in gift_backtest.scores}:
        parts = [s for s in gift_backtest.scores if s.model == model and s.demand_class != "all"]
        assert sum(part.weeks for part in parts) == gift_backtest.of(model).weeks


def test_the_table_has_a_row_per_score_with_every_level(gift_backtest):
    table = gift_backtest.table()
    assert len(table) == len(gift_backtest.scores)
    assert table[0]["model"] == REFERENCE
    assert {"skill", "wape", "bias", "below_0.05", "at_or_below_0.975"} <= table[0].keys()


def test_a_perfect_season_gives_seasonal_naive_no_error(make_frame):
    year = list(range(52))
    result = backtest(make_frame({"a|x": year * 3}), windows=2, horizon=4)
    score = result.of(REFERENCE)
    assert score.wape == pytest.approx(0, abs=1e-12)
    assert score.bias == pytest.approx(0, abs=1e-12)
    assert score.weeks == 8


def test_the_future_does_not_leak_into_earlier_windows(make_frame):
    calm, storm = [5.0] * 30, [5.0] * 26 + [500.0] * 4
    of_calm = backtest(make_frame({"a|x": calm}), windows=1, horizon=4).of()
    of_storm = backtest(make_frame({"a|x": storm}), windows=1, horizon=4).of()
    assert of_calm.wape == pytest.approx(0, abs=0.01)
    assert of_storm.bias == pytest.approx((5 - 500) / 500, abs=0.001)


def test_weeks_of_stock_outs_are_not_judged(make_frame):
    frame = make_frame({"a|x": [5.0] * 29 + [0.0]}, stocked_out=[False] * 29 + [True])
    score = backtest(frame, windows=1, horizon=4).of()
    assert score.weeks == 3
    assert score.wape == pytest.approx(0, abs=0.01)


def test_a_window_before_the_first_observed_week_is_passed_over(make_frame):
    frame = make_frame({"a|x": [0.0] * 14 + [5.0] * 6}, stocked_out=[True] * 14 + [False] * 6)
    assert backtest(frame, windows=2, horizon=4).of().weeks == 4


def test_where_nothing_sold_ratios_are_none(make_frame):
    score = backtest(make_frame({"a|x": [0.0] * 20}), windows=1, horizon=4).of()
    assert score.wape is None
    assert score.bias is None


@pytest.mark.parametrize(("windows", "horizon"), [(0, 4), (5, 4), (3, 7)])
def test_windows_that_do_not_fit_the_history_are_refused(make_frame, windows, horizon):
    with pytest.raises(InvalidInput, match="the longest series has 20"):
        backtest(make_frame({"a|x": [1.0] * 20}), windows=windows, horizon=horizon)
