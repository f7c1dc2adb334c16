"""Days end to end: learned and forecast by day, with the pattern of the week and of the closed day in it."""

import numpy as np
import pytest

from forecasting.chunk import forecast_chunk
from forecasting.demand import QuantileForecast
from forecasting.history import FloatArray, Grain, History
from forecasting.learning.trained import Trained
from forecasting.learning.training import train
from forecasting.models import candidates
from forecasting.models.global_trees import GlobalTrees
from fulfillment.errors import InvalidInput
from tests.forecasting.histories import LAST, history_of

HORIZON = 28
WEEKDAYS = np.array([1.0, 0.8, 0.8, 0.9, 1.3, 2.2, 0.0])  # Monday to Sunday, mean 1


def pattern(days: int, *, before: bool) -> FloatArray:
    """The share of each of the last `days` days up to `LAST`, or of the first after it."""
    since = np.arange(-days + 1, 1) if before else np.arange(1, days + 1)
    return WEEKDAYS[(LAST.weekday() + since) % 7]


@pytest.fixture(scope="module")
def bakery() -> History:
    """150 days of 24 items, from one a day to eighty, closed on Sundays; two of them young."""
    rng = np.random.default_rng(1)
    levels = np.geomspace(1, 80, 24)
    lengths = [150 if i not in (8, 16) else 75 for i in range(24)]
    return history_of(
        *(
            rng.negative_binomial(8, 8 / (8 + level * pattern(length, before=True)))
            for level, length in zip(levels, lengths, strict=True)
        ),
        grain=Grain.DAY,
    )


@pytest.fixture(scope="module")
def trained(bakery) -> Trained:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "TREES", GlobalTrees(trees=20))
        patch.setattr("forecasting.learning.training.ORIGINS", 6)
        return train(bakery, horizon=HORIZON, seed=1)


@pytest.fixture(scope="module")
def said(bakery, trained) -> QuantileForecast:
    return forecast_chunk(bakery, trained, horizon=HORIZON)


def test_the_forecast_has_the_pattern_of_the_week(said):
    total = said.mean.sum(axis=0)
    np.testing.assert_allclose(total / total.mean(), pattern(HORIZON, before=False), atol=0.15)


def test_every_item_is_forecast_at_its_level(said):
    levels = np.geomspace(1, 80, 24)
    np.testing.assert_allclose(said.mean.mean(axis=1) / levels, 1.0, atol=0.35)
    assert said.mean.mean() == pytest.approx(levels.mean(), rel=0.1)


def test_nothing_is_planned_for_the_day_on_which_the_shop_is_closed(said):
    closed = pattern(HORIZON, before=False) == 0
    assert closed.sum() == 4
    assert not said.mean[:, closed].any()
    assert not said.quantiles[:, closed].any()
    assert (said.quantiles[:, ~closed, -1] > 0).all()


def test_levels_hold_about_as_often_as_they_say(said):
    """Drawn anew from the same truth: days that sell, all items."""
    is_open = pattern(HORIZON, before=False) > 0
    mean = np.geomspace(1, 80, 24)[:, None] * pattern(HORIZON, before=False)[None, is_open]
    came = np.random.default_rng(2).negative_binomial(8, 8 / (8 + mean), (40, *mean.shape))
    for at, level in enumerate(said.levels):
        quantile = said.quantiles[:, is_open, at]
        assert (came < quantile).mean() - 0.06 <= level <= (came <= quantile).mean() + 0.06


def test_days_follow_one_another_after_the_last_one(said):
    assert (said.periods[0] - LAST).days == 1
    assert (said.periods[-1] - LAST).days == HORIZON


def test_a_shorter_horizon_says_the_same_of_its_days(bakery, trained, said):
    week = forecast_chunk(bakery, trained, horizon=7)
    np.testing.assert_allclose(week.mean, said.mean[:, :7])
    np.testing.assert_array_equal(week.quantiles, said.quantiles[:, :7])


def test_a_horizon_of_days_is_at_most_a_year(bakery):
    with pytest.raises(InvalidInput, match="1 to 364 days"):
        train(bakery, horizon=365, seed=1)


def test_weeks_cannot_be_forecast_with_what_days_taught(trained):
    with pytest.raises(InvalidInput, match="by week, what was learned by day"):
        forecast_chunk(history_of([1.0, 2.0]), trained, horizon=4)
