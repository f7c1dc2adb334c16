"""Young items that sell once in two to ten weeks, in made-up worlds whose rates are known."""

import numpy as np
import pytest

from forecasting.chunk import work_out
from forecasting.learning.training import train
from forecasting.models import candidates
from forecasting.models.global_trees import GlobalTrees
from tests.forecasting.lives.worlds import MIXED, SLOW, STANDING, young_items


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "TREES", GlobalTrees(trees=3))
    monkeypatch.setattr("forecasting.learning.training.ORIGINS", 2)


def _said_over_true(rates: tuple[float, float], *, by_sale: bool, seed: int) -> tuple[float, float]:
    """Forecast over true rate, and mean absolute error over it, of the slow items up to eight weeks old."""
    history, level = young_items(rates, by_sale=by_sale, seed=seed)
    said = work_out(history, train(history, horizon=2, seed=1), horizon=2).mean[:, 1]
    slow = (np.arange(len(level)) >= STANDING) & (level <= SLOW[1])
    error = np.abs(said - level)[slow].sum()
    return float(said[slow].sum() / level[slow].sum()), float(error / level[slow].sum())


@pytest.mark.parametrize("by_sale", [False, True])
def test_slow_items_among_their_like_are_not_taken_for_busier_than_they_are(by_sale):
    ratio, error = _said_over_true(SLOW, by_sale=by_sale, seed=21)
    assert 0.85 < ratio < 1.3
    assert error < 0.5


@pytest.mark.parametrize("by_sale", [False, True])
def test_slow_items_among_busy_ones_are_soon_known_to_be_slow(by_sale):
    ratio, _ = _said_over_true(MIXED, by_sale=by_sale, seed=22)
    assert ratio < 3.0
