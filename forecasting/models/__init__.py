"""Point forecasts: three models, their mean, and the reference they must beat. No quantiles here.

The three answer different questions of weekly gift sales, and each is cheap enough to run everywhere:
TSB (does it still sell at all: rare and dying lines), simple exponential smoothing with a fitted
parameter (at what level), Theta (is the level drifting: lines that fade after Christmas). Their equal
mean is the forecast. None knows the season: most lines have less than two years of history, too few
to fit one per series.

Each model is called series by series through statsforecast's model interface, not through its frame
interface: there one failing series fails all, and NaN passes without a word. One thread, always; run
chunks of series in processes to use more cores.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from forecasting.history import FloatArray, History

SEASON_WEEKS = 52
MEAN = "mean"
REFERENCE = "seasonal_naive"
TSB_DEMAND_SMOOTHING = 0.2
TSB_PROBABILITY_SMOOTHING = 0.1


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A model that gave no usable forecast for a series, and why."""

    unique_id: str
    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class ModelRun:
    """One model on every series.

    `mean` is units per week, shape (series, horizon), NaN where the model was left out. `fitted` is
    what it said of each week of the history one week before (shape (weeks,), NaN where it said
    nothing). `is_level` says that it forecasts every step about alike, so that `fitted` also stands
    for what it said of later weeks.
    """

    name: str
    mean: FloatArray
    fitted: FloatArray
    is_level: bool
    left_out: tuple[LeftOut, ...] = ()


class Model(Protocol):
    """The part of a statsforecast model that is used here."""

    def forecast(self, y: FloatArray, h: int, *, fitted: bool) -> dict[str, Any]: ...


def run_models(history: History, *, horizon: int) -> tuple[ModelRun, ...]:
    """Run the three models. Loads statsforecast (seconds, once per process)."""
    return tuple(run_model(name, make(), history, horizon=horizon) for name, make in _members().items())


def run_model(name: str, model: Model, history: History, *, horizon: int) -> ModelRun:
    """Run one model on every series; weeks of stock-outs are left out of what it sees."""
    means = np.full((len(history), horizon), np.nan)
    fitted = np.full(len(history.units), np.nan)
    left_out = []
    for i, unique_id in enumerate(history.ids):
        start, end = history.starts[i], history.starts[i + 1]
        observed = history.observed[start:end]
        try:
            answer = model.forecast(y=history.units[start:end][observed], h=horizon, fitted=True)
        except Exception as error:  # third-party models raise anything on short or odd series
            left_out.append(LeftOut(unique_id, name, f"{type(error).__name__}: {error}"))
            continue
        mean = np.asarray(answer["mean"], dtype=np.float64)
        if not np.isfinite(mean).all():
            left_out.append(LeftOut(unique_id, name, "forecast is not a number"))
            continue
        means[i] = np.maximum(mean, 0.0)
        fitted[start:end][observed] = np.maximum(answer["fitted"], 0.0)
    return ModelRun(name, means, fitted, True, tuple(left_out))


def mean_of(runs: tuple[ModelRun, ...], reference: ModelRun) -> ModelRun:
    """The equal mean of the models that answered, series by series; the reference where none did."""
    mean = _mean_of_known([run.mean for run in runs])
    mean = np.where(np.isnan(mean), reference.mean, mean)
    fitted = _mean_of_known([run.fitted for run in runs])
    return ModelRun(MEAN, mean, fitted, True, tuple(gone for run in runs for gone in run.left_out))


def seasonal_naive(history: History, *, horizon: int) -> ModelRun:
    """The reference: the same week a year (52 weeks) before; where that week is unknown, the last one.

    "Unknown" is before the first week or a stock-out; "the last one" is the last observed week (naive).
    Own code, because the fall-back and the stock-outs have to be decided week by week.
    """
    means = np.empty((len(history), horizon))
    fitted = np.full(len(history.units), np.nan)
    for i in range(len(history)):
        start, end = history.starts[i], history.starts[i + 1]
        known = np.where(history.observed[start:end], history.units[start:end], np.nan)
        said = _repeat_the_season(np.concatenate([known, np.full(horizon, np.nan)]))
        fitted[start:end], means[i] = said[: len(known)], said[len(known) :]
    return ModelRun(REFERENCE, means, fitted, False)


def _repeat_the_season(known: FloatArray) -> FloatArray:
    """What seasonal naive says of each week from the weeks before it that are known (not NaN)."""
    weeks = np.arange(len(known))
    newest = np.maximum.accumulate(np.where(np.isnan(known), -1, weeks))
    before = np.concatenate([[-1], newest[:-1]])
    naive = np.where(before >= 0, known[before], np.nan)
    year_ago = np.concatenate([np.full(SEASON_WEEKS, np.nan), known])[: len(known)]
    return np.where(np.isnan(year_ago), naive, year_ago)


def _mean_of_known(arrays: list[FloatArray]) -> FloatArray:
    """The mean over the arrays that are not NaN, NaN where all are."""
    stack = np.stack(arrays)
    known = ~np.isnan(stack)
    count = known.sum(axis=0)
    total = np.where(known, stack, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _members() -> dict[str, Callable[[], Model]]:
    # Here and not at the top: this import takes seconds, and the service must start without it.
    from statsforecast.models import TSB, SimpleExponentialSmoothingOptimized, Theta

    return {
        "tsb": lambda: TSB(alpha_d=TSB_DEMAND_SMOOTHING, alpha_p=TSB_PROBABILITY_SMOOTHING),
        "exponential_smoothing": SimpleExponentialSmoothingOptimized,
        "theta": lambda: Theta(season_length=1),
    }
