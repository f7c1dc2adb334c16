"""Why a forecast is what it is, series by series, in figures that add up to it. It forecasts nothing new.

It goes through the very steps of `forecasting.chunk`, so what is explained is what was said.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecasting import buckets
from forecasting.chunk import work_out
from forecasting.classes import CLASSES, class_figures
from forecasting.explaining.explanation import (
    BucketChoice,
    DriverEffect,
    Launch,
    ModelSays,
    RecentBias,
    Rival,
    SeriesExplanation,
    Spread,
    Why,
)
from forecasting.history import AT_LEAST, MASKED, OBSERVED
from forecasting.models import candidates

if TYPE_CHECKING:
    from forecasting.chunk import Workings
    from forecasting.classes import ClassFigures
    from forecasting.history import FloatArray, History, IntArray
    from forecasting.learning.trained import Trained
    from forecasting.models.blends import Blend

RECENT_STEPS = 8
"""Latest steps whose bias is told: two months of weeks; less is luck, more is no longer recent."""


def explain(history: History, trained: Trained, *, horizon: int) -> tuple[SeriesExplanation, ...]:
    """Explain what `forecast_chunk` says of the same series with the same training.

    Meant for one series or a few: each driver costs one more forecast, the recent bias eight cheap ones.

    Raises
    ------
    InvalidInput
        As `forecasting.chunk.forecast_chunk`.
    """
    made = work_out(history, trained, horizon=horizon)
    figures = class_figures(made.prepared.history)
    bias = recent_bias(history, made)
    effects = _effects_of_drivers(history, trained, made.mean)
    return tuple(
        _explanation(history, trained, made, figures, row, bias[row], effects) for row in range(len(history))
    )


def recent_bias(history: History, made: Workings) -> tuple[RecentBias, ...]:
    """What plain levels said of each of the last eight steps from those before it, against what sold.

    The mean of the four level models, not the blend: a model that learns over many series has seen these
    steps, and would flatter itself. Steps that are not observed are not judged.
    """
    said, sold, steps = np.zeros(len(history)), np.zeros(len(history)), np.zeros(len(history), np.int64)
    row_of = {unique_id: row for row, unique_id in enumerate(history.ids)}
    models, prepared = candidates.models(), made.prepared
    for back in range(1, RECENT_STEPS + 1):
        past = prepared.history.until(back)
        if len(past) == 0:
            continue
        runs = {name: models[name].run(past, "", horizon=1).mean for name in candidates.MEAN_OF_LEVELS.models}
        ahead = replace(prepared, history=past).season_ahead(1)
        mean = candidates.MEAN_OF_LEVELS.mean(runs)[:, 0] * ahead[0]
        rows = np.array([row_of[unique_id] for unique_id in past.ids], dtype=np.int64)
        entries = history.starts[1:][rows] - back
        judged = (prepared.history.state[entries] == OBSERVED) & ~np.isnan(mean)
        said[rows[judged]] += mean[judged]
        sold[rows[judged]] += history.units[entries[judged]]
        steps[rows[judged]] += 1
    return tuple(
        RecentBias(*of_series) for of_series in zip(steps.tolist(), said.tolist(), sold.tolist(), strict=True)
    )


def _explanation(
    history: History,
    trained: Trained,
    made: Workings,
    figures: ClassFigures,
    row: int,
    bias: RecentBias,
    effects: dict[str, FloatArray],
) -> SeriesExplanation:
    entries = slice(history.starts[row], history.starts[row + 1])
    state, prepared_state = history.state[entries], made.prepared.history.state[entries]
    unique_id, horizon = history.ids[row], made.mean.shape[1]
    known = prepared_state == OBSERVED
    return SeriesExplanation(
        unique_id=unique_id,
        periods=history.periods(horizon),
        grain=history.grain,
        demand_class=CLASSES[made.prepared.classes[row]],
        adi=float(figures.adi[row]),
        cv2=float(figures.cv2[row]),
        steps=len(state),
        observed=int(known.sum()),
        sold=int((known & (history.units[entries] > 0)).sum()),
        hidden=int((state == MASKED).sum()),
        bounded=int((state == AT_LEAST).sum()),
        closed=int(((prepared_state == MASKED) & (state != MASKED)).sum()),
        choices=_choices(trained, made, row, horizon),
        models=tuple(
            ModelSays(name, tuple(mean[row].tolist()))
            for name, mean in sorted(made.said.items())
            if not np.isnan(mean[row]).any()
        ),
        hidden_units=sum(one.expected - one.sold for one in made.prepared.hidden if one.series == row),
        launch=_launch(made, row),
        alive=tuple(made.lives.share[row].tolist()),
        season=tuple(made.season.tolist()),
        mean=tuple(made.mean[row].tolist()),
        spread=_spread(trained, made, row),
        bias=bias,
        left_out=tuple(gone for gone in made.left_out if gone.unique_id == unique_id),
        drivers=tuple(DriverEffect(name, tuple(units[row].tolist())) for name, units in effects.items()),
    )


def _choices(trained: Trained, made: Workings, row: int, horizon: int) -> tuple[BucketChoice, ...]:
    code = int(made.prepared.classes[row])
    bucket = buckets.bucket_of_steps(horizon, trained.grain)
    choices = []
    for number in np.unique(bucket).tolist():
        steps = np.flatnonzero(bucket == number) + 1
        blend, cell = trained.blends[code][number], trained.cells[code][number]
        rivals = tuple(
            Rival(_name(tried), None if np.isnan(loss) else loss)
            for tried, loss in zip(trained.tried, cell.losses, strict=True)
        )
        why = Why.SAVES if cell.taken else Why.PLAIN
        choices.append(
            BucketChoice(
                first_step=int(steps[0]),
                last_step=int(steps[-1]),
                weights=_answering(blend, made, row),
                why=Why.NO_EVIDENCE if rivals[cell.taken].loss is None else why,
                taken=cell.taken,
                rivals=rivals,
                evidence=cell.steps,
                family=trained.calibration.families[code][number],
                width=float(trained.calibration.widths[code, number]),
            )
        )
    return tuple(choices)


def _answering(blend: Blend, made: Workings, row: int) -> tuple[tuple[str, float], ...]:
    """The weights of the models that said something of the series, adding up to 1."""
    there = [(name, share) for name, share in blend.weights if not np.isnan(made.said[name][row]).any()]
    total = sum(share for _, share in there)
    return tuple((name, share / total) for name, share in there)


def _launch(made: Workings, row: int) -> Launch | None:
    """Of a series launched lately, what its forecast leans on."""
    at = int(np.searchsorted(made.lives.new, row))
    if at == len(made.lives.new) or made.lives.new[at] != row:
        return None
    cold, answered = made.lives.cold, any(not np.isnan(mean[row]).any() for mean in made.said.values())
    return Launch(
        own_weight=float(cold.own_weight[at]) if answered else 0.0,
        expected=tuple(cold.prior_mean[at].tolist()),
        sources=cold.priors[at].sources,
        count=cold.priors[at].count,
        elsewhere=cold.priors[at].elsewhere,
    )


def _spread(trained: Trained, made: Workings, row: int) -> Spread:
    return Spread(
        own=float(made.own.dispersion[row]) if made.own.steps[row] > 0 else None,
        pooled=trained.pooled_dispersion,
        drawn=float(made.own.shrunk(trained.pooled_dispersion)[row]),
        by_step=tuple(made.dispersion[row].tolist()),
    )


def _effects_of_drivers(history: History, trained: Trained, mean: FloatArray) -> dict[str, FloatArray]:
    """By driver: the mean less what it would be if the driver stood at its usual value ahead, units.

    Usual is the median of the series' own past. Effects are part of the mean and need not add up among each
    other: a model may know two drivers to work together.
    """
    if history.drivers is None:
        return {}
    last = np.cumsum(history.lengths + history.drivers.ahead)
    ahead = np.concatenate([np.arange(end - history.drivers.ahead, end) for end in last.tolist()])
    effects = {}
    for column, name in enumerate(history.drivers.names):
        values = history.drivers.values.copy()
        values[ahead, column] = np.repeat(_usual(history, column), history.drivers.ahead)
        usual = replace(history, drivers=replace(history.drivers, values=values))
        effects[name] = mean - work_out(usual, trained, horizon=mean.shape[1]).mean
    return effects


def _usual(history: History, column: int) -> FloatArray:
    """The median of what is known of a driver's past, NaN where nothing is, shape (series,)."""
    assert history.drivers is not None
    values, ahead = history.drivers.values[:, column], history.drivers.ahead
    usual = np.full(len(history), np.nan)
    for i, (first, length) in enumerate(_past_rows(history.starts, ahead)):
        known = values[first : first + length]
        known = known[~np.isnan(known)]
        if len(known):
            usual[i] = np.median(known)
    return usual


def _past_rows(starts: IntArray, ahead: int) -> list[tuple[int, int]]:
    """Of every series the first of its rows among the drivers, and how many of them are past."""
    return [
        (start + i * ahead, end - start)
        for i, (start, end) in enumerate(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True))
    ]


def _name(blend: Blend) -> str:
    return " + ".join(blend.models)
