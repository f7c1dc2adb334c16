"""How many series a second each compiled loop of forecasting does, beside the library it stands in for.

157 weeks a series, a horizon of 8, one thread, in seconds of processor time, which others on the machine do
not change: the best of five. In the tests 20 series are done; `make bench` does 2,000, and the libraries 100
of them.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from scipy import stats

from forecasting.history import FloatArray
from forecasting.kernels.negative_binomial import negative_binomial_quantiles
from forecasting.kernels.smoothing import robust_level, smooth, theta, trailing_mean, tsb, warm_up
from forecasting.quantiles.levels import LEVELS

SERIES, WEEKS, HORIZON = 2_000, 157, 8
BY_LIBRARIES = 100


def made_units(count: int) -> FloatArray:
    """Geometric weekly units, shape (count, weeks); series levels from 0.1 to 100."""
    rng = np.random.default_rng(11)
    level = 10 ** rng.uniform(-1, 2, size=(count, 1))
    return rng.negative_binomial(1.0, 1 / (1 + level), size=(count, WEEKS)).astype(np.float64)


def per_second(call: Callable[[], object], *, series: int, rounds: int = 5) -> float:
    seconds = []
    for _ in range(rounds):
        began = time.process_time()
        call()
        seconds.append(time.process_time() - began)
    return series / max(min(seconds), 1e-9)


def ours(units: FloatArray) -> dict[str, Callable[[], Any]]:
    count = len(units)
    series = units.ravel(), np.arange(count + 1) * WEEKS, np.zeros(units.size, dtype=np.uint8)
    mean = np.repeat(units.mean(axis=1)[:, None], HORIZON, axis=1)
    return {
        "smooth": lambda: smooth(*series),
        "tsb": lambda: tsb(*series, demand_smoothing=0.2, probability_smoothing=0.1),
        "theta": lambda: theta(*series, horizon=HORIZON),
        "trailing_mean, 13": lambda: trailing_mean(*series, window=13),
        "robust_level, 13": lambda: robust_level(*series, window=13),
        "quantiles": lambda: negative_binomial_quantiles(mean, np.ones_like(mean), np.array(LEVELS)),
    }


def theirs(units: FloatArray) -> dict[str, Callable[[], Any]]:
    from statsforecast.models import TSB, SimpleExponentialSmoothingOptimized, Theta

    models = {
        "smooth": SimpleExponentialSmoothingOptimized(),
        "tsb": TSB(alpha_d=0.2, alpha_p=0.1),
        "theta": Theta(season_length=1),
    }

    def run(name: str) -> Callable[[], object]:
        return lambda: [models[name].forecast(y=y, h=HORIZON, fitted=True) for y in units]

    mean = np.repeat(units.mean(axis=1)[:, None], HORIZON, axis=1)[:, :, None]
    return {
        **{name: run(name) for name in models},
        "quantiles": lambda: stats.nbinom.ppf(np.array(LEVELS), 1.0, 1.0 / (1.0 + mean)),
    }


@pytest.mark.benchmark(group="forecast kernels")
def test_each_loop_does_thousands_of_series_a_second(benchmark: BenchmarkFixture) -> None:
    warm_up()
    units = made_units(SERIES if benchmark.enabled else 20)
    few = units[: BY_LIBRARIES if benchmark.enabled else 2]
    calls, libraries = ours(units), theirs(few)

    def rates() -> dict[str, float]:
        return {name: per_second(call, series=len(units)) for name, call in calls.items()}

    made = benchmark.pedantic(rates, rounds=1, warmup_rounds=0)
    known = {name: per_second(call, series=len(few), rounds=2) for name, call in libraries.items()}
    assert np.array_equal(calls["quantiles"]()[: len(few)], libraries["quantiles"]())
    if benchmark.enabled:
        assert all(made[name] > known[name] for name in known)

    print(f"\n{'loop':<20}{'series/s':>12}{'library':>12}{'ratio':>8}")
    for name, rate in made.items():
        library = f"{known[name]:>12,.0f}{rate / known[name]:>8,.0f}" if name in known else ""
        print(f"{name:<20}{rate:>12,.0f}{library}")
