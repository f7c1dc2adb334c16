"""No model, season, selection or calibration sees beyond its origin: a poisoned future changes nothing.

Every door is asked for the bytes of its answer at an origin, with the true future and with others. What a
leak looks like is shown with models and a season that are handed the whole history on purpose.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pytest

from forecasting.chunk import forecast_chunk
from forecasting.history import (
    AT_LEAST,
    MASKED,
    OBSERVED,
    BoolArray,
    FloatArray,
    Grain,
    History,
    IntArray,
    StateArray,
)
from forecasting.judging import backtest as judging
from forecasting.judging.backtest import backtest
from forecasting.judging.contenders import Nodewise
from forecasting.judging.origins import steps_of
from forecasting.learning import rehearsal, training
from forecasting.learning.rehearsal import Rehearsal, records_of
from forecasting.learning.selection import select
from forecasting.learning.training import origins_back, train
from forecasting.measures import Sums, sums_of
from forecasting.models import candidates
from forecasting.models.global_trees import GlobalTrees
from forecasting.models.levels import Level
from forecasting.models.naive import SeasonalNaive
from forecasting.models.protocol import Model, ModelRun
from forecasting.preparing import prepared
from forecasting.preparing.censoring import CensoringPrior, learn_prior
from forecasting.preparing.prepared import Prepared, prepare
from forecasting.preparing.season import learn_season
from forecasting.quantiles.calibrating import calibrate
from forecasting.quantiles.levels import LEVELS
from tests.forecasting.histories import history_of

HORIZON = 8
FEW_TREES = GlobalTrees(trees=5)
MODELS: tuple[Model, ...] = (*candidates.LEVELS, SeasonalNaive(), FEW_TREES)


Poison = Callable[[History, BoolArray], History]


class Door(Protocol):
    """What is asked of a history at an origin, as bytes; series that are added behind the others are not."""

    def __call__(self, history: History, origin: int, series: int) -> bytes: ...


# Poisons: the same history with other entries where `after` is true.


def _millions(history: History, after: BoolArray) -> History:
    return replace(history, units=np.where(after, 1e6, history.units))


def _zeros(history: History, after: BoolArray) -> History:
    return replace(history, units=np.where(after, 0.0, history.units))


def _shuffled(history: History, after: BoolArray) -> History:
    units = history.units.copy()
    units[after] = np.random.default_rng(3).permutation(units[after]) + 1.0
    return replace(history, units=units)


def _stocked_out(history: History, after: BoolArray) -> History:
    return replace(history, state=np.where(after, MASKED, history.state).astype(np.uint8))


def _sold_out(history: History, after: BoolArray) -> History:
    units = np.where(after, history.units + 1.0, history.units)  # a bound at what it sold says the same
    return replace(history, units=units, state=np.where(after, AT_LEAST, history.state).astype(np.uint8))


POISONS = {
    poison.__name__.strip("_"): poison for poison in (_millions, _zeros, _shuffled, _stocked_out, _sold_out)
}


def _mixed(history: History, after: BoolArray) -> History:
    """Every poison at once, each in every fifth series."""
    for turn, poison in enumerate(POISONS.values()):
        history = poison(history, after & (history.series_of_entry % len(POISONS) == turn))
    return history


def _newcomers(history: History, after: BoolArray) -> History:
    """Two huge series more, which begin with the first poisoned step."""
    steps = int(after[history.starts[-2] :].sum())
    return replace(
        history,
        ids=(*history.ids, "zz1|late", "zz2|late"),
        starts=np.concatenate([history.starts, history.starts[-1] + np.array([steps, 2 * steps])]),
        units=np.concatenate([history.units, np.full(2 * steps, 1e6)]),
        state=np.concatenate([history.state, np.zeros(2 * steps, dtype=np.uint8)]),
    )


def seen_at(
    door: Door, history: History, origin: int, poisons: Mapping[str, Poison], *, since: int | None = None
) -> set[str]:
    """The poisons that change what a door says at an origin, poured in from step `since` (the origin) on."""
    begin = origin if since is None else since
    position = np.arange(len(history.units)) - history.starts[history.series_of_entry]
    late = position + (steps_of(history) - history.lengths)[history.series_of_entry] >= begin
    true = door(history, origin, len(history))
    return {
        name for name, poison in poisons.items() if door(poison(history, late), origin, len(history)) != true
    }


# Doors.


def _trained_and_forecast(history: History, origin: int, series: int) -> bytes:
    return _trained_with(history, origin, None)


def _trained_with(history: History, origin: int, memo: dict[date, Rehearsal] | None) -> bytes:
    past = history.until(steps_of(history) - origin)
    trained = train(past, horizon=HORIZON, seed=1, memo=memo)
    said = forecast_chunk(past, trained, horizon=HORIZON)
    arrays = (said.mean, said.dispersion, said.quantiles)
    return trained.to_json().encode() + b"".join(array.tobytes() for array in arrays)


def _contender(history: History, origin: int, series: int) -> bytes:
    mean, spread = Nodewise(seed=1).run(history, [origin], HORIZON, LEVELS)
    return mean[:, :series].tobytes() + spread[:, :series].tobytes()


def _rehearsed(history: History, origin: int, series: int) -> bytes:
    return _records(history, origin, series, MODELS)


def _records(history: History, origin: int, series: int, models: tuple[Model, ...]) -> bytes:
    """What was said at the origin and at two before it, of models that are handed the whole history."""
    back = steps_of(history) - origin
    backs = [back + 9, back + 4, back]
    told = records_of(history, models, backs=backs, horizon=HORIZON, seed=1)
    arrays = (told.classes, told.dispersion, *(told.means[model.name] for model in models))
    return b"".join(array[:, :series].tobytes() for array in arrays)


def _chosen_and_calibrated(history: History, origin: int, series: int) -> bytes:
    past = history.until(steps_of(history) - origin)
    told = records_of(past, MODELS, backs=origins_back(past), horizon=HORIZON, seed=1)
    cells = select(told, candidates.blends(), grain=history.grain)
    dispersion = np.broadcast_to(told.dispersion[:, :, None], told.sold.shape)
    mean = candidates.MEAN_OF_LEVELS.mean(told.means)
    calibration = calibrate(mean, dispersion, told.sold, told.classes, grain=history.grain)
    return repr((cells, calibration.to_document())).encode()


_PRIORS: dict[tuple[bytes, ...], CensoringPrior] = {}


def _prior_learned_once(units: FloatArray, *, starts: IntArray, state: StateArray) -> CensoringPrior:
    key = (units.tobytes(), starts.tobytes(), state.tobytes())
    if key not in _PRIORS:
        _PRIORS[key] = learn_prior(units, starts=starts, state=state)
    return _PRIORS[key]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same steps with fewer trees and rehearsals, and the slowest not twice of the very same bytes."""
    monkeypatch.setattr(candidates, "TREES", FEW_TREES)
    monkeypatch.setattr(training, "ORIGINS", 4)
    monkeypatch.setattr(prepared, "learn_prior", _prior_learned_once)


def weeks_of_gifts() -> History:
    """80 weeks of 40 series, every fifth of them young."""
    rng = np.random.default_rng(7)
    series = []
    for i in range(40):
        length = 80 if i % 5 else int(rng.integers(12, 40))
        level = 10.0 ** rng.uniform(-1, 2) * (1.0 + 0.5 * np.sin(2 * np.pi * np.arange(-length, 0) / 52))
        shape = 1 / rng.uniform(0.2, 1.5)
        series.append(rng.negative_binomial(shape, shape / (shape + level)))
    return history_of(*series)


def empty_shelves() -> History:
    """56 weeks of 10 series with stock-outs of both kinds."""
    rng = np.random.default_rng(9)
    units = rng.negative_binomial(2, 2 / 14, (10, 56))
    return history_of(*units, states=rng.choice([OBSERVED, MASKED, AT_LEAST], (10, 56), p=[0.8, 0.1, 0.1]))


def days_of_bread() -> History:
    """140 days of 12 series that sell most on one day of the week, some of them young."""
    rng = np.random.default_rng(8)
    weekday = np.array([1.0, 1.0, 1.0, 1.2, 1.5, 2.5, 0.0])
    series = []
    for i in range(12):
        length = 140 if i % 4 else 61
        level = 10.0 ** rng.uniform(-0.3, 1.5) * weekday[np.arange(-length, 0) % 7]
        series.append(rng.negative_binomial(2, 2 / (2 + level)))
    return history_of(*series, grain=Grain.DAY)


WORLDS = {"weeks": weeks_of_gifts(), "empty shelves": empty_shelves(), "days": days_of_bread()}
each_door = pytest.mark.parametrize(
    "door",
    [_chosen_and_calibrated, _trained_and_forecast, _contender],
    ids=["selection and calibration", "training and forecast", "contender"],
)


@pytest.mark.parametrize(("world", "origin"), [("weeks", 67), ("days", 124)])
def test_no_future_changes_what_models_say_at_an_origin(world, origin):
    assert seen_at(_rehearsed, WORLDS[world], origin, POISONS | {"newcomers": _newcomers}) == set()


@each_door
@pytest.mark.parametrize(("world", "origin"), [("weeks", 67), ("empty shelves", 44), ("days", 124)])
def test_whatever_comes_after_an_origin_nothing_learned_or_said_there_changes(door, world, origin):
    assert seen_at(door, WORLDS[world], origin, {"mixed": _mixed, "newcomers": _newcomers}) == set()


@pytest.mark.parametrize(("world", "origin"), [("weeks", 67), ("days", 124)])
def test_every_poison_in_the_last_known_step_changes_what_models_say(world, origin):
    assert seen_at(_rehearsed, WORLDS[world], origin, POISONS, since=origin - 1) == set(POISONS)


@each_door
@pytest.mark.parametrize(("world", "origin"), [("weeks", 67), ("days", 124)])
def test_the_last_known_step_changes_what_is_learned_and_said(door, world, origin):
    assert seen_at(door, WORLDS[world], origin, {"mixed": _mixed}, since=origin - 1) == {"mixed"}


@dataclass(frozen=True, slots=True)
class PeekingRun(Level):
    """Says what will sell: it was handed the whole history when it was made."""

    whole: History
    name: str = "peeking"

    def run(self, history: History, learned: str, *, horizon: int) -> ModelRun:
        mean = np.zeros((len(history), horizon))
        row_of = {unique_id: row for row, unique_id in enumerate(self.whole.ids)}
        for row, unique_id in enumerate(history.ids):
            end = self.whole.starts[row_of[unique_id] + 1] - (self.whole.last - history.last).days // 7
            mean[row] = self.whole.units[end : end + horizon]
        return ModelRun(self.name, mean)


@dataclass(frozen=True, slots=True)
class PeekingText:
    """Learns from the whole history, runs on what it is given."""

    whole: History
    name: str = "peeking"

    def learn(self, history: History, *, horizon: int, seed: int) -> str:
        return repr(float(self.whole.units.mean()))

    def run(self, history: History, learned: str, *, horizon: int) -> ModelRun:
        return ModelRun(self.name, np.full((len(history), horizon), float(learned)))


@pytest.mark.parametrize("peeking", [PeekingRun, PeekingText])
def test_a_model_that_is_handed_the_whole_history_is_caught(peeking):
    def door(history: History, origin: int, series: int) -> bytes:
        return _records(history, origin, series, (peeking(history),))

    poisons = {"millions": _millions, "zeros": _zeros, "mixed": _mixed}
    assert seen_at(door, WORLDS["weeks"], 67, poisons) == set(poisons)


def test_a_season_learned_from_the_whole_history_is_caught(monkeypatch):
    def door(history: History, origin: int, series: int) -> bytes:
        season = learn_season(history)

        def prepared(past: History) -> tuple[Prepared, None]:
            return prepare(past, season=season, prior=None), None

        monkeypatch.setattr(rehearsal, "learn_and_prepare", prepared)
        return _records(history, origin, series, candidates.LEVELS)

    assert seen_at(door, WORLDS["weeks"], 67, {"mixed": _mixed}) == {"mixed"}


def test_a_selection_that_reads_beyond_its_origin_is_caught():
    def door(history: History, origin: int, series: int) -> bytes:
        whole = records_of(history, MODELS, backs=origins_back(history), horizon=HORIZON, seed=1)
        return repr(select(whole, candidates.blends(), grain=history.grain)).encode()

    assert seen_at(door, WORLDS["weeks"], 76, {"mixed": _mixed}) == {"mixed"}


def test_rehearsals_shared_between_origins_change_no_byte_of_what_is_learned():
    origins = (63, 67, 61)
    memo: dict[date, Rehearsal] = {}
    for origin in origins:
        past = WORLDS["weeks"].until(steps_of(WORLDS["weeks"]) - origin)
        shared = train(past, horizon=HORIZON, seed=1, memo=memo)
        assert shared.to_json() == train(past, horizon=HORIZON, seed=1).to_json()
    assert len(memo) < len(origins) * training.ORIGINS  # some of them were used again


def test_a_shared_memo_hands_on_nothing_of_a_poisoned_future():
    memo: dict[date, Rehearsal] = {}

    def door(history: History, origin: int, series: int) -> bytes:
        train(history, horizon=HORIZON, seed=1, memo=memo)
        return _trained_with(history, origin, memo)

    assert seen_at(door, WORLDS["weeks"], 67, {"mixed": _mixed}) == set()


def test_earlier_windows_of_a_backtest_do_not_change_with_later_sales(gifts, monkeypatch):
    def by_window(frame: pd.DataFrame) -> list[FloatArray]:
        seen: list[Sums] = []

        def recorded(*arrays: FloatArray, **options: Any) -> Sums:
            seen.append(sums_of(*arrays, **options))
            return seen[-1]

        monkeypatch.setattr(judging, "sums_of", recorded)
        backtest(frame, windows=2, horizon=4)
        return [np.stack([sums.cells, sums.units, sums.loss, sums.absolute, sums.scaled]) for sums in seen]

    gifts = gifts[gifts["unique_id"] < "sku012"]
    is_late = gifts["ds"] > gifts["ds"].max() - pd.Timedelta(weeks=4)
    true = by_window(gifts)
    poisoned = by_window(gifts.assign(y=gifts["y"].where(~is_late, 1e6)))
    assert len(true) == len(poisoned) > 0
    for one, other in zip(true, poisoned, strict=True):
        assert one[:, :1].tobytes() == other[:, :1].tobytes()
    assert any(one[2, 1] != other[2, 1] for one, other in zip(true, poisoned, strict=True))


def test_what_a_stock_out_hides_is_read_nowhere():
    history = WORLDS["empty shelves"]
    hidden = replace(history, units=np.where(history.state == MASKED, 1e6, history.units))
    assert _trained_and_forecast(history, 20, 10) == _trained_and_forecast(hidden, 20, 10)
