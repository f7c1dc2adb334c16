"""What models see: bounds replaced by the demand expected behind them, the season taken out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from forecasting.season import Season, learn_season, without_season

if TYPE_CHECKING:
    from forecasting.history import FloatArray, History


@dataclass(frozen=True, slots=True)
class Prepared:
    """A history as models see it, and the season that is put back on what they say."""

    history: History
    season: Season

    def season_ahead(self, horizon: int) -> FloatArray:
        """The season of the `horizon` steps after the last one, shape (horizon,)."""
        step = timedelta(days=self.history.grain.days)
        return self.season.factors(self.history.last + step, horizon, self.history.grain)


def prepare(history: History, *, season: Season | None = None) -> Prepared:
    """Prepare a history with what was learned, or, where nothing is given, with what it teaches itself."""
    season = learn_season(history) if season is None else season
    return Prepared(without_season(history, season), season)
