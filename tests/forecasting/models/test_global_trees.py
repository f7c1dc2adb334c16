"""The global model: it learns what series share, and says of a chunk what it says of the whole."""

import json
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import lightgbm
import numpy as np
import pytest

from forecasting.history import AT_LEAST, MASKED, Attributes, Drivers, Grain, History
from forecasting.models import global_trees
from forecasting.models.global_trees import GlobalTrees, driver_effects
from forecasting.models.tree_features import (
    columns_of,
    forecaster,
    future_frame,
    known_rows,
    matrix,
    past_frame,
    scale_of,
)
from fulfillment.errors import InvalidInput
from tests.forecasting.histories import LAST, random_history

if TYPE_CHECKING:
    from forecasting.models.protocol import Model

HORIZON = 8
TREES = GlobalTrees(trees=30)


@pytest.fixture(scope="module")
def driven() -> History:
    return random_history(series=60, steps=90, seed=5, drivers=True, attributes=True)


@pytest.fixture(scope="module")
def learned(driven: History) -> str:
    return TREES.learn(driven, horizon=HORIZON, seed=1)


def flat(*series: list[float], **more: object) -> History:
    """Short series given as they are."""
    lengths = [len(units) for units in series]
    history = History(
        ids=tuple(f"{i:03}|x" for i in range(len(series))),
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        units=np.concatenate([np.array(units, dtype=np.float64) for units in series]),
        state=np.zeros(sum(lengths), dtype=np.uint8),
        last=LAST,
    )
    return replace(history, **more)  # type: ignore[arg-type]


def test_every_series_gets_a_finite_mean_that_is_not_negative(driven: History, learned: str) -> None:
    model: Model = TREES
    run = model.run(driven, learned, horizon=HORIZON)
    assert run.name == model.name == "global_trees"
    assert run.mean.shape == (60, HORIZON)
    assert np.isfinite(run.mean).all()
    assert (run.mean >= 0).all()
    assert run.left_out == ()


@pytest.mark.parametrize(("grain", "size"), [(Grain.WEEK, 1), (Grain.WEEK, 7), (Grain.DAY, 7)])
def test_chunks_say_what_the_whole_says_to_the_byte(grain: Grain, size: int) -> None:
    history = random_history(series=23, steps=120, seed=3, grain=grain, drivers=True, attributes=True)
    state = history.state.copy()
    state[np.random.default_rng(0).random(len(state)) < 0.1] = MASKED
    history = replace(history, state=state)
    text = TREES.learn(history, horizon=HORIZON, seed=1)
    whole = TREES.run(history, text, horizon=HORIZON)
    parts = [TREES.run(chunk, text, horizon=HORIZON) for chunk in history.chunks(size)]
    assert np.concatenate([part.mean for part in parts]).tobytes() == whole.mean.tobytes()
    assert tuple(gone for part in parts for gone in part.left_out) == whole.left_out


def test_equal_input_learns_equal_text(driven: History, learned: str) -> None:
    assert TREES.learn(driven, horizon=HORIZON, seed=1) == learned


def test_text_forecasts_as_the_model_that_was_fitted(driven: History, learned: str) -> None:
    """The same trees as `learn` grows, used from memory and on whole series, not on their tails."""
    columns = columns_of(driven)
    steps = forecaster(columns)
    frame = steps.preprocess(
        past_frame(driven, columns, *known_rows(driven)), static_features=list(columns.fixed), dropna=False
    )
    scale = scale_of(frame, columns)
    rows = np.isfinite(scale)
    weight = np.sqrt(scale[rows])
    fitted = lightgbm.train(
        {**global_trees.PARAMETERS, "seed": 1},
        lightgbm.Dataset(
            matrix(frame, columns, scale)[rows],
            np.minimum(frame["y"].to_numpy()[rows] / scale[rows], 8.0),
            weight=weight / weight.mean(),
            categorical_feature=[columns.seen.index("text:category")],
        ),
        30,
    )

    class InMemory:
        def predict(self, frame):
            scale = scale_of(frame, columns)
            return fitted.predict(matrix(frame, columns, scale)) * scale

    steps.models_ = {"fitted": InMemory()}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Found null values")
        said = steps.predict(HORIZON, X_df=future_frame(driven, columns, np.arange(60), HORIZON))
    run = TREES.run(driven, learned, horizon=HORIZON)
    assert run.mean.ravel() == pytest.approx(said["fitted"].to_numpy(), rel=1e-9)


def test_it_beats_the_last_week_on_weeks_it_has_not_seen() -> None:
    history = random_history(series=150, steps=120, seed=11)
    past = history.until(HORIZON)
    rows = [history.ids.index(unique_id) for unique_id in past.ids]
    came = np.stack([history.units[history.starts[row + 1] - HORIZON :][:HORIZON] for row in rows])
    said = TREES.run(past, TREES.learn(past, horizon=HORIZON, seed=1), horizon=HORIZON).mean
    last = past.units[past.starts[1:] - 1][:, None]
    assert np.abs(said - came).sum() < 0.85 * np.abs(last - came).sum()


def test_a_shorter_horizon_is_the_beginning_of_a_longer_one(driven: History, learned: str) -> None:
    short, long = (TREES.run(driven, learned, horizon=horizon).mean for horizon in (3, HORIZON))
    assert short.tobytes() == long[:, :3].tobytes()


def test_what_was_counted_in_masked_weeks_changes_nothing(driven: History) -> None:
    state = driven.state.copy()
    state[np.random.default_rng(2).random(len(state)) < 0.2] = MASKED
    texts, means = [], []
    for counted in (0.0, 5000.0):
        history = replace(driven, state=state, units=np.where(state == MASKED, counted, driven.units))
        texts.append(TREES.learn(history, horizon=HORIZON, seed=1))
        means.append(TREES.run(history, texts[-1], horizon=HORIZON).mean)
    assert texts[0] == texts[1]
    assert means[0].tobytes() == means[1].tobytes()


def test_a_shelf_empty_for_weeks_does_not_lower_the_forecast() -> None:
    rng = np.random.default_rng(4)
    units = rng.poisson(20.0, (40, 80)).astype(np.float64)
    for i in range(1, 20):  # lines that are no longer sold: weeks of zeros mean more of them
        units[i, 3 * i :] = 0.0
    units[0, -6:] = 0.0
    history = flat(*units.tolist())
    state = history.state.copy()
    state[74:80] = MASKED
    masked = replace(history, state=state)
    text = TREES.learn(masked, horizon=HORIZON, seed=1)
    as_sold, as_masked = (TREES.run(of, text, horizon=HORIZON).mean[0, 0] for of in (history, masked))
    assert as_masked == pytest.approx(20.0, rel=0.2)
    assert as_sold < 0.2 * as_masked


def test_a_bound_teaches_less_than_what_was_seen(driven: History, learned: str) -> None:
    bounds = replace(driven, state=np.full_like(driven.state, AT_LEAST))
    mixed = bounds.state.copy()
    mixed[::2] = 0
    assert TREES.learn(bounds, horizon=HORIZON, seed=1) == learned  # half of every weight is all alike
    assert TREES.learn(replace(driven, state=mixed), horizon=HORIZON, seed=1) != learned


def test_a_series_that_is_masked_throughout_is_left_out_and_named(driven: History, learned: str) -> None:
    state = driven.state.copy()
    state[driven.starts[3] : driven.starts[4]] = MASKED
    run = TREES.run(replace(driven, state=state), learned, horizon=HORIZON)
    assert [(gone.unique_id, gone.reason) for gone in run.left_out] == [
        (driven.ids[3], "every step is masked")
    ]
    assert np.isnan(run.mean[3]).all()
    assert np.isfinite(np.delete(run.mean, 3, axis=0)).all()


def test_with_nothing_to_learn_from_every_series_is_left_out() -> None:
    history = flat([3.0], [4.0])
    text = TREES.learn(history, horizon=2, seed=1)
    assert text == ""
    run = TREES.run(history, text, horizon=2)
    assert [gone.reason for gone in run.left_out] == ["there was nothing to learn from"] * 2
    assert np.isnan(run.mean).all()


@pytest.mark.parametrize("units", [[3.0], [0.0], [0.0] * 60, [0.0] * 59 + [1e5], [1e6] * 70, [3.0, 1.0]])
def test_odd_series_get_a_finite_mean(units: list[float]) -> None:
    text = TREES.learn(random_history(series=30, steps=70, seed=1), horizon=HORIZON, seed=1)
    run = TREES.run(flat(units), text, horizon=HORIZON)
    assert np.isfinite(run.mean).all()
    assert (run.mean >= 0).all()


def test_the_size_of_a_series_does_not_matter_but_for_its_rarity() -> None:
    rng = np.random.default_rng(8)
    units = rng.poisson(200.0, (40, 80)).astype(np.float64)
    text = TREES.learn(flat(*units.tolist()), horizon=HORIZON, seed=1)
    run = TREES.run(flat(units[0].tolist(), (10 * units[0]).tolist()), text, horizon=HORIZON)
    assert run.mean[1] == pytest.approx(10 * run.mean[0], rel=0.03)


def test_a_promotion_to_come_raises_its_week_and_the_effect_says_so(driven: History, learned: str) -> None:
    assert driven.drivers is not None
    values = driven.drivers.values.copy()
    first_ahead = driven.starts[1:] + np.arange(60) * HORIZON
    for step in range(HORIZON):
        values[first_ahead + step, 0] = 1.0 if step == 4 else 0.0
    history = replace(driven, drivers=replace(driven.drivers, values=values))
    mean = TREES.run(history, learned, horizon=HORIZON).mean
    assert mean[:, 4].sum() > 1.5 * mean[:, 3].sum()
    effects = driver_effects(history, learned, horizon=HORIZON)
    assert list(effects) == ["promotion", "noise"]
    promotion, noise = effects["promotion"], effects["noise"]
    assert promotion.shape == (60, HORIZON)
    assert (promotion[:, 4] > 0).all()
    assert promotion[:, 4].sum() > 0.3 * mean[:, 4].sum()
    assert (promotion[:, 3] < 0).all()
    assert np.abs(noise).sum() < 0.2 * np.abs(promotion).sum()


def test_without_drivers_there_are_no_effects() -> None:
    history = random_history(series=10, steps=60, seed=1)
    text = TREES.learn(history, horizon=2, seed=1)
    assert driver_effects(history, text, horizon=2) == {}


def test_effects_of_a_series_left_out_are_not_numbers(driven: History, learned: str) -> None:
    state = driven.state.copy()
    state[: driven.starts[1]] = MASKED
    effects = driver_effects(replace(driven, state=state), learned, horizon=2)
    assert np.isnan(effects["promotion"][0]).all()
    assert np.isfinite(effects["promotion"][1:]).all()
    assert np.isnan(driver_effects(driven, "", horizon=2)["promotion"]).all()


def test_a_text_never_seen_is_unknown_and_no_error(driven: History, learned: str) -> None:
    def with_category(category: str) -> bytes:
        attributes = replace(driven.attributes, texts={"category": (category,) * 60})
        return TREES.run(replace(driven, attributes=attributes), learned, horizon=2).mean.tobytes()

    assert with_category("never seen") == with_category("")


def test_a_category_that_decides_is_learned() -> None:
    rng = np.random.default_rng(6)
    rises = np.arange(80) % 2 == 0
    units = rng.poisson(30.0, (80, 60)).astype(np.float64)
    for week in range(1, 60):  # what sells today says nothing of the direction; the category does
        units[:, week] = rng.poisson(units[:, week - 1] * np.where(rises, 1.05, 1 / 1.05) + 0.5)
    start = rng.poisson(30.0, (80, 1)).astype(np.float64)
    texts = {"category": tuple("up" if up else "down" for up in rises)}
    history = flat(*units.tolist(), attributes=Attributes(texts))
    text = TREES.learn(history, horizon=1, seed=1)
    fresh = flat(*np.repeat(start, 2, axis=1).tolist(), attributes=Attributes(texts))
    said = TREES.run(fresh, text, horizon=1).mean[:, 0] / start[:, 0]
    assert said[rises].mean() > 1.02 * said[~rises].mean()


@pytest.mark.parametrize(
    "other",
    [{"drivers": None}, {"attributes": Attributes()}, {"grain": Grain.DAY}],
)
def test_a_history_of_another_kind_is_refused(
    driven: History, learned: str, other: dict[str, object]
) -> None:
    with pytest.raises(InvalidInput, match="another grain, other drivers or other attributes"):
        TREES.run(replace(driven, **other), learned, horizon=2)  # type: ignore[arg-type]


def test_drivers_that_end_before_the_horizon_are_refused(driven: History, learned: str) -> None:
    with pytest.raises(InvalidInput, match="known 8 steps ahead, 9 are to be forecast"):
        TREES.run(driven, learned, horizon=9)
    with pytest.raises(InvalidInput, match="known 8 steps ahead, 9"):
        TREES.learn(driven, horizon=9, seed=1)


def test_a_driver_unknown_at_a_step_is_no_error(driven: History, learned: str) -> None:
    values = np.full_like(driven.drivers.values, np.nan) if driven.drivers else np.empty(0)
    history = replace(driven, drivers=Drivers(("promotion", "noise"), values, HORIZON))
    assert np.isfinite(TREES.run(history, learned, horizon=HORIZON).mean).all()


@pytest.mark.parametrize("limit", [{"MOST_SERIES": 20}, {"MOST_ENTRIES": 1500}])
def test_of_very_many_series_a_part_drawn_by_the_seed_is_learned_from(
    monkeypatch: pytest.MonkeyPatch, driven: History, learned: str, limit: dict[str, int]
) -> None:
    for name, value in limit.items():
        monkeypatch.setattr(global_trees, name, value)
    first, again, other = (TREES.learn(driven, horizon=HORIZON, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert len({first, other, learned}) == 3
    assert np.isfinite(TREES.run(driven, first, horizon=HORIZON).mean).all()


def test_what_was_learned_is_text_with_its_columns(learned: str) -> None:
    document = json.loads(learned)
    assert document["format"] == 1
    assert document["texts"] == {"category": ["a", "b", "c"]}
    assert document["drivers"] == ["promotion", "noise"]
    assert document["trees"].startswith("tree\n")


def test_days_know_the_day_of_the_week() -> None:
    rng = np.random.default_rng(9)
    weekend = np.array([(6 - back) % 7 >= 5 for back in range(119, -1, -1)])  # the last day is a Sunday
    units = rng.poisson(np.where(weekend, 30.0, 6.0), (40, 120)).astype(np.float64)
    sunday = replace(flat(*units.tolist()), grain=Grain.DAY, last=LAST.replace(day=22))
    said = TREES.run(sunday, TREES.learn(sunday, horizon=14, seed=1), horizon=14).mean.mean(axis=0)
    assert said[[5, 6, 12, 13]].min() > 2 * said[[0, 1, 2, 3, 4, 7, 8, 9, 10, 11]].max()
