"""What others would forecast: mean forecasts of five known methods, run plainly. Judged against, never used.

The methods stand as a practitioner finds them: default settings, no tuning, no knowledge of this data.
Where one fails on a series its last observed step stands in (naive), and the series is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, filterwarnings

import numpy as np

from forecasting.judging.origins import past_at
from forecasting.models.levels import TSB_DEMAND_SMOOTHING, TSB_PROBABILITY_SMOOTHING
from forecasting.models.naive import SeasonalNaive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

    from forecasting.history import BoolArray, FloatArray, History, IntArray

LIGHTGBM = "lightgbm"
LIGHTGBM_LAGS = (1, 2, 3, 4, 8, 13, 52)
LIGHTGBM_WINDOWS = (4, 13)
_OWN_LEVEL = 68  # percent: a model tells its standard deviation by an interval, here of this level
_OWN_Z = NormalDist().inv_cdf((1 + _OWN_LEVEL / 100) / 2)


@dataclass(frozen=True, slots=True)
class Answer:
    """One method from one origin, in units, shapes (series, horizon); NaN where it failed.

    `sigma` is the method's own standard deviation, None where it has none.
    """

    mean: FloatArray
    sigma: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class PeerMeans:
    """What one method said from every origin.

    Parameters
    ----------
    mean
        Units, shape (origins, series, horizon); NaN for series without an observed step by the origin.
    sigma
        The method's own standard deviation, same shape, NaN where it gave none; None where it has none.
    fell_back
        Where naive stands in, shape (origins, series).
    """

    name: str
    mean: FloatArray
    sigma: FloatArray | None
    fell_back: BoolArray

    def of(self, rows: IntArray) -> PeerMeans:
        """The same of some series: right only for a method that looks at each series alone."""
        sigma = None if self.sigma is None else self.sigma[:, rows]
        return PeerMeans(self.name, self.mean[:, rows], sigma, self.fell_back[:, rows])


def local_methods() -> dict[str, Callable[[History, int], Answer]]:
    """The methods that look at each series alone. Loads statsforecast (seconds, once per process).

    Seasonal naive (a year of weeks); exponential smoothing chosen by AICc without season (Hyndman et al.
    2002, International Journal of Forecasting 18(3)); TSB (Teunter, Syntetos & Babai 2011, European
    Journal of Operational Research 214(3)); IMAPA (Petropoulos & Kourentzes 2015, Journal of the
    Operational Research Society 66(6)).
    """
    from statsforecast.models import IMAPA, TSB, AutoETS

    reference = SeasonalNaive()
    tsb = TSB(alpha_d=TSB_DEMAND_SMOOTHING, alpha_p=TSB_PROBABILITY_SMOOTHING)
    return {
        reference.name: lambda past, horizon: Answer(reference.run(past, "", horizon=horizon).mean),
        "auto_ets": lambda past, horizon: _each(AutoETS(season_length=1), past, horizon, has_sigma=True),
        "tsb": lambda past, horizon: _each(tsb, past, horizon),
        "imapa": lambda past, horizon: _each(IMAPA(), past, horizon),
    }


def lightgbm(past: History, horizon: int) -> Answer:
    """Gradient-boosted trees over all series at once, recursive, default settings, one thread.

    Features: lags, rolling means of the last 4 and 13 weeks, the week of the year. Loads mlforecast and
    lightgbm. Source: Ke et al. (2017), LightGBM, Advances in Neural Information Processing Systems 30.
    """
    from lightgbm import LGBMRegressor
    from mlforecast import MLForecast
    from mlforecast.lag_transforms import RollingMean

    forecaster = MLForecast(
        models={LIGHTGBM: LGBMRegressor(n_jobs=1, verbosity=-1)},
        freq="7D",
        lags=list(LIGHTGBM_LAGS),
        lag_transforms={1: [RollingMean(weeks) for weeks in LIGHTGBM_WINDOWS]},
        date_features=["week"],
        num_threads=1,
    )
    with catch_warnings():
        # Young series have no older lags; the trees take what is missing as missing.
        filterwarnings("ignore", message="Found null values")
        # Rows with missing lags are kept: a year's lag would otherwise leave next to none.
        forecaster.fit(_frame_of(past), static_features=[], dropna=False)
        said = forecaster.predict(horizon)
    mean = said.sort_values(["unique_id", "ds"])[LIGHTGBM].to_numpy(dtype=np.float64)
    return Answer(np.maximum(mean.reshape(len(past), horizon), 0.0))


def run_peer(
    name: str,
    method: Callable[[History, int], Answer],
    history: History,
    origins: Sequence[int],
    *,
    horizon: int,
) -> PeerMeans:
    """Run one method from every origin; naive stands in where it failed."""
    shape = (len(origins), len(history), horizon)
    mean, sigma = np.full(shape, np.nan), np.full(shape, np.nan)
    fell_back = np.zeros(shape[:2], dtype=np.bool_)
    for at, origin in enumerate(origins):
        past, rows = past_at(history, origin)
        if len(past) == 0:
            continue
        answer = method(past, horizon)
        failed = ~np.asarray(np.isfinite(answer.mean).all(axis=1))
        mean[at, rows] = np.where(failed[:, None], _last_observed(past)[:, None], answer.mean)
        fell_back[at, rows] = failed
        if answer.sigma is not None:
            sigma[at, rows] = answer.sigma
    return PeerMeans(name, mean, sigma if np.isfinite(sigma).any() else None, fell_back)


def _each(model: Any, past: History, horizon: int, *, has_sigma: bool = False) -> Answer:
    """One statsforecast model, series by series, on the observed steps."""
    mean, sigma = (np.full((len(past), horizon), np.nan) for _ in range(2))
    for i, units in enumerate(_observed_units(past)):
        try:
            with np.errstate(all="ignore"):  # odd series divide by zero inside; what comes out is looked at
                said = model.forecast(y=units, h=horizon, **({"level": [_OWN_LEVEL]} if has_sigma else {}))
        except Exception:  # third-party models raise anything on short or odd series: naive stands in
            continue
        mean[i] = np.maximum(said["mean"], 0.0)
        if has_sigma:
            sigma[i] = (said[f"hi-{_OWN_LEVEL}"] - said["mean"]) / _OWN_Z
    return Answer(mean, sigma if has_sigma else None)


def _observed_units(past: History) -> Iterator[FloatArray]:
    for start, end in zip(past.starts[:-1], past.starts[1:], strict=True):
        yield past.units[start:end][past.observed[start:end]]


def _last_observed(past: History) -> FloatArray:
    return np.array([units[-1] for units in _observed_units(past)])


def _frame_of(past: History) -> pd.DataFrame:
    """As mlforecast wants it; series go by their number, so that order is not a matter of text."""
    import pandas as pd

    lengths = np.diff(past.starts)
    back = np.repeat(past.starts[1:], lengths) - 1 - np.arange(len(past.units))
    days = np.datetime64(past.last, "ns") - back * np.timedelta64(7, "D")
    frame = pd.DataFrame({"unique_id": past.series_of_entry, "ds": days, "y": past.units})
    return frame[past.observed]
