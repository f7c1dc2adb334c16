"""How much demand scatters around its level: the dispersion of a negative binomial, per series.

Learned from what a plain level would have said of the series' own past, drawn toward that of all series as
far as its own evidence is weak. How much wider or narrower a chosen model is, class by class and step by
step, is for `forecasting.quantiles.calibration`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting.history import OBSERVED
from forecasting.kernels import smoothing

if TYPE_CHECKING:
    from forecasting.history import FloatArray, History

MAX_DISPERSION = 25.0
UNKNOWN_DISPERSION = 1.0  # of a pool without a single error to learn from: geometric-like demand


@dataclass(frozen=True, slots=True)
class OwnSpread:
    """Each series' own evidence, shapes (series,): its estimate, 1 / its mean, and steps of it (0: none)."""

    dispersion: FloatArray
    one_over_mean: FloatArray
    steps: FloatArray

    def pooled(self) -> float:
        """The mean of all series, each weighted by how well it is known."""
        if not self.steps.any():
            return UNKNOWN_DISPERSION
        weight = self.steps / (1.0 + self.one_over_mean) ** 2
        return float((weight * self.dispersion).sum() / weight.sum())

    def shrunk(self, pooled: float) -> FloatArray:
        """Each series' own estimate drawn toward `pooled`, shape (series,).

        The estimate of a series with mean m and n steps has a variance of about 2 (a + 1/m)^2 / n (that of
        a squared error with variance m + a m^2, over m^4), a being the pooled value. Series are taken to
        scatter around a with standard deviation a: the own estimate weighs a^2 / (a^2 + its variance).
        """
        noise = 2.0 * (pooled + self.one_over_mean) ** 2 / np.maximum(self.steps, 1.0)
        trust = np.where(self.steps > 0, pooled**2 / np.maximum(pooled**2 + noise, 1e-300), 0.0)
        drawn: FloatArray = trust * self.dispersion + (1.0 - trust) * pooled
        return drawn


def own_dispersion(history: History, *, horizon: int) -> OwnSpread:
    """Moment estimate sum((y - f)^2 - f) / sum(f^2) of every series, from 0 (Poisson) to `MAX_DISPERSION`.

    f is the exponentially smoothed level said one step before, held against every step up to `horizon`, so
    that the spread is that of the steps forecast and not of the next one alone.
    """
    said = smoothing.smooth(history.units, history.starts, history.state).fitted
    who, count = history.series_of_entry, len(history)
    excess, scale, total, errors = (np.zeros(count) for _ in range(4))
    known = history.state == OBSERVED
    for step in range(min(horizon, int(history.lengths.max(initial=0)))):
        f, y = said[: len(said) - step], history.units[step:]
        counts = np.isfinite(f) & known[step:] & (who[: len(who) - step] == who[step:])
        series, f, y = who[step:][counts], f[counts], y[counts]
        excess += np.bincount(series, (y - f) ** 2 - f, count)
        scale += np.bincount(series, f**2, count)
        total += np.bincount(series, f, count)
        errors += np.bincount(series, minlength=count)
    return spread_of_sums(excess=excess, scale=scale, total=total / horizon, steps=errors / horizon)


def spread_of_sums(
    *, excess: FloatArray, scale: FloatArray, total: FloatArray, steps: FloatArray
) -> OwnSpread:
    """The moment estimates of errors summed up by series, shapes (series,).

    `excess` sums (error^2 - forecast) and `scale` forecast^2 over all errors. `steps` is how many steps they
    tell about (errors of one step said several times are no new evidence), `total` the forecasts of those.
    """
    is_known = (scale > 0) & (steps > 0)
    own = np.clip(np.divide(excess, scale, out=np.zeros_like(scale), where=is_known), 0.0, MAX_DISPERSION)
    one_over_mean = np.divide(steps, total, out=np.zeros_like(scale), where=is_known)
    return OwnSpread(own, one_over_mean, np.where(is_known, steps, 0.0))
