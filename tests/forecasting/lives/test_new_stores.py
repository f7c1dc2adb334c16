"""New stores and announced listings through the whole forecast, in a made-up world whose rates are known."""

from dataclasses import replace

import numpy as np
import pytest

from forecasting.chunk import forecast_chunk
from forecasting.explaining.explain import explain
from forecasting.history import History
from forecasting.learning.trained import Trained
from forecasting.learning.training import train
from forecasting.models import candidates
from forecasting.models.global_trees import GlobalTrees
from tests.forecasting.lives.worlds import ANNOUNCED, OPENED, at_store, new_stores

HORIZON = 4


@pytest.fixture(scope="module")
def world() -> tuple[History, np.ndarray]:
    return new_stores(seed=4)


@pytest.fixture(scope="module")
def trained(world: tuple[History, np.ndarray]) -> Trained:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "TREES", GlobalTrees(trees=5))
        patch.setattr("forecasting.learning.training.ORIGINS", 4)
        return train(world[0], horizon=HORIZON, seed=1)


def _error(history: History, rates: np.ndarray, trained: Trained, place: str) -> float:
    rows = at_store(history, place)
    mean = forecast_chunk(history.take(rows), trained, horizon=HORIZON).mean
    return float(np.abs(mean - rates[rows, None]).sum() / rates[rows].sum() / HORIZON)


def _without_places(trained: Trained) -> Trained:
    """What was learned, but no sku is known at other places: all new series go by analogues."""
    return replace(trained, lives=replace(trained.lives, places=replace(trained.lives.places, sku_levels={})))


@pytest.mark.parametrize(("place", "most"), [(OPENED, 0.3), (ANNOUNCED, 0.3)])
def test_a_new_store_is_forecast_far_closer_by_what_its_skus_sell_elsewhere(world, trained, place, most):
    history, rates = world
    error = _error(history, rates, trained, place)
    assert error < most
    assert error < 0.75 * _error(history, rates, _without_places(trained), place)


def test_a_chunk_with_new_stores_gives_the_bytes_of_the_whole_after_it_was_kept_as_text(world, trained):
    history, _ = world
    whole = forecast_chunk(history, trained, horizon=HORIZON)
    assert np.isfinite(whole.mean).all()
    assert np.isfinite(whole.dispersion).all()
    again = Trained.from_json(trained.to_json())
    assert again.lives.places == trained.lives.places
    for size in (1, 17):
        parts = [forecast_chunk(chunk, again, horizon=HORIZON) for chunk in history.chunks(size)]
        for name in ("mean", "dispersion", "quantiles"):
            joined = np.concatenate([getattr(part, name) for part in parts])
            assert joined.tobytes() == getattr(whole, name).tobytes()


def test_what_was_never_on_sale_is_forecast_the_wider_the_less_is_known_of_its_place(world, trained):
    history, _ = world
    doubted = replace(trained.lives.places, unseen_doubt=5.0)
    unsure = replace(trained, lives=replace(trained.lives, places=doubted))
    for place, is_wider in ((ANNOUNCED, True), (OPENED, False)):
        new = history.take(at_store(history, place))
        said, wide = (forecast_chunk(new, of, horizon=HORIZON).dispersion for of in (trained, unsure))
        assert (wide > said).all() == is_wider
        assert (wide == said).all() != is_wider


def test_the_explanation_of_a_new_store_tells_the_sku_and_the_place(world, trained):
    history, _ = world
    opened = explain(history.take(at_store(history, OPENED)[:1]), trained, horizon=HORIZON)[0]
    announced = explain(history.take(at_store(history, ANNOUNCED)[:1]), trained, horizon=HORIZON)[0]
    for one, has_sold, told in ((opened, True, "as it has sold"), (announced, False, "by what the place is")):
        known = one.launch.elsewhere
        assert known.has_sold is has_sold
        assert one.launch.expected == pytest.approx((known.sku_level * known.place_factor,) * HORIZON)
        assert told in one.summary()
    assert 0.0 < opened.launch.own_weight < 1.0
    assert announced.launch.own_weight == 0.0
    assert announced.summary().startswith("Announced, not on sale yet")
    assert "stock-outs" not in announced.summary()
