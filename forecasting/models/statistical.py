"""Statistical models of one series each, through statsforecast: nothing is learned over many series.

Each is called series by series through statsforecast's model interface, not through its frame interface:
there one failing series fails all, and NaN passes without a word. One thread.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from forecasting.history import MASKED
from forecasting.models.levels import TSB_DEMAND_SMOOTHING, TSB_PROBABILITY_SMOOTHING
from forecasting.models.protocol import LeftOut, ModelRun

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from forecasting.history import FloatArray, History

WINDOW_STEPS: Final = 8


@dataclass(frozen=True, slots=True)
class StatisticalModel:
    """A model that knows one series at a time; implements `forecasting.models.protocol.Model`.

    Parameters
    ----------
    name
        One of `STATISTICAL`.
    make
        Makes a model with statsforecast's `forecast(y, h)`; called when a run begins, since the first
        import of statsforecast takes seconds.
    """

    name: str
    make: Callable[[], Any]

    def learn(self, history: History, *, horizon: int, seed: int) -> str:
        """Nothing is learned over many series."""
        return ""

    def run(self, history: History, learned: str, *, horizon: int) -> ModelRun:
        """Forecast each series from its entries that are not masked, as if they followed one another.

        A series that the model raises on, or answers with something that is not a number, is left out.
        """
        model = self.make()
        mean = np.full((len(history), horizon), np.nan)
        left_out = []
        for i, unique_id in enumerate(history.ids):
            entries = slice(history.starts[i], history.starts[i + 1])
            seen = history.units[entries][history.state[entries] != MASKED]
            try:
                mean[i] = _forecast(model, seen, horizon)
            except Exception as error:  # third-party models raise anything on short or odd series
                left_out.append(LeftOut(unique_id, self.name, f"{type(error).__name__}: {error}"))
        return ModelRun(self.name, mean, tuple(left_out))


def _forecast(model: Any, seen: FloatArray, horizon: int) -> FloatArray:
    if len(seen) == 0:
        raise ValueError("every step is masked")
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numbers on their way to infinity, which are refused below
        said = np.asarray(model.forecast(y=seen, h=horizon)["mean"], dtype=np.float64)
    if not np.isfinite(said).all():
        raise ValueError("the forecast is not a number")
    return np.maximum(said, 0.0)


def _tsb() -> Any:
    from statsforecast.models import TSB

    return TSB(alpha_d=TSB_DEMAND_SMOOTHING, alpha_p=TSB_PROBABILITY_SMOOTHING)


def _exponential_smoothing() -> Any:
    from statsforecast.models import SimpleExponentialSmoothingOptimized

    return SimpleExponentialSmoothingOptimized()


def _theta() -> Any:
    from statsforecast.models import Theta

    return Theta(season_length=1)


def _imapa() -> Any:
    from statsforecast.models import IMAPA

    return IMAPA()


def _adida() -> Any:
    from statsforecast.models import ADIDA

    return ADIDA()


def _window_average() -> Any:
    from statsforecast.models import WindowAverage

    return WindowAverage(window_size=WINDOW_STEPS)


def _auto_ets() -> Any:
    # No season: a year is too long a season for exponential smoothing, and most series are shorter than
    # two. No trend: a fitted one ran away. Where a series has zeros statsforecast tries additive errors only.
    from statsforecast.models import AutoETS

    return AutoETS(season_length=1, model="ZNN")


STATISTICAL: Final[Mapping[str, StatisticalModel]] = MappingProxyType(
    {
        name: StatisticalModel(name, make)
        for name, make in {
            "tsb": _tsb,
            "exponential_smoothing": _exponential_smoothing,
            "theta": _theta,
            "imapa": _imapa,
            "adida": _adida,
            "window_average": _window_average,
            "auto_ets": _auto_ets,
        }.items()
    }
)
"""By name, cheapest first but for `auto_ets`, which takes a hundred times as long as `tsb`.

Sources: TSB, Teunter, Syntetos & Babai (2011), European Journal of Operational Research 214(3). Exponential
smoothing, Brown (1959), Statistical Forecasting for Inventory Control. Theta, Assimakopoulos & Nikolopoulos
(2000), International Journal of Forecasting 16(4). ADIDA, Nikolopoulos et al. (2011), Journal of the
Operational Research Society 62(3). IMAPA, Petropoulos & Kourentzes (2015), Journal of the Operational
Research Society 66(6). AutoETS, Hyndman, Koehler, Snyder & Grose (2002), International Journal of
Forecasting 18(3)."""
