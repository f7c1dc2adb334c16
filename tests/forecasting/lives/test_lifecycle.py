"""The end of a life: the law of silence against simulation and its formula, and last days of selling."""

from datetime import date

import numpy as np
import pytest
from scipy import special

from forecasting.history import AT_LEAST, MASKED, OBSERVED, Attributes, Grain, History
from forecasting.judging.synthetic import Life, Recipe, synthetic_demand
from forecasting.lives.lifecycle import Mortality, learn_mortality, share_on_sale, still_alive
from fulfillment.errors import InvalidInput

KNOWN = Mortality(sells=(1.2, 0.8), dies=(1.0, 60.0), series=100)


def _history(*series: list[float], state: list[int] | None = None, **attributes: tuple[str, ...]) -> History:
    lengths = [len(units) for units in series]
    units = np.array([unit for one in series for unit in one], dtype=np.float64)
    return History(
        ids=tuple(f"sku{i}|x" for i in range(len(series))),
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        units=units,
        state=np.array(state if state else [OBSERVED] * len(units), dtype=np.uint8),
        last=date(2024, 1, 1),
        attributes=Attributes(dict(attributes)),
    )


def _lives(*, series: int, steps: int, seed: int, law: Mortality) -> tuple[History, np.ndarray]:
    """Series that sell and die by the law, each from its first sale on, and which of them still live."""
    rng = np.random.default_rng(seed)
    sells, dies = rng.beta(*law.sells, series), rng.beta(*law.dies, series)
    death = rng.geometric(dies)
    step = np.arange(steps + 1)
    sold = (rng.random((series, steps + 1)) < sells[:, None]) & (step < death[:, None])
    sold[:, 0] = True
    return _history(*sold.astype(float).tolist()), death > steps


def test_the_probability_is_the_share_that_really_lives():
    history, lives = _lives(series=20_000, steps=60, seed=1, law=KNOWN)
    said = still_alive(history, KNOWN)
    for low, high in [(0.0, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.1)]:
        in_bin = (said >= low) & (said < high)
        assert in_bin.sum() > 100
        assert lives[in_bin].mean() == pytest.approx(said[in_bin].mean(), abs=0.04)


def test_the_law_is_learned_back_from_what_it_made():
    history, _ = _lives(series=2_000, steps=80, seed=2, law=KNOWN)
    learned = learn_mortality(history)
    assert learned.hazard == pytest.approx(KNOWN.hazard, rel=0.15)
    assert learned.sells == pytest.approx(KNOWN.sells, rel=0.15)
    assert learned.series == 2_000


def test_the_probability_is_that_of_the_published_formula():
    a, b, c, d = *KNOWN.sells, *KNOWN.dies
    x, t, n = 3, 7, 15  # four sales, the first in step 0, the last in step 7, of 16 steps
    sold = [1.0, 0, 1, 0, 0, 1, 0, 1] + [0.0] * 8
    living = special.beta(a + x, b + n - x) * special.beta(c, d + n)
    dead = sum(special.beta(a + x, b + t - x + i) * special.beta(c + 1, d + t + i) for i in range(n - t))
    assert still_alive(_history(sold), KNOWN)[0] == pytest.approx(living / (living + dead), rel=1e-12)


def test_the_longer_the_silence_and_the_denser_the_sales_before_the_likelier_the_death():
    dense, rare = [1.0] * 30, [1.0, 0.0, 0.0, 0.0, 0.0] * 6
    silences = [0, 2, 5, 10, 20]
    of_dense = still_alive(_history(*(dense + [0.0] * silence for silence in silences)), KNOWN)
    of_rare = still_alive(_history(*(rare + [0.0] * silence for silence in silences)), KNOWN)
    assert of_dense[0] == 1.0
    assert (np.diff(of_dense) < 0).all()
    assert (np.diff(of_rare) < 0).all()
    assert (of_dense[1:] < of_rare[1:]).all()
    assert of_dense[3] < 0.01 < 0.5 < of_rare[2]


def test_the_dead_are_found_and_the_living_that_sell_rarely_are_spared():
    recipe = Recipe(intermittent=1.0, died=0.2, ending=0.0)
    demand = synthetic_demand(series=400, steps=130, horizon=8, grain=Grain.WEEK, recipe=recipe, seed=3)
    history = demand.history
    alive = still_alive(history, learn_mortality(history))
    living = alive[demand.rows(Life.STANDING, Life.LAUNCHED, Life.NEW)]
    assert living.mean() > 0.95
    assert (living < 0.5).mean() < 0.02
    assert np.median(alive[demand.rows(Life.DIED)]) < 0.01
    assert (alive[demand.rows(Life.DIED)] < 0.5).mean() > 0.8


def test_silence_that_says_nothing_kills_nobody():
    units = [3.0] * 20 + [0.0] * 20
    says_nothing = [OBSERVED] * 20 + [MASKED] * 10 + [AT_LEAST] * 10
    assert still_alive(_history(units, state=says_nothing), KNOWN).tolist() == [1.0]
    assert still_alive(_history(units), KNOWN)[0] < 0.001
    a_bound_that_sold = [3.0] * 20 + [0.0] * 19 + [2.0]
    state = [OBSERVED] * 39 + [AT_LEAST]
    assert still_alive(_history(a_bound_that_sold, state=state), KNOWN).tolist() == [1.0]


@pytest.mark.parametrize("units", [[0.0], [0.0] * 50, [4.0], []])
def test_who_was_never_seen_selling_and_falling_silent_counts_as_living(units):
    history = _history(units, [1.0, 0.0, 1.0])
    assert still_alive(history, KNOWN)[0] == 1.0
    learned = learn_mortality(history)
    assert 0 < learned.hazard < 0.2


def test_a_chunk_gets_what_the_whole_gets():
    history = synthetic_demand(series=200, steps=104, horizon=8, grain=Grain.WEEK, seed=4).history
    mortality = learn_mortality(history)
    parts = [still_alive(chunk, mortality) for chunk in history.chunks(7)]
    assert np.concatenate(parts).tobytes() == still_alive(history, mortality).tobytes()


def test_mortality_is_text_and_back_and_learned_alike_twice():
    history, _ = _lives(series=300, steps=40, seed=5, law=KNOWN)
    learned = learn_mortality(history)
    assert Mortality.from_json(learned.to_json()) == learned == learn_mortality(history)


def test_after_the_last_day_nothing_is_on_sale_and_its_week_counts_by_days():
    days = ("", "2024-01-08", "2024-01-17", "2023-06-01", "2030-01-01")  # weeks to come start on the 8th
    history = _history(*([1.0] * 3 for _ in days), ends_on=days)
    share = share_on_sale(history, horizon=3)
    assert share == pytest.approx(np.array([[1, 1, 1], [1 / 7, 0, 0], [1, 3 / 7, 0], [0, 0, 0], [1, 1, 1]]))


def test_made_up_items_end_with_the_share_that_is_said():
    recipe = Recipe(ending=0.6, launched=0, new=0, died=0, season=0, trend=0)
    for grain in Grain:
        demand = synthetic_demand(series=80, steps=400, horizon=10, grain=grain, recipe=recipe, seed=6)
        sells = demand.mean > 0
        share = share_on_sale(demand.history, horizon=10)
        assert ((share > 0) == sells).all()
        assert 0 < sells[demand.rows(Life.ENDING)].mean() < 1


def test_a_last_day_that_is_no_day_is_refused():
    with pytest.raises(InvalidInput, match="is not a day") as refusal:
        share_on_sale(_history([1.0], [1.0], ends_on=("", "soon")), horizon=1)
    assert refusal.value.pointer == "/1/ends_on"
