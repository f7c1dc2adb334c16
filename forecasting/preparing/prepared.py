"""What models see: hidden demand filled in, the season taken out. What they say gets the season back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from forecasting.classes import CLASSES, class_codes
from forecasting.history import ESTIMATED, MASKED, OBSERVED
from forecasting.preparing.censoring import impute, learn_prior
from forecasting.preparing.movement import learn_movement
from forecasting.preparing.season import Season, learn_season, without_season

if TYPE_CHECKING:
    from forecasting.history import BoolArray, FloatArray, History, IntArray
    from forecasting.preparing.censoring import CensoringPrior, Hidden

MOST_LEARNED_FROM = 1_000  # series, for what they have in common


@dataclass(frozen=True, slots=True)
class Prepared:
    """A history as models see it.

    Parameters
    ----------
    history
        Expected demand where a stock-out hid it, without season. A step in which supply failed is
        `ESTIMATED`, but `MASKED` as long as nothing was known of the series, or the shop is closed.
    season
        What was taken out.
    classes
        Codes of `forecasting.classes`, by demand and not by what was left of it, shape (series,).
    hidden
        What stock-outs hid, a row per series with such a step.
    """

    history: History
    season: Season
    classes: IntArray
    hidden: tuple[Hidden, ...]

    def season_ahead(self, horizon: int) -> FloatArray:
        """The season of the `horizon` steps after the last one, shape (horizon,)."""
        step = timedelta(days=self.history.grain.days)
        return self.season.factors(self.history.last + step, horizon, self.history.grain)


def prepare(history: History, *, season: Season, prior: CensoringPrior | None) -> Prepared:
    """Prepare a history with what was learned. Depends on each series alone.

    Without a prior (no step of what was learned from said anything) bounds count as what sold.
    """
    if prior is None or bool((history.state == OBSERVED).all()):
        deseasoned = without_season(history, season)
        return Prepared(deseasoned, season, class_codes(deseasoned), ())
    factors = season.of_history(history)
    is_open = factors > 0
    moved = 1.0 if prior.movement is None else prior.movement.of_history(history)
    filled = impute(
        history.units,
        starts=history.starts,
        state=np.where(is_open, history.state, MASKED).astype(np.uint8),
        prior=prior,
        profile=np.where(is_open, factors * moved, 1.0),
    )
    state = np.where((history.state == MASKED) & _begun(history), ESTIMATED, history.state).astype(np.uint8)
    demand = without_season(replace(history, units=filled.units, state=state), season)
    classes = class_codes(demand)
    rows = [hidden.series for hidden in filled.hidden]
    classes[rows] = [CLASSES.index(filled.classes[row]) for row in rows]
    hidden = tuple(row for row in filled.hidden if row.bounds or _masks(history, row.series))
    return Prepared(demand, season, classes, hidden)


def learn_and_prepare(history: History) -> tuple[Prepared, CensoringPrior | None]:
    """Prepare a history with what it teaches itself: its season and, if stock-outs hid anything, a prior."""
    hides = not bool((history.state == OBSERVED).all())
    season = learn_season(history)
    prior = learn_censoring(history, season) if hides else None
    return prepare(history, season=season, prior=prior), prior


def learn_censoring(history: History, season: Season) -> CensoringPrior | None:
    """What alike series have in common, from at most 1,000 evenly spaced; None if no step tells."""
    few = history.sample(MOST_LEARNED_FROM)
    if not bool((few.state != MASKED).any()):
        return None
    prior = learn_prior(few.units, starts=few.starts, state=few.state)
    return replace(prior, movement=learn_movement(without_season(few, season)))


def _begun(history: History) -> BoolArray:
    """Whether a step of the series before this one said something, shape (entries,)."""
    said = np.concatenate([[0], np.cumsum(history.state != MASKED)])
    begun: BoolArray = said[:-1] > said[history.starts[:-1]][history.series_of_entry]
    return begun


def _masks(history: History, series: int) -> bool:
    """Whether a stock-out, and not just a closed shop, hides a step of a series."""
    steps = slice(history.starts[series], history.starts[series + 1])
    return bool((history.state[steps] == MASKED).any())
