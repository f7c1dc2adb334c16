"""Made-up demand: it follows the law it states, and its lives, drivers and attributes mean something."""

from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from forecasting.history import Grain
from forecasting.judging.synthetic import Life, Recipe, SyntheticDemand, synthetic_demand
from fulfillment.errors import InvalidInput

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@pytest.fixture(scope="module")
def days() -> SyntheticDemand:
    return synthetic_demand(seed=1)


@pytest.fixture(scope="module")
def weeks() -> SyntheticDemand:
    return synthetic_demand(series=400, steps=156, horizon=8, grain=Grain.WEEK, seed=2)


def test_the_same_seed_gives_the_same_bytes_and_another_one_other_demand(days):
    again, other = synthetic_demand(seed=1), synthetic_demand(seed=2)
    assert again.history.units.tobytes() == days.history.units.tobytes()
    assert again.mean.tobytes() == days.mean.tobytes()
    assert again.history.attributes.texts == days.history.attributes.texts
    assert other.mean.tobytes() != days.mean.tobytes()


@pytest.mark.parametrize("grain", list(Grain))
def test_the_history_holds_together(grain):
    demand = synthetic_demand(series=60, steps=400, horizon=5, grain=grain, seed=3)
    history = demand.history
    assert history.starts[-1] == len(history.units) == len(history.state)
    assert history.drivers.values.shape == (len(history.units) + 60 * 5, 1)
    assert set(history.drivers.values[:, 0].tolist()) == {0.0, 1.0}
    assert list(history.ids) == sorted(history.ids)
    assert history.lengths.min() >= 1
    assert history.last.weekday() == (6 if grain is Grain.DAY else 0)
    assert demand.mean.shape == demand.future.shape == (60, 5)


def test_what_is_drawn_has_the_mean_and_the_variance_of_the_law():
    demand = synthetic_demand(series=4000, steps=52, horizon=8, grain=Grain.WEEK, seed=4)
    mean, empty = demand.mean, demand.empty
    variance = (1 - empty) * (mean + (demand.dispersion + empty) * mean**2)
    z = (demand.future - demand.expected)[mean > 0] / np.sqrt(variance[mean > 0])
    assert abs(z.mean()) < 0.02
    assert z.var() == pytest.approx(1.0, abs=0.06)


def test_the_true_quantiles_hold_their_level_and_those_of_a_wrong_law_do_not(days):
    true = days.true_quantiles(LEVELS)
    below, at_or_below = days.true_below(true)
    assert (below <= LEVELS).all()
    assert (at_or_below >= LEVELS).all()
    doubled, _ = days.true_below(2 * true, days.rows(Life.STANDING))
    assert doubled[3] > 0.85


def test_the_true_shares_are_those_that_many_draws_come_to():
    demand = synthetic_demand(series=3000, steps=52, horizon=8, grain=Grain.WEEK, seed=5)
    quantiles = np.round(demand.expected[:, :, None] * np.array([0.5, 1.0, 2.0]))
    below, at_or_below = demand.true_below(quantiles)
    assert below == pytest.approx((demand.future[:, :, None] < quantiles).mean(axis=(0, 1)), abs=0.01)
    assert at_or_below == pytest.approx((demand.future[:, :, None] <= quantiles).mean(axis=(0, 1)), abs=0.01)


def test_a_probability_is_that_of_a_step_that_may_be_empty():
    demand = synthetic_demand(series=40, steps=52, horizon=2, grain=Grain.WEEK, seed=6)
    row = int(np.argmax(demand.empty[:, 0] * (demand.mean[:, 0] > 0)))
    empty, size = demand.empty[row, 0], 1 / demand.dispersion[row, 0]
    law = stats.nbinom(size, size / (size + demand.mean[row, 0]))
    said = demand.probability_at_most(np.full((40, 2, 2), [0.0, -1.0]))[row, 0]
    assert empty > 0.3
    assert said.tolist() == pytest.approx([empty + (1 - empty) * law.pmf(0), 0.0])


def test_a_promotion_multiplies_sales_by_its_lift():
    nothing_else = {"intermittent": 0, "season": 0, "trend": 0, "shifted": 0}
    recipe = Recipe(lift=3.0, launched=0, new=0, ending=0, died=0, **nothing_else)
    demand = synthetic_demand(series=300, steps=200, grain=Grain.WEEK, horizon=4, recipe=recipe, seed=7)
    history = demand.history
    promoted = history.drivers.values[:, 0].reshape(300, 204)[:, :200].ravel() > 0
    who = history.series_of_entry
    usual = np.bincount(who[~promoted], history.units[~promoted]) / np.bincount(who[~promoted])
    assert 0.02 < promoted.mean() < 0.06
    assert history.units[promoted].sum() / usual[who][promoted].sum() == pytest.approx(3.0, rel=0.05)


def test_lives_begin_and_end_as_they_are_named(weeks):
    history = weeks.history
    lengths, sold_lately = (
        history.lengths,
        np.array([history.units[end - 4 : end].sum() for end in history.starts[1:]]),
    )
    assert (lengths[weeks.rows(Life.NEW)] <= 8).all()
    assert (lengths[weeks.rows(Life.LAUNCHED)] > 16).all()
    assert (lengths[weeks.rows(Life.STANDING)] == 156).all()
    assert sold_lately[weeks.rows(Life.DIED)].sum() == 0
    assert weeks.mean[weeks.rows(Life.DIED)].sum() == 0
    assert weeks.mean[weeks.rows(Life.STANDING, Life.LAUNCHED, Life.NEW)].min() > 0


def test_an_item_sells_until_its_last_day_and_no_longer():
    recipe = Recipe(ending=0.5, launched=0, new=0, died=0)
    demand = synthetic_demand(series=200, steps=60, horizon=8, grain=Grain.WEEK, recipe=recipe, seed=8)
    periods = demand.history.periods(8)
    ends_on = demand.history.attributes.texts["ends_on"]
    assert sum(day != "" for day in ends_on) == 100
    for row in demand.rows(Life.ENDING).tolist():
        last_day = date.fromisoformat(ends_on[row])
        sells = [monday <= last_day for monday in periods]
        assert (demand.mean[row] > 0).tolist() == sells
    over_midweek = [
        row
        for row in demand.rows(Life.ENDING).tolist()
        for monday in periods[1:]
        if monday <= date.fromisoformat(ends_on[row]) < monday + timedelta(days=6)
    ]
    assert over_midweek


def test_an_announced_item_has_attributes_and_a_future_but_no_history():
    recipe = Recipe(announced=0.1)
    demand = synthetic_demand(series=100, steps=60, horizon=8, grain=Grain.WEEK, recipe=recipe, seed=9)
    rows = demand.rows(Life.ANNOUNCED)
    assert len(rows) == 10
    assert (demand.history.lengths[rows] == 0).all()
    assert (demand.expected[rows] > 0).all()
    assert all(demand.history.attributes.texts["category"][row] for row in rows)


def test_category_and_price_tell_most_of_the_level(weeks):
    rows = weeks.rows(Life.STANDING)
    level = np.log(weeks.expected[rows].mean(axis=1))
    category = np.array(weeks.history.attributes.texts["category"])[rows]
    price = np.log(weeks.history.attributes.numbers["price"][rows])
    columns = [category == name for name in sorted(set(category))] + [price]
    design = np.stack(columns, axis=1).astype(np.float64)
    told = design @ np.linalg.lstsq(design, level, rcond=None)[0]
    assert np.var(told) / np.var(level) > 0.6


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"series": 0}, "/steps"),
        ({"steps": 51}, "/steps"),
        ({"horizon": 0}, "/steps"),
        ({"recipe": Recipe(launched=0.6, died=0.6)}, "/recipe"),
    ],
)
def test_what_cannot_be_drawn_is_refused(wrong, pointer):
    with pytest.raises(InvalidInput) as refusal:
        synthetic_demand(**({"seed": 1, "grain": Grain.WEEK, "steps": 60} | wrong))
    assert refusal.value.pointer == pointer
