"""Cold start: launch curves are learned, attributes tell, own sales take over; a chunk is as the whole."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecasting.history import MASKED, OBSERVED, Attributes, Grain, History
from forecasting.judging.synthetic import Life, Recipe, SyntheticDemand, synthetic_demand
from forecasting.kernels.negative_binomial import negative_binomial_quantiles
from forecasting.lives.analogues import cold_start, is_new
from forecasting.lives.launches import OVERALL, RAMP_WEEKS, Launches, launch_steps, learn_launches

WEEKS = 130
LEVELS = (0.5, 0.75, 0.9, 0.95, 0.99)


def _laid_out(series: dict[str, list[float]], **attributes: object) -> History:
    lengths = [len(units) for units in series.values()]
    units = np.array([unit for one in series.values() for unit in one], dtype=np.float64)
    texts = {name: of for name, of in attributes.items() if isinstance(of, tuple)}
    numbers = {
        name: np.array(of, dtype=np.float64) for name, of in attributes.items() if isinstance(of, list)
    }
    return History(
        ids=tuple(series),
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        units=units,
        state=np.full(len(units), OBSERVED, dtype=np.uint8),
        last=date(2024, 1, 1),
        attributes=Attributes(texts, numbers),
    )


@pytest.fixture(scope="module")
def shop() -> SyntheticDemand:
    recipe = Recipe(announced=0.15, new=0.15, launched=0.4)
    return synthetic_demand(series=800, steps=WEEKS, horizon=8, grain=Grain.WEEK, recipe=recipe, seed=1)


@pytest.fixture(scope="module")
def launches(shop: SyntheticDemand) -> Launches:
    return learn_launches(shop.history)


def _error(said: np.ndarray, true: np.ndarray) -> float:
    return float(np.abs(said - true).sum() / true.sum())


@pytest.mark.parametrize("life", [Life.ANNOUNCED, Life.NEW])
def test_analogues_come_clearly_closer_than_the_mean_of_the_category(life):
    of_analogues, of_category = [], []
    for seed in range(1, 5):
        recipe = Recipe(announced=0.15, new=0.15, launched=0.4)
        shop = synthetic_demand(
            series=800, steps=WEEKS, horizon=8, grain=Grain.WEEK, recipe=recipe, seed=seed
        )
        launches, rows = learn_launches(shop.history), shop.rows(life)
        said = cold_start(shop.history.take(rows), launches, horizon=8)
        categories = np.array(shop.history.attributes.texts["category"])[rows]
        of_known = np.array(launches.attributes.texts["category"])
        means = np.array([launches.levels[of_known == category].mean() for category in categories])
        of_analogues.append(_error(said.mean, shop.expected[rows]))
        of_category.append(_error(np.tile(means[:, None], 8), shop.expected[rows]))
    assert np.mean(of_analogues) < 0.8 * np.mean(of_category)


def test_own_sales_and_analogues_together_beat_either_alone(shop, launches):
    rows = shop.rows(Life.NEW)
    past, true = shop.history.take(rows), shop.expected[rows]
    said = cold_start(past, launches, horizon=8)
    own = np.add.reduceat(past.units, past.starts[:-1]) / past.lengths
    assert _error(said.mean, true) < 0.9 * _error(np.tile(own[:, None], 8), true)
    assert _error(said.mean, true) < 0.9 * _error(said.prior_mean, true)


def test_the_quantiles_of_new_items_hold_their_levels(shop, launches):
    rows = shop.rows(Life.ANNOUNCED, Life.NEW)
    said = cold_start(shop.history.take(rows), launches, horizon=8)
    spread = np.zeros((len(shop.lives), 8, len(LEVELS)))
    spread[rows] = negative_binomial_quantiles(
        said.mean, np.tile(said.dispersion[:, None], 8), np.array(LEVELS)
    )
    below, at_or_below = shop.true_below(spread, rows)
    assert (below[2:] < np.array(LEVELS)[2:] + 0.03).all()
    assert (at_or_below[2:] > np.array(LEVELS)[2:] - 0.03).all()


def test_a_launch_curve_is_learned_through_a_season():
    season = 1.0 + 0.5 * np.sin(np.arange(120) / 6)
    ramp = np.concatenate([np.full(6, 0.4), np.ones(114)])
    old = {f"a{i:02}|x": (100 * season).tolist() for i in range(20)}
    young = {f"b{i:02}|x": (100 * season[30 + i :] * ramp[: 90 - i]).tolist() for i in range(40)}
    late = {f"c{i}|x": (100 * season[90 + i :]).tolist() for i in range(4)}
    launches = learn_launches(
        _laid_out(old | young | late, category=("lamps",) * 20 + ("toys",) * 40 + ("cards",) * 4)
    )
    assert launches.curves["toys"][:4] == pytest.approx(0.4, abs=0.1)
    assert launches.curves["toys"][8:] == pytest.approx(1.0, abs=0.03)
    assert launches.curves["toys"][0] < launches.curves[OVERALL][0] < launches.curves["cards"][0]
    assert "lamps" not in launches.curves


def test_a_curve_of_few_items_stays_near_one_and_without_any_it_is_one():
    old = {f"a{i:02}|x": [10.0] * 100 for i in range(12)}
    assert learn_launches(_laid_out(old)).curves[OVERALL].tolist() == [1.0] * RAMP_WEEKS
    one = learn_launches(_laid_out(old | {"b|x": [30.0] * 13 + [10.0] * 30}))
    assert one.curves[OVERALL] == pytest.approx((3.0 + 16.0) / 17.0)


def test_a_launch_is_the_first_sale_or_a_late_start_and_unknown_before_the_guard():
    series = {
        "a|x": [1.0] * 60,
        "b|x": [0.0] * 20 + [5.0] + [0.0] * 39,
        "c|x": [0.0, 0.0, 3.0],
        "d|x": [],
        "e|x": [0.0] * 60,
        "f|x": [2.0] * 54,
    }
    history = _laid_out(series)
    launches = learn_launches(history)
    assert launch_steps(history, launches.first).tolist() == [-1, 20, 0, 0, -1, -1]
    assert is_new(history, launches).tolist() == [False, False, True, True, False, False]


def test_the_nearest_are_named_and_an_item_is_not_its_own_analogue():
    series = {f"s{i:02}|x": [float(10 * (i + 1))] * 60 for i in range(30)}
    prices = [float(2**i) for i in range(30)]
    launches = learn_launches(_laid_out(series, price=prices))
    new = _laid_out({"s05|x": [], "zz|x": []}, price=[prices[5], prices[29]])
    said = cold_start(new, launches, horizon=2)
    assert set(said.priors[0].sources[:2]) == {"s04|x", "s06|x"}
    assert "s05|x" not in said.priors[0].sources
    assert said.priors[1].sources == tuple(f"s{i:02}|x" for i in range(29, 19, -1))
    assert said.priors[0].count == 10
    assert 30 < said.mean[0, 0] < 80 < 250 < said.mean[1, 0] <= 300


def test_without_attributes_a_new_item_is_expected_to_be_as_all_are():
    launches = learn_launches(_laid_out({f"s{i:02}|x": [float(i + 1)] * 60 for i in range(30)}))
    said = cold_start(_laid_out({"new|x": []}), launches, horizon=3)
    assert said.mean.tolist() == [pytest.approx([15.5] * 3)]
    assert (said.priors[0].sources, said.priors[0].count) == ((), 30)


def test_places_are_told_apart_where_there_are_several():
    series = {
        f"s{i:02}|{place}": [units] * 60
        for i in range(20)
        for place, units in (("big", 50.0), ("small", 5.0))
    }
    launches = learn_launches(_laid_out(series))
    said = cold_start(_laid_out({"new|big": [], "new|small": []}), launches, horizon=1)
    assert said.mean[:, 0].tolist() == pytest.approx([50.0, 5.0])


def test_where_nothing_was_ever_learned_own_sales_speak():
    launches = learn_launches(_laid_out({"a|x": [1.0, 2.0]}))
    assert launches.ids == ()
    said = cold_start(_laid_out({"b|x": [4.0, 6.0], "c|x": []}), launches, horizon=2)
    assert said.mean.tolist() == [[5.0, 5.0], [0.0, 0.0]]
    assert np.isfinite(said.dispersion).all()


def test_an_item_whose_steps_are_all_masked_is_about_to_be_launched(launches, shop):
    rows = shop.rows(Life.NEW)[:5]
    past = shop.history.take(rows)
    masked = replace(past, units=np.zeros(len(past.units)), state=np.full(len(past.units), MASKED, np.uint8))
    none = replace(past, units=np.zeros(0), state=np.zeros(0, np.uint8), starts=np.zeros(6, np.int64))
    said, never = cold_start(masked, launches, horizon=8), cold_start(none, launches, horizon=8)
    assert is_new(masked, launches).all()
    assert said.own_weight.tolist() == [0.0] * 5
    assert said.mean.tobytes() == never.mean.tobytes() == never.prior_mean.tobytes()


def test_a_launch_waits_for_the_first_step_that_is_not_masked(launches, shop):
    past = shop.history.take(shop.rows(Life.NEW)[:5])
    first = past.starts[:-1]
    state = past.state.copy()
    state[first] = MASKED
    assert (launch_steps(past, launches.first) == 0).all()
    assert (launch_steps(replace(past, state=state), launches.first) == 1).all()


def test_models_are_drawn_toward_the_prior_as_far_as_own_sales_are_few(shop, launches):
    rows = shop.rows(Life.NEW, Life.ANNOUNCED)
    said = cold_start(shop.history.take(rows), launches, horizon=8)
    model = np.full((len(rows), 8), 1000.0)
    model[0] = np.nan
    eased = said.eased(model)
    assert eased[0].tolist() == said.prior_mean[0].tolist()
    share = (eased - said.prior_mean)[1:] / (1000.0 - said.prior_mean[1:])
    assert share == pytest.approx(np.tile(said.own_weight[1:, None], 8))
    assert 0 == said.own_weight.min() < said.own_weight.max() < 1


def test_a_chunk_and_what_was_text_get_what_the_whole_gets(shop, launches):
    past = shop.history.take(shop.rows(Life.NEW, Life.ANNOUNCED))
    again = Launches.from_json(launches.to_json())
    assert again.to_json() == launches.to_json() == learn_launches(shop.history).to_json()
    whole = cold_start(past, launches, horizon=8)
    parts = [cold_start(chunk, again, horizon=8) for chunk in past.chunks(7)]
    assert np.concatenate([part.mean for part in parts]).tobytes() == whole.mean.tobytes()
    assert np.concatenate([part.dispersion for part in parts]).tobytes() == whole.dispersion.tobytes()
    assert tuple(prior for part in parts for prior in part.priors) == whole.priors


def test_a_last_day_does_not_make_items_alike():
    series = {f"s{i:02}|x": [float(i + 1)] * 60 for i in range(30)}
    launches = learn_launches(_laid_out(series, ends_on=("2024-02-01",) * 10 + ("",) * 20))
    said = cold_start(_laid_out({"new|x": []}, ends_on=("2024-02-01",)), launches, horizon=1)
    assert said.priors[0].count == 30


def test_days_are_as_weeks(shop):
    recipe = Recipe(announced=0.2, launched=0.4)
    daily = synthetic_demand(series=300, steps=400, horizon=28, recipe=recipe, seed=4)
    rows = daily.rows(Life.ANNOUNCED)
    said = cold_start(daily.history.take(rows), learn_launches(daily.history), horizon=28)
    flat = daily.expected[daily.rows(Life.STANDING)].mean()
    assert _error(said.mean, daily.expected[rows]) < 0.75 * _error(
        np.full((len(rows), 28), flat), daily.expected[rows]
    )
