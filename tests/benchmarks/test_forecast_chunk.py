"""Series a second of the whole forecast on one core: points and nine quantiles, what was learned given.

157 weeks, 8 ahead. Speed is in process time, so that other work on the machine does not count.
"""

from dataclasses import replace
from time import process_time

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from forecasting import buckets
from forecasting.chunk import forecast_chunk
from forecasting.classes import CLASSES
from forecasting.history import History
from forecasting.learning.rehearsal import records_of
from forecasting.learning.selection import select
from forecasting.learning.trained import Trained
from forecasting.learning.training import origins_back, train
from forecasting.models import candidates
from forecasting.models.blends import Blend
from forecasting.quantiles.levels import LEVELS
from tests.forecasting.histories import random_history

WEEKS, HORIZON = 157, 8
TAUGHT = 400  # series that are learned from where only forecasting is timed
LEAST_SERIES_PER_SECOND = 1_000
BLENDS = {"levels": candidates.MEAN_OF_LEVELS, "levels_and_trees": candidates.blends()[1]}


def history_of(request: pytest.FixtureRequest, series: int) -> History:
    """As many series as are timed; few where nothing is."""
    timed = request.config.getoption("--benchmark-enable")
    return random_history(series=series if timed else 30, steps=WEEKS, seed=7)


@pytest.fixture(scope="module")
def trained(request: pytest.FixtureRequest) -> Trained:
    return train(history_of(request, TAUGHT), horizon=HORIZON, seed=1)


def believing(trained: Trained, blend: Blend, history: History) -> Trained:
    """The same, but for one blend in all classes and buckets, whatever was chosen."""
    models = candidates.models()
    learned = {name: models[name].learn(history, horizon=HORIZON, seed=1) for name in blend.models}
    return replace(trained, blends=((blend,) * buckets.COUNT,) * len(CLASSES), learned=learned)


@pytest.mark.parametrize("series", [2_000, 10_000])
@pytest.mark.parametrize("blend", list(BLENDS))
def test_forecasting_a_chunk(
    benchmark: BenchmarkFixture, request: pytest.FixtureRequest, trained: Trained, blend: str, series: int
) -> None:
    history = history_of(request, series)
    ready = believing(trained, BLENDS[blend], history_of(request, TAUGHT))
    forecast_chunk(history.chunks(10)[0], ready, horizon=HORIZON)  # compiles and imports
    taken: list[float] = []

    def forecast() -> np.ndarray:
        began = process_time()
        quantiles = forecast_chunk(history, ready, horizon=HORIZON).quantiles
        taken.append(process_time() - began)
        return quantiles

    quantiles = benchmark.pedantic(forecast, rounds=3)
    assert quantiles.shape == (len(history), HORIZON, len(LEVELS))
    if benchmark.enabled:
        speed = len(history) / sorted(taken)[len(taken) // 2]
        print(f"\n{blend}, {series:,} series: {speed:,.0f} series/s of one core")
        assert speed >= LEAST_SERIES_PER_SECOND


def test_training(benchmark: BenchmarkFixture, request: pytest.FixtureRequest) -> None:
    history = history_of(request, 2_000)
    learned = benchmark.pedantic(lambda: train(history, horizon=HORIZON, seed=1), rounds=1)
    assert learned.horizon == HORIZON


def test_selecting_among_rehearsed_blends(
    benchmark: BenchmarkFixture, request: pytest.FixtureRequest
) -> None:
    history = history_of(request, 2_000)
    models = tuple(candidates.models().values())
    records = records_of(history, models, backs=origins_back(history), horizon=HORIZON, seed=1)
    cells = benchmark.pedantic(lambda: select(records, candidates.blends(), grain=history.grain), rounds=2)
    assert len(cells) == len(CLASSES)
