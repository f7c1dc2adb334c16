"""How good the forecasts would have been: a rolling-origin backtest against seasonal naive.

At each of several cutoffs everything after the cutoff is hidden, every model forecasts, and what then
sold is the judge. Weeks of stock-outs are neither learned from nor judged on.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting.classes import DemandClass, classify
from forecasting.frame import read_frame
from forecasting.models import MEAN, ModelRun, mean_of, run_models, seasonal_naive
from forecasting.quantiles import LEVELS, check_levels, learn_dispersion, learn_pooled_dispersion, quantiles
from forecasting.steps import check_horizon
from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from forecasting.history import BoolArray, FloatArray, History

ALL_CLASSES = "all"


@dataclass(frozen=True, slots=True)
class Score:
    """How one model did on one demand class (or on all) over all windows.

    Where nothing sold the ratios have no meaning and are None.

    Parameters
    ----------
    weeks
        Series x weeks judged; a model left out of a series is not judged there.
    quantile_loss
        Weighted quantile loss: 2 x pinball loss summed / units sold, mean over the levels.
    wape
        Absolute error of the mean forecast / units sold.
    bias
        (forecast - sold) / sold, of the sums; above 0 is too much.
    skill
        1 - quantile loss / that of seasonal naive on the same series and weeks; above 0 is better.
    below, at_or_below
        Share of weeks with sales below, and at or below, each quantile. Demand is whole units, so a
        calibrated level lies between the two.
    """

    model: str
    demand_class: str
    weeks: int
    quantile_loss: float | None
    wape: float | None
    bias: float | None
    skill: float | None
    below: tuple[float, ...]
    at_or_below: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Backtest:
    """Scores of every model, first over all classes, then class by class."""

    windows: int
    horizon: int
    levels: tuple[float, ...]
    scores: tuple[Score, ...]

    def of(self, model: str = MEAN, demand_class: str = ALL_CLASSES) -> Score:
        """The score of one model on one class; KeyError if that class was never judged."""
        for score in self.scores:
            if (score.model, score.demand_class) == (model, demand_class):
                return score
        raise KeyError((model, demand_class))

    def table(self) -> list[dict[str, str | int | float | None]]:
        """A row per model and class, for a terminal, a page or a frame; calibration level by level."""
        return [self._row(score) for score in self.scores]

    def _row(self, score: Score) -> dict[str, str | int | float | None]:
        row: dict[str, str | int | float | None] = {
            "model": score.model,
            "demand_class": score.demand_class,
            "weeks": score.weeks,
            "quantile_loss": score.quantile_loss,
            "wape": score.wape,
            "bias": score.bias,
            "skill": score.skill,
        }
        for level, below, at_or_below in zip(self.levels, score.below, score.at_or_below, strict=True):
            row[f"below_{level:g}"] = below
            row[f"at_or_below_{level:g}"] = at_or_below
        return row


def backtest(
    frame: pd.DataFrame, *, windows: int = 4, horizon: int = 4, levels: Sequence[float] = LEVELS
) -> Backtest:
    """Backtest the three models, their mean and seasonal naive.

    The cutoffs are `horizon` weeks apart, so no week is judged twice; the last window ends with the
    frame. Seasonal naive falls back to naive where a series is younger than a year. A series joins
    from the first cutoff at which it has an observed week; its class is the one known at the cutoff.

    Raises
    ------
    InvalidInput
        As `forecasting.forecast.forecast`, or fewer weeks than the windows need.
    """
    check_horizon(horizon)
    wanted = check_levels(levels)
    history = read_frame(frame)
    longest = int(np.diff(history.starts).max())
    if windows < 1 or longest <= windows * horizon:
        raise InvalidInput(
            f"{windows} windows of {horizon} weeks need more than {max(windows, 1) * horizon} weeks; "
            f"the longest series has {longest}",
            pointer="/windows",
            fix="Send a longer history, or ask for at least one window and fewer or shorter ones",
        )
    tallies: dict[tuple[str, str], _Tally] = defaultdict(
        lambda: _Tally(np.zeros(len(wanted)), np.zeros(len(wanted)))
    )
    for window in range(windows, 0, -1):
        _judge(history, window * horizon, horizon, wanted, tallies)
    order = {name: i for i, name in enumerate((ALL_CLASSES, *DemandClass))}
    keys = sorted(tallies, key=lambda key: order[key[1]])  # stable: models keep their order
    return Backtest(windows, horizon, wanted, tuple(tallies[key].score(*key) for key in keys))


@dataclass(slots=True)
class _Tally:
    """Running sums of one model on one class."""

    below: FloatArray
    at_or_below: FloatArray
    weeks: int = 0
    sold: float = 0.0
    loss: float = 0.0
    reference_loss: float = 0.0
    absolute: float = 0.0
    signed: float = 0.0

    def score(self, model: str, demand_class: str) -> Score:
        def per_unit(total: float) -> float | None:
            return total / self.sold if self.sold > 0 else None

        return Score(
            model=model,
            demand_class=demand_class,
            weeks=self.weeks,
            quantile_loss=per_unit(self.loss),
            wape=per_unit(self.absolute),
            bias=per_unit(self.signed),
            skill=1.0 - self.loss / self.reference_loss if self.reference_loss > 0 else None,
            below=tuple((self.below / self.weeks).tolist()),
            at_or_below=tuple((self.at_or_below / self.weeks).tolist()),
        )


def _judge(
    history: History,
    weeks_back: int,
    horizon: int,
    levels: tuple[float, ...],
    tallies: dict[tuple[str, str], _Tally],
) -> None:
    """Forecast from one cutoff and add what came to the tallies."""
    past = history.until(weeks_back)
    if len(past) == 0:  # nothing but stock-outs so far
        return
    row_of = {unique_id: i for i, unique_id in enumerate(history.ids)}
    ends = history.starts[1:][[row_of[unique_id] for unique_id in past.ids]]
    weeks = ends[:, None] - weeks_back + np.arange(horizon)[None, :]
    sold, observed = history.units[weeks], history.observed[weeks]
    groups = np.array(classify(past))
    reference = seasonal_naive(past, horizon=horizon)
    models = run_models(past, horizon=horizon)
    reference_loss: FloatArray | None = None
    for run in (reference, *models, mean_of(models, reference)):
        spread = _quantiles_of(past, run, horizon, levels)
        loss = quantile_loss(sold, spread, levels)
        reference_loss = loss if reference_loss is None else reference_loss
        judged = observed & ~np.isnan(run.mean)
        for name in (ALL_CLASSES, *DemandClass):
            counts = judged if name == ALL_CLASSES else judged & (groups == name)[:, None]
            if counts.any():
                _add(tallies[run.name, name], counts, sold, run.mean, spread, loss, reference_loss)


def quantile_loss(sold: FloatArray, spread: FloatArray, levels: tuple[float, ...]) -> FloatArray:
    """Twice the pinball loss, mean over the levels, in units; shape of `sold`.

    Source: Gneiting (2011), Quantiles as optimal point forecasts, International Journal of
    Forecasting 27(2); the factor 2 makes the median's loss the absolute error.
    """
    error = sold[:, :, None] - spread
    level = np.asarray(levels)[None, None, :]
    mean: FloatArray = 2.0 * np.maximum(level * error, (level - 1.0) * error).mean(axis=2)
    return mean


def _quantiles_of(past: History, run: ModelRun, horizon: int, levels: tuple[float, ...]) -> FloatArray:
    pooled = learn_pooled_dispersion(past, run, horizon=horizon)
    dispersion = learn_dispersion(past, run, horizon=horizon, pooled=pooled)
    return quantiles(np.nan_to_num(run.mean), dispersion, levels).astype(np.float64)


def _add(
    tally: _Tally,
    counts: BoolArray,
    sold: FloatArray,
    mean: FloatArray,
    spread: FloatArray,
    loss: FloatArray,
    reference_loss: FloatArray,
) -> None:
    came, said = sold[counts], mean[counts]
    tally.weeks += int(counts.sum())
    tally.sold += float(came.sum())
    tally.loss += float(loss[counts].sum())
    tally.reference_loss += float(reference_loss[counts].sum())
    tally.absolute += float(np.abs(said - came).sum())
    tally.signed += float((said - came).sum())
    tally.below += (came[:, None] < spread[counts]).sum(axis=0)
    tally.at_or_below += (came[:, None] <= spread[counts]).sum(axis=0)
