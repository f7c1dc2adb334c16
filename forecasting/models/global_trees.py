"""One model for all series: boosted trees on each one's recent past, calendar, drivers and attributes.

The trees (LightGBM, its features by mlforecast) say how the next step compares with what a series sold of
late, one step after the other. They know no spread: quantiles are made around this mean elsewhere.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from forecasting.history import AT_LEAST, Grain
from forecasting.models.protocol import LeftOut, ModelRun
from forecasting.models.tree_features import (
    Columns,
    columns_of,
    forecaster,
    future_frame,
    known_rows,
    matrix,
    past_frame,
    scale_of,
)

if TYPE_CHECKING:
    import pandas as pd

    from forecasting.history import FloatArray, History, IntArray

NAME: Final = "global_trees"
FORMAT: Final = 1
TREES: Final = 100
TWEEDIE_POWER: Final = 1.5
HIGHEST_RATIO: Final = 8.0  # one trade order is not to teach a thousand slow series
WEIGHT_OF_A_BOUND: Final = 0.5  # imputed, so less sure than what was seen
MOST_SERIES: Final = 10_000
MOST_ENTRIES: Final = 1_000_000
PARAMETERS: Final = {
    "objective": "tweedie",
    "tweedie_variance_power": TWEEDIE_POWER,
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 100,
    "min_sum_hessian_in_leaf": 20.0,
    "deterministic": True,
    "force_col_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


@dataclass(frozen=True, slots=True)
class GlobalTrees:
    """Boosted trees over all series; implements `forecasting.models.protocol.Model`.

    A row is a series at a step; its target is units over the trailing mean, so that series of any size
    teach one another. The deviance is Tweedie's with variance as mean^1.5, which scales as units^0.5:
    weighting a ratio by the square root of its scale gives the deviance of the units (Jørgensen 1987,
    Exponential dispersion models, Journal of the Royal Statistical Society B 49(2)). Ratios above 8 count
    as 8. A step is forecast from the forecasts of the steps before it.

    A masked step teaches nothing and is taken as the mean of the eight known before it where later steps
    look back; an estimated one teaches nothing either, and a step near it stands in (`models.donors`); a
    bound teaches half. Series younger than a lag have no such lag, and are forecast all the
    same.
    """

    trees: int = TREES

    @property
    def name(self) -> str:
        return NAME

    def learn(self, history: History, *, horizon: int, seed: int) -> str:
        """Grow the trees; "" where no series has two known steps, or none sold.

        Of more than 10,000 series or a million entries a drawn part is learned from.

        Raises
        ------
        InvalidInput
            Drivers that end before the horizon.
        """
        import lightgbm

        taught = _drawn(history, seed)
        columns = columns_of(taught)
        columns.check(taught, horizon=horizon)
        series, position = known_rows(taught)
        entries = taught.starts[series] + position
        state = taught.state[entries]
        frame = _past_features(forecaster(columns), past_frame(taught, columns, series, position), columns)
        scale = scale_of(frame, columns)
        teaches = taught.telling[entries] & np.isfinite(scale)  # the first step of a series has no past
        frame, scale, state = frame[teaches], scale[teaches], state[teaches]
        if not (frame["y"] > 0).any():
            return ""
        weight = np.where(state == AT_LEAST, WEIGHT_OF_A_BOUND, 1.0) * scale ** (2.0 - TWEEDIE_POWER)
        rows = lightgbm.Dataset(
            matrix(frame, columns, scale),
            np.minimum(frame["y"].to_numpy() / scale, HIGHEST_RATIO),
            weight=weight / weight.mean(),
            categorical_feature=[columns.seen.index(name) for name in columns.categories],
        )
        booster = lightgbm.train({**PARAMETERS, "seed": seed % 2**31}, rows, self.trees)
        return _to_text(columns, booster.model_to_string())

    def run(self, history: History, learned: str, *, horizon: int) -> ModelRun:
        """Forecast each series; left out is one of which nothing is known.

        Raises
        ------
        InvalidInput
            A history of another grain, other drivers or other attributes than was learned from, or drivers
            that end before the horizon.
        """
        mean = np.full((len(history), horizon), np.nan)
        if learned:
            columns, booster = _from_text(learned)
            columns.check(history, horizon=horizon)
            rows, mean_of_rows = _unfold(history, columns, _Ratios(booster, columns), horizon)
            mean[rows] = mean_of_rows
        reason = "every step is masked" if learned else "there was nothing to learn from"
        silent = np.flatnonzero(np.isnan(mean[:, 0])).tolist()
        return ModelRun(NAME, mean, tuple(LeftOut(history.ids[i], NAME, reason) for i in silent))


def driver_effects(history: History, learned: str, *, horizon: int) -> dict[str, FloatArray]:
    """Units that each driver adds to the mean of every step (or takes from it), by name.

    The trees sum up a logarithm; a driver's part c of it (its value and its change together) makes the mean
    exp(c) times what it were with the driver as it is on average over the rows learned from. Told is that
    difference, mean x (1 - exp(-c)). The past that a later step looks back on counts as past, whatever drove
    it. Shape (series, horizon) each, NaN where the series is left out.

    Source of the parts: Lundberg, Erion & Lee (2018), Consistent individualized feature attribution for
    tree ensembles, arXiv 1802.03888.

    Raises
    ------
    InvalidInput
        As `GlobalTrees.run`.
    """
    names = history.drivers.names if history.drivers else ()
    effects = {name: np.full((len(history), horizon), np.nan) for name in names}
    if not learned:
        return effects
    columns, booster = _from_text(learned)
    columns.check(history, horizon=horizon)
    ratios = _Ratios(booster, columns, parts=[])
    rows, mean = _unfold(history, columns, ratios, horizon)
    for name in names if len(rows) else ():
        own = [columns.seen.index(f"driver:{name}"), columns.seen.index(f"change:{name}")]
        part = np.stack([step[:, own].sum(axis=1) for step in ratios.parts or []], axis=1)
        effects[name][rows] = mean * -np.expm1(-part)
    return effects


@dataclass(slots=True)
class _Ratios:
    """The trees as mlforecast calls a model: from a frame of features to units. Keeps `parts` if asked to."""

    booster: Any
    columns: Columns
    parts: list[FloatArray] | None = None

    def predict(self, frame: pd.DataFrame) -> FloatArray:
        scale = scale_of(frame, self.columns)
        seen = matrix(frame, self.columns, scale)
        if self.parts is not None:
            self.parts.append(self.booster.predict(seen, num_threads=1, pred_contrib=True))
        ratio: FloatArray = self.booster.predict(seen, num_threads=1)
        return ratio * scale


def _unfold(history: History, columns: Columns, ratios: _Ratios, horizon: int) -> tuple[IntArray, FloatArray]:
    """The series that anything is known of, and their mean step by step, shape (those, horizon)."""
    series, position = known_rows(history, steps=columns.recipe.tail)
    rows: IntArray = np.unique(series)
    if len(rows) == 0:
        return rows, np.empty((0, horizon))
    steps = forecaster(columns)
    _past_features(steps, past_frame(history, columns, series, position), columns)
    steps.models_ = {NAME: ratios}
    future = future_frame(history, columns, rows, horizon)
    with warnings.catch_warnings():
        # Young series have no lag of a year: meant, and the trees know what to do.
        warnings.filterwarnings("ignore", message="Found null values")
        answer = steps.predict(horizon, X_df=future)
    return rows, answer[NAME].to_numpy(dtype=np.float64).reshape(len(rows), horizon)


def _past_features(steps: Any, frame: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """The frame with mlforecast's columns, row by row; `steps` is then ready to go on from its end."""
    made: pd.DataFrame = steps.preprocess(
        frame, static_features=list(columns.fixed), dropna=False, validate_data=False
    )
    return made


def _drawn(history: History, seed: int) -> History:
    """As many series as may be learned from, drawn without regard to what they are."""
    most = min(MOST_SERIES, max(1, MOST_ENTRIES * len(history) // max(1, len(history.units))))
    if len(history) <= most:
        return history
    return history.take(np.sort(np.random.default_rng(seed).choice(len(history), most, replace=False)))


def _to_text(columns: Columns, trees: str) -> str:
    document = {
        "format": FORMAT,
        "grain": columns.grain.value,
        "drivers": columns.drivers,
        "numbers": columns.numbers,
        "texts": dict(columns.texts),
        "trees": trees,
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def _from_text(learned: str) -> tuple[Columns, Any]:
    import lightgbm

    document = json.loads(learned)
    columns = Columns(
        grain=Grain(document["grain"]),
        drivers=tuple(document["drivers"]),
        numbers=tuple(document["numbers"]),
        texts={name: tuple(texts) for name, texts in sorted(document["texts"].items())},
    )
    return columns, lightgbm.Booster(model_str=document["trees"])
