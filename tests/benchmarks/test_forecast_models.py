"""Series a second of each model of the forecast on one thread: 2,000 series of 157 weeks, 8 weeks ahead."""

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from forecasting.history import History
from forecasting.models.global_trees import GlobalTrees
from forecasting.models.statistical import STATISTICAL
from tests.forecasting.histories import random_history

SERIES, WEEKS, HORIZON = 2_000, 157, 8
LEAST_SERIES_PER_SECOND = 2_500  # of the trees: the forecast as a whole is to make 1,000
DEAR = {"auto_ets": 200, "theta": 500}  # fewer series, so that a round ends in time


@pytest.fixture(scope="module")
def history(request: pytest.FixtureRequest) -> History:
    """As many series as are timed; few where nothing is."""
    timed = request.config.getoption("--benchmark-enable")
    return random_history(series=SERIES if timed else 20, steps=WEEKS, seed=7)


def test_learning_the_global_trees(benchmark: BenchmarkFixture, history: History) -> None:
    text = benchmark.pedantic(lambda: GlobalTrees().learn(history, horizon=HORIZON, seed=1), rounds=2)
    benchmark.extra_info["characters"] = len(text)
    assert text


def test_running_the_global_trees(benchmark: BenchmarkFixture, history: History) -> None:
    learned = GlobalTrees().learn(history, horizon=HORIZON, seed=1)
    run = benchmark.pedantic(
        lambda: GlobalTrees().run(history, learned, horizon=HORIZON), rounds=5, warmup_rounds=1
    )
    assert run.left_out == ()
    if benchmark.enabled:
        speed = len(history) / benchmark.stats.stats.median
        print(f"\nglobal_trees: {speed:,.0f} series/s")
        assert speed >= LEAST_SERIES_PER_SECOND


@pytest.mark.parametrize("name", STATISTICAL)
def test_running_a_statistical_model(benchmark: BenchmarkFixture, history: History, name: str) -> None:
    part = history.chunks(DEAR.get(name, SERIES))[0]
    run = benchmark.pedantic(
        lambda: STATISTICAL[name].run(part, "", horizon=HORIZON), rounds=2, warmup_rounds=1
    )
    assert len(run.mean) == len(part)
    if benchmark.enabled:
        print(f"\n{name}: {len(part) / benchmark.stats.stats.median:,.0f} series/s")
