"""Forecasts from past origins, each made of what was known there, and what came of them.

Whatever is chosen or calibrated is chosen from these and from nothing else. An origin is looked at by
cutting the history off there first: no model is ever handed a later entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting.history import OBSERVED
from forecasting.lives.course import course, learn_lives
from forecasting.preparing.prepared import learn_and_prepare
from forecasting.quantiles.spread import own_dispersion

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence
    from datetime import date

    from forecasting.history import FloatArray, History, IntArray
    from forecasting.models.protocol import Model

NOT_THERE = -1


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What was said at one origin of the series known there.

    Parameters
    ----------
    ids
        The series known at the origin, sorted.
    classes
        Codes of `forecasting.classes`, shape (series,).
    dispersion
        Of the negative binomial, from each series' own errors, shape (series,).
    means
        By model: units per step, shape (series, horizon); NaN where it was left out.
    """

    ids: tuple[str, ...]
    classes: IntArray
    dispersion: FloatArray
    means: Mapping[str, FloatArray]


@dataclass(frozen=True, slots=True)
class Records:
    """All rehearsals of one history side by side; axes (origins, series, steps), series as in the history.

    Parameters
    ----------
    backs
        Steps of the history hidden at each origin, falling: the earliest origin first.
    classes
        Class at the origin, `NOT_THERE` where nothing was known of the series, shape (origins, series).
    dispersion
        Shape (origins, series).
    means
        By model; NaN where it said nothing.
    sold
        What came; NaN where it is not known yet, hidden by a stock-out, or bounded by one.
    """

    backs: tuple[int, ...]
    classes: IntArray
    dispersion: FloatArray
    means: Mapping[str, FloatArray]
    sold: FloatArray


def rehearse(past: History, models: Sequence[Model], *, horizon: int, seed: int) -> Rehearsal:
    """Learn and forecast at the end of `past`, as a run there would have done."""
    prepared, _ = learn_and_prepare(past)
    season = prepared.season_ahead(horizon)
    lives = course(prepared, learn_lives(prepared), horizon=horizon)
    means = {}
    for model in models:
        learned = model.learn(prepared.history, horizon=horizon, seed=seed)
        said = model.run(lives.seen, learned, horizon=horizon).mean
        means[model.name] = lives.put_on(said) * season
    spread = own_dispersion(prepared.history, horizon=horizon)
    return Rehearsal(past.ids, prepared.classes, spread.shrunk(spread.pooled()), means)


def records_of(
    history: History,
    models: Sequence[Model],
    *,
    backs: Sequence[int],
    horizon: int,
    seed: int,
    memo: MutableMapping[date, Rehearsal] | None = None,
) -> Records:
    """Rehearse at every origin and lay what was said beside what came."""
    kept: MutableMapping[date, Rehearsal] = {} if memo is None else memo
    row_of = {unique_id: row for row, unique_id in enumerate(history.ids)}
    shape = (len(backs), len(history), horizon)
    classes = np.full(shape[:2], NOT_THERE)
    dispersion = np.full(shape[:2], np.nan)
    means = {model.name: np.full(shape, np.nan) for model in models}
    sold = np.full(shape, np.nan)
    for at, back in enumerate(backs):
        past = history.until(back)
        sold[at] = _sold(history, back, horizon)
        if len(past) == 0:  # nothing but stock-outs so far
            continue
        if past.last not in kept:
            kept[past.last] = rehearse(past, models, horizon=horizon, seed=seed)
        said = kept[past.last]
        rows = np.array([row_of[unique_id] for unique_id in said.ids], dtype=np.int64)
        classes[at, rows], dispersion[at, rows] = said.classes, said.dispersion
        for name, mean in said.means.items():
            means[name][at, rows] = mean
    return Records(tuple(backs), classes, dispersion, means, sold)


def _sold(history: History, back: int, horizon: int) -> FloatArray:
    """What was observed in the `horizon` steps after all but the last `back`, shape (series, horizon)."""
    sold = np.full((len(history), horizon), np.nan)
    for step in range(min(back, horizon)):
        entry = history.starts[1:] - back + step
        there = entry >= history.starts[:-1]
        there[there] = history.state[entry[there]] == OBSERVED
        sold[there, step] = history.units[entry[there]]
    return sold
