"""What the trees of the global model see of a series at a step, as columns. It learns and forecasts nothing.

Lags and means are those of mlforecast, so that they move along as a forecast of several steps unfolds. The
columns made here either are known of every step to come (calendar, drivers) or stay as they were at the last
step known (how often the series sells: a forecast is never zero, so its own zeros would fade).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from forecasting.history import MASKED, Grain
from forecasting.models.donors import with_donors
from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from forecasting.history import Attributes, FloatArray, History, IntArray

FILL_STEPS: Final = 8  # a masked step is taken as the mean of so many known before it
USUAL_STEPS: Final = 4  # what is usual of a driver: the mean of so many steps before
MIN_SERIES_OF_A_TEXT: Final = 5  # a text of fewer series is as good as unknown
DAYS_PER_YEAR: Final = 365.25
HARMONICS: Final = 2


@dataclass(frozen=True, slots=True)
class Recipe:
    """Steps back that a grain looks: single lags, windows of means and deviations, and of the scale.

    `season` is (lag, window): the mean of that many steps around the same step a year before.
    """

    lags: tuple[int, ...]
    means: tuple[int, ...]
    deviations: tuple[int, ...]
    season: tuple[int, int]
    scale: int

    @property
    def tail(self) -> int:
        """Steps that the next forecast looks back; older ones change nothing."""
        season_lag, season_window = self.season
        return max(*self.lags, *self.means, *self.deviations, self.scale, season_lag + season_window - 1)


RECIPES: Final = {
    Grain.WEEK: Recipe(
        lags=(1, 2, 3, 4, 8, 13, 52), means=(2, 4, 13), deviations=(4, 13, 26), season=(50, 5), scale=26
    ),
    Grain.DAY: Recipe(
        lags=(1, 2, 7, 14, 28, 364), means=(7, 28), deviations=(7, 28, 182), season=(361, 7), scale=182
    ),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns a history gives, and the codes of its texts: learned once, then the same everywhere."""

    grain: Grain
    drivers: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def recipe(self) -> Recipe:
        return RECIPES[self.grain]

    @property
    def scaled(self) -> tuple[str, ...]:
        """Columns in units, which the trees see as a ratio to the scale of the series at that step."""
        recipe = self.recipe
        return (
            *(f"lag{lag}" for lag in recipe.lags),
            *(f"RollingMean{window}_1" for window in recipe.means),
            f"RollingMean{recipe.season[1]}_{recipe.season[0]}",
            *(f"RollingStd{window}_1" for window in recipe.deviations),
        )

    @property
    def moving(self) -> tuple[str, ...]:
        """Columns that change from step to step, as `moving` makes them."""
        waves = tuple(f"{wave}{k}" for k in range(1, HARMONICS + 1) for wave in ("sine", "cosine"))
        weekday = ("weekday",) if self.grain is Grain.DAY else ()
        drivers = tuple(f"{part}:{name}" for name in self.drivers for part in ("driver", "change"))
        return ("age", "zeros", *waves, *weekday, *drivers)

    @property
    def fixed(self) -> tuple[str, ...]:
        """Columns of a series whatever the step, as `fixed` makes them; the texts come last."""
        return (*(f"number:{name}" for name in self.numbers), *self.categories)

    @property
    def categories(self) -> tuple[str, ...]:
        """Columns that are codes, not sizes."""
        return tuple(f"text:{name}" for name in self.texts)

    @property
    def seen(self) -> tuple[str, ...]:
        """All that the trees see, in order."""
        return (*self.scaled, "log_scale", *self.moving, *self.fixed)

    def check(self, history: History, *, horizon: int) -> None:
        """Refuse a history that these columns cannot be made of.

        Raises
        ------
        InvalidInput
            Another grain, other drivers or attributes, or drivers that end before the horizon.
        """
        drivers, attributes = history.drivers, history.attributes
        asked = (self.grain, self.drivers, set(self.numbers), set(self.texts))
        names = drivers.names if drivers else ()
        if asked != (history.grain, names, set(attributes.numbers), set(attributes.texts)):
            raise InvalidInput(
                "the global model was learned from another grain, other drivers or other attributes",
                pointer="/history",
                fix="Learn it anew from a history like the one to forecast",
            )
        if drivers and drivers.ahead < horizon:
            raise InvalidInput(
                f"drivers are known {drivers.ahead} steps ahead, {horizon} are to be forecast",
                pointer="/drivers",
                fix="Give the drivers of every step to forecast",
            )


def columns_of(history: History) -> Columns:
    """The columns a history gives; a text is coded where at least five series have it."""
    return Columns(
        grain=history.grain,
        drivers=history.drivers.names if history.drivers else (),
        numbers=tuple(sorted(history.attributes.numbers)),
        texts={name: _vocabulary(history.attributes, name) for name in sorted(history.attributes.texts)},
    )


def forecaster(columns: Columns) -> Any:
    """mlforecast's lags and windows of this grain, in columns named as in `Columns.scaled`; no model yet."""
    from mlforecast import MLForecast
    from mlforecast.lag_transforms import RollingMean, RollingStd

    recipe = columns.recipe
    windows: list[Any] = [RollingMean(window, min_samples=1) for window in (*recipe.means, recipe.scale)]
    windows += [RollingStd(window, min_samples=2) for window in recipe.deviations]
    season_lag, season_window = recipe.season
    return MLForecast(
        models=[],
        freq=1,  # steps are counted, so that no calendar of pandas decides what comes next
        lags=list(recipe.lags),
        lag_transforms={1: windows, season_lag: [RollingMean(season_window, min_samples=1)]},
        lag_transforms_namer=lambda window, lag: f"{type(window).__name__}{window.window_size}_{lag}",
        num_threads=1,
    )


def known_rows(history: History, *, steps: int | None = None) -> tuple[IntArray, IntArray]:
    """Series and position in it of every entry from its first one not masked, at most the last `steps`."""
    series = history.series_of_entry
    position = np.arange(len(history.units)) - history.starts[series]
    kept = position >= _first_known(history)[series]
    if steps is not None:
        kept &= position >= history.lengths[series] - steps
    return series[kept], position[kept]


def past_frame(history: History, columns: Columns, series: IntArray, position: IntArray) -> pd.DataFrame:
    """The frame mlforecast takes: a row per entry, masked ones filled; series are told by their number."""
    import pandas as pd

    given = {"unique_id": series, "ds": _step(history, series, position)}
    given |= {"y": _filled(history)[history.starts[series] + position]}
    of_series = {name: values[series] for name, values in fixed(history, columns).items()}
    return pd.DataFrame(given | moving(history, columns, series, position) | of_series)


def future_frame(history: History, columns: Columns, rows: IntArray, horizon: int) -> pd.DataFrame:
    """The frame mlforecast takes of the steps to come: a row for each of these series and each step."""
    import pandas as pd

    series = np.repeat(rows, horizon)
    position = history.lengths[series] + np.tile(np.arange(horizon), len(rows))
    given = {"unique_id": series, "ds": _step(history, series, position)}
    return pd.DataFrame(given | moving(history, columns, series, position))


def moving(history: History, columns: Columns, series: IntArray, position: IntArray) -> dict[str, FloatArray]:
    """Columns by step: age, share of steps without sales, calendar, drivers; shape (rows,) each.

    `position` counts a series' steps from 0 and may go on beyond its last one.
    """
    first = _first_known(history)[series]
    made = {
        "age": (position - first).astype(np.float64),
        "zeros": _share_of_zeros(history, columns.recipe.scale, series, position),
    }
    made |= _calendar(history, position - history.lengths[series] + 1)
    drivers = history.drivers
    if drivers is not None:
        row = history.starts[series] + series * drivers.ahead + position
        for number, name in enumerate(drivers.names):
            values = drivers.values[:, number]  # noqa: PD011 - no frame
            made[f"driver:{name}"] = values[row]
            made[f"change:{name}"] = values[row] - _mean_before(values, row, position, USUAL_STEPS)
    return made


def fixed(history: History, columns: Columns) -> dict[str, FloatArray]:
    """Columns by series, shape (series,) each: numbers as they are, texts as codes, NaN where unknown."""
    made = {f"number:{name}": history.attributes.numbers[name] for name in columns.numbers}
    for name, vocabulary in columns.texts.items():
        code = {text: float(at) for at, text in enumerate(vocabulary)}
        texts = history.attributes.texts[name]
        made[f"text:{name}"] = np.array([code.get(text, np.nan) for text in texts], dtype=np.float64)
    return made


def scale_of(frame: pd.DataFrame, columns: Columns) -> FloatArray:
    """What a row's units are measured by: the trailing mean plus one unit a week, shape (rows,)."""
    trailing: FloatArray = frame[f"RollingMean{columns.recipe.scale}_1"].to_numpy(dtype=np.float64)
    return trailing + columns.grain.days / 7


def matrix(frame: pd.DataFrame, columns: Columns, scale: FloatArray) -> FloatArray:
    """What the trees see, shape (rows, columns.seen)."""
    made = np.empty((len(frame), len(columns.seen)))
    scaled = len(columns.scaled)
    made[:, :scaled] = frame[list(columns.scaled)].to_numpy(dtype=np.float64) / scale[:, None]
    made[:, scaled] = np.log(scale)
    made[:, scaled + 1 :] = frame[[*columns.moving, *columns.fixed]].to_numpy(dtype=np.float64)
    return made


def _vocabulary(attributes: Attributes, name: str) -> tuple[str, ...]:
    texts, counts = np.unique(np.array(attributes.texts[name], dtype=np.str_), return_counts=True)
    often = texts[(counts >= MIN_SERIES_OF_A_TEXT) & (texts != "")]
    return tuple(often.tolist())


def _first_known(history: History) -> IntArray:
    """Position of the first entry not masked, the length of the series where there is none."""
    series, first = history.series_of_entry, history.lengths
    known = np.flatnonzero(history.state != MASKED)[::-1]  # the earliest is written last
    first[series[known]] = known - history.starts[series[known]]
    return first


def _step(history: History, series: IntArray, position: IntArray) -> IntArray:
    """Steps counted alike for all series: 0 is the last known one."""
    steps: IntArray = position - history.lengths[series] + 1
    return steps


def _filled(history: History) -> FloatArray:
    """Units with masked entries as the mean of the last few known before, NaN before the first known."""
    known = history.state != MASKED
    at, masked = np.flatnonzero(known), np.flatnonzero(~known)
    units = with_donors(history)
    if len(masked) == 0:
        return units
    before = np.cumsum(known)[masked]  # how many known entries come before, of any series
    start = history.starts[history.series_of_entry[masked]]
    total, count = np.zeros(len(masked)), np.zeros(len(masked))
    for back in range(1, FILL_STEPS + 1):
        entry = at[np.maximum(before - back, 0)] if len(at) else masked
        counts = (before >= back) & (entry >= start)
        total += np.where(counts, units[entry], 0.0)
        count += counts
    filled = units.copy()
    filled[masked] = np.divide(total, count, out=np.full(len(masked), np.nan), where=count > 0)
    return filled


def _share_of_zeros(history: History, window: int, series: IntArray, position: IntArray) -> FloatArray:
    """Of the known entries among the last `window` before the step (the last ones, for steps to come)."""
    known = history.telling
    counted = np.concatenate([[0], np.cumsum(known)])
    zeros = np.concatenate([[0], np.cumsum(known & (history.units == 0))])
    start = history.starts[series]
    end = start + np.minimum(position, history.lengths[series])
    begin = np.maximum(end - window, start)
    of = (counted[end] - counted[begin]).astype(np.float64)
    share = np.full(len(series), np.nan)
    np.divide(zeros[end] - zeros[begin], of, out=share, where=of > 0)
    return share


def _calendar(history: History, step: IntArray) -> dict[str, FloatArray]:
    """Waves of one year and of half a year at the middle of each step, and the day of the week (0 Monday)."""
    days = np.datetime64(history.last, "D") + step * history.grain.days
    into_year = (days - days.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.float64)
    angle = 2 * np.pi * (into_year + history.grain.days / 2) / DAYS_PER_YEAR
    made: dict[str, FloatArray] = {}
    for k in range(1, HARMONICS + 1):
        made |= {f"sine{k}": np.sin(k * angle), f"cosine{k}": np.cos(k * angle)}
    if history.grain is Grain.DAY:
        made["weekday"] = ((days.astype(np.int64) + 3) % 7).astype(np.float64)  # 1970 began on a Thursday
    return made


def _mean_before(values: FloatArray, row: IntArray, position: IntArray, steps: int) -> FloatArray:
    """The mean of the known values of the steps before each row, NaN where there are none."""
    total, count = np.zeros(len(row)), np.zeros(len(row))
    for back in range(1, steps + 1):
        value = values[np.maximum(row - back, 0)]
        counts = (position >= back) & ~np.isnan(value)
        total += np.where(counts, value, 0.0)
        count += counts
    mean = np.full(len(row), np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    return mean
