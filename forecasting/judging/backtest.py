"""How good the forecasts would have been: a rolling-origin backtest against seasonal naive.

At each of several cutoffs everything after the cutoff is hidden, every model forecasts, and what then
sold is the judge. Weeks of stock-outs are neither learned from nor judged on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting.classes import DemandClass
from forecasting.judging.contenders import Nodewise
from forecasting.judging.contest import ALL, Entry, field_of
from forecasting.judging.origins import past_at
from forecasting.judging.reference import calibrated
from forecasting.learning.rehearsal import records_of, rehearse
from forecasting.learning.training import origins_back
from forecasting.measures import measures_of, sums_of
from forecasting.models.candidates import LEVELS as LEVEL_MODELS
from forecasting.models.naive import SeasonalNaive
from forecasting.quantiles.levels import LEVELS, check_levels
from forecasting.reading.frame import read_frame
from forecasting.steps import check_horizon
from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence
    from datetime import date

    import pandas as pd

    from forecasting.history import BoolArray, FloatArray, History, IntArray
    from forecasting.judging.contest import Field
    from forecasting.learning.rehearsal import Rehearsal

FORECAST = "forecast"
_SINGLE = (SeasonalNaive(), *LEVEL_MODELS)


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

    def of(self, model: str = FORECAST, demand_class: str = ALL) -> Score:
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
    """Backtest the forecast of a frame of weeks, see `backtest_of`.

    Raises
    ------
    InvalidInput
        As `forecasting.forecast.forecast`, or fewer weeks than the windows need.
    """
    return backtest_of(read_frame(frame), windows=windows, horizon=horizon, levels=levels)


def backtest_of(
    history: History, *, windows: int = 4, horizon: int = 4, levels: Sequence[float] = LEVELS
) -> Backtest:
    """Backtest the forecast beside single models of a level and seasonal naive.

    The cutoffs are `horizon` steps apart, so no step is judged twice; the last window ends with the
    history. Seasonal naive falls back to naive where a series is younger than a year. A series joins
    from the first cutoff at which it has an observed step; its class is the one known at the cutoff.

    Raises
    ------
    InvalidInput
        A horizon or levels that cannot be meant, or fewer steps than the windows need.
    """
    check_horizon(horizon, history.grain)
    wanted = check_levels(levels)
    longest = int(np.diff(history.starts).max())
    if windows < 1 or longest <= windows * horizon:
        raise InvalidInput(
            f"{windows} windows of {horizon} {history.grain}s need more than {max(windows, 1) * horizon} "
            f"{history.grain}s; "
            f"the longest series has {longest}",
            pointer="/windows",
            fix="Send a longer history, or ask for at least one window and fewer or shorter ones",
        )
    origins = [longest - window * horizon for window in range(windows, 0, -1)]
    field = field_of(history, origins, horizon=horizon, levels=wanted)
    said = _ask(history, origins, horizon, wanted)
    groups = [(ALL, field.judged)]
    groups += [(name.value, field.judged & (field.classes == name)[:, :, None]) for name in DemandClass]
    scores = [
        _score(field, one, said[0], group, judged & ~np.isnan(one.mean))
        for group, judged in groups
        for one in said
        if (judged & ~np.isnan(one.mean)).any()
    ]
    return Backtest(windows, horizon, wanted, tuple(scores))


def _ask(
    history: History, origins: Sequence[int], horizon: int, levels: tuple[float, ...]
) -> tuple[Entry, ...]:
    """What the reference, every model of a level and the forecast say from every origin, in this order."""
    shape = (len(origins), len(history), horizon)
    runs: dict[str, tuple[FloatArray, FloatArray]] = {
        name: (np.full(shape, np.nan), np.full((*shape, len(levels)), np.nan))
        for name in (*(model.name for model in _SINGLE), FORECAST)
    }
    memo: dict[date, Rehearsal] = {}
    for at, origin in enumerate(origins):
        past, rows = past_at(history, origin)
        if len(past) == 0:  # nothing but stock-outs so far
            continue
        for name, (mean, spread) in _single(past, horizon, levels, memo).items():
            runs[name][0][at, rows], runs[name][1][at, rows] = mean, spread
    runs[FORECAST] = Nodewise().run(history, origins, horizon, levels)
    return tuple(Entry(name, "own", *run) for name, run in runs.items())


def _single(
    past: History, horizon: int, levels: tuple[float, ...], memo: MutableMapping[date, Rehearsal]
) -> dict[str, tuple[FloatArray, IntArray]]:
    """Each single model on its own, its quantiles calibrated as those of the forecast are."""
    records = records_of(past, _SINGLE, backs=origins_back(past), horizon=horizon, seed=0, memo=memo)
    now = rehearse(past, _SINGLE, horizon=horizon, seed=0)
    memo[past.last] = now
    said = {}
    for model in _SINGLE:
        mean, _, spread = calibrated(records, now, model.name, levels=levels, grain=past.grain)
        said[model.name] = (mean, spread)
    return said


def _score(field: Field, one: Entry, reference: Entry, group: str, judged: BoolArray) -> Score:
    """One model on the cells it answered of one class; the reference is judged on the same."""
    total, of_reference = (
        sums_of(field.came, said.mean, said.spread, levels=field.levels, judged=judged, scale=field.scale)
        for said in (one, reference)
    )
    measures = measures_of(total)
    reference_loss = float(of_reference.loss.sum())
    return Score(
        model=one.model,
        demand_class=group,
        weeks=int(total.cells.sum()),
        quantile_loss=_known(measures.wql),
        wape=_known(measures.wape),
        bias=_known(measures.bias),
        skill=1.0 - float(total.loss.sum()) / reference_loss if reference_loss > 0 else None,
        below=tuple(measures.below[0].tolist()),
        at_or_below=tuple(measures.at_or_below[0].tolist()),
    )


def _known(ratio: FloatArray) -> float | None:
    return None if np.isnan(ratio[0]) else float(ratio[0])
