"""Explanations: their figures add up to the forecast, and say what is true of the series."""

import re
from dataclasses import replace

import numpy as np
import pytest

from forecasting.chunk import forecast_chunk
from forecasting.explaining.explain import explain
from forecasting.explaining.explanation import SeriesExplanation, Why
from forecasting.history import AT_LEAST, MASKED, History
from forecasting.learning.selection import Cell
from forecasting.learning.trained import Trained
from forecasting.learning.training import train
from forecasting.models.blends import equally, halfway
from forecasting.models.candidates import MEAN_OF_LEVELS
from forecasting.models.global_trees import GlobalTrees
from forecasting.preparing.season import Season
from forecasting.reading.frame import read_frame
from tests.forecasting.histories import random_history

HORIZON = 6


@pytest.fixture(scope="module")
def history(gifts) -> History:
    return read_frame(gifts)


@pytest.fixture(scope="module")
def trained(history) -> Trained:
    return train(history, horizon=HORIZON, seed=1)


@pytest.fixture(scope="module")
def explained(history, trained) -> tuple[SeriesExplanation, ...]:
    return explain(history, trained, horizon=HORIZON)


def _added_up(one: SeriesExplanation) -> list[float]:
    """The mean at every step from weights, what each model says, what a launch expects, life and season."""
    says = {model.model: model.units for model in one.models}
    mean = []
    for choice in one.choices:
        for step in range(choice.first_step - 1, choice.last_step):
            units = sum(share * says[name][step] for name, share in choice.weights)
            if one.launch is not None:
                own = one.launch.own_weight
                units = own * units + (1.0 - own) * one.launch.expected[step]
            mean.append(units * one.alive[step] * one.season[step])
    return mean


def test_the_figures_add_up_to_the_forecast(history, trained, explained):
    said = forecast_chunk(history, trained, horizon=HORIZON)
    assert [one.unique_id for one in explained] == list(said.ids)
    for row, one in enumerate(explained):
        assert one.mean == tuple(said.mean[row].tolist())
        assert one.periods == said.periods
        assert _added_up(one) == pytest.approx(one.mean, rel=1e-12)
        assert one.spread.by_step == tuple(said.dispersion[row].tolist())
        widths = [
            choice.width for choice in one.choices for _ in range(choice.first_step, choice.last_step + 1)
        ]
        assert [one.spread.drawn * width for width in widths] == pytest.approx(one.spread.by_step)


def test_a_series_explained_alone_is_explained_as_among_others(history, trained, explained):
    assert explain(history.take(np.array([7])), trained, horizon=HORIZON) == (explained[7],)


def test_the_class_stands_with_the_figures_that_it_goes_by(explained):
    names = {(False, False): "smooth", (True, False): "intermittent", (False, True): "erratic"}
    for one in explained:
        figures = one.adi >= 1.32, one.cv2 >= 0.49
        assert one.demand_class == names.get(figures, "lumpy")


def test_what_was_tried_and_lost_in_rehearsals_is_kept_with_the_training(trained, explained):
    again = Trained.from_json(trained.to_json())
    assert again.tried == trained.tried
    assert repr(again.cells) == repr(trained.cells)
    for choice in explained[0].choices:
        losses = [rival.loss for rival in choice.rivals]
        assert all(loss is not None and 0 < loss < 2 for loss in losses)
        assert choice.evidence > 0
        assert choice.why in (Why.PLAIN, Why.SAVES)


def _with_cell(trained: Trained, cell: Cell, blend=MEAN_OF_LEVELS) -> Trained:
    return replace(
        trained,
        cells=((cell,) * 3,) * 4,
        tried=(MEAN_OF_LEVELS, equally("tsb")),
        blends=((blend,) * 3,) * 4,
        learned={"theta": "", **dict.fromkeys(MEAN_OF_LEVELS.models, "")},
    )


@pytest.mark.parametrize(
    ("cell", "why", "sentence"),
    [
        (Cell(0, (0.5, 0.498), 900), Why.PLAIN, "no other lost clearly less .* tsb, 0.4% less"),
        (Cell(0, (0.5, 0.6), 900), Why.PLAIN, "none of the others lost less in rehearsals"),
        (Cell(1, (0.5, 0.4), 900), Why.SAVES, "it lost 20.0% less than tsb [+] exponential_smoothing"),
        (Cell(0, (np.nan, np.nan), 0), Why.NO_EVIDENCE, "no past to rehearse on"),
    ],
)
def test_why_a_blend_was_taken_is_one_clause(history, trained, cell, why, sentence):
    (one,) = explain(history.take(np.array([1])), _with_cell(trained, cell), horizon=1)
    assert one.choices[0].why is why
    assert one.choices[0].taken == cell.taken
    assert re.search(sentence, one.choices[0].sentence)


def test_a_model_left_out_is_named_and_the_weights_of_the_rest_still_add_up(make_frame, trained):
    drifting = _with_cell(trained, Cell(0, (0.5, 0.6), 9), equally("theta", "tsb"))
    (one,) = explain(read_frame(make_frame({"new|x": [3.0, 3.0]})), drifting, horizon=2)
    assert one.choices[0].weights == (("tsb", 1.0),)
    assert [gone.model for gone in one.left_out] == ["theta"]
    assert "left out: theta" in one.summary()
    assert _added_up(one) == pytest.approx(one.mean)


def test_recent_bias_is_what_levels_said_a_step_before_against_what_sold(make_frame, trained):
    history = read_frame(make_frame({"doubled|x": [10.0] * 30 + [20.0] * 8}))
    (one,) = explain(history, _plain(trained), horizon=1)
    assert (one.bias.steps, one.bias.sold) == (8, 160.0)
    # Levels start at 10 and rise toward 20: too low all the way, by less than half.
    assert one.bias.share is not None
    assert -0.5 < one.bias.share < -0.1
    assert "too low" in one.summary()


def test_recent_bias_looks_at_no_later_step(make_frame, trained):
    """The oldest of the eight is said from the steps before it, whatever came afterwards."""
    first = [10.0] * 30 + [20.0]
    wild = read_frame(make_frame({"a|x": [*first, 500.0, 0.0, 900.0, 0.0, 0.0, 70.0, 0.0]}))
    calm = read_frame(make_frame({"a|x": [*first, *[10.0] * 7]}))
    hidden = [replace(one, state=one.state.copy()) for one in (wild, calm)]
    for one in hidden:
        one.state[-7:] = MASKED
    said = [explain(one, _plain(trained), horizon=1)[0].bias for one in hidden]
    assert said[0] == said[1]
    assert said[0].steps == 1


def test_steps_that_say_nothing_are_counted_and_not_judged(make_frame, trained):
    history = read_frame(make_frame({"a|x": [4.0] * 20}))
    history = replace(history, units=history.units.copy(), state=history.state.copy())
    history.state[[2, 18]], history.state[19] = MASKED, AT_LEAST
    history.units[[2, 18]] = 0.0
    (one,) = explain(history, _plain(trained), horizon=1)
    assert (one.steps, one.observed, one.hidden, one.bounded, one.bias.steps) == (20, 17, 2, 1, 6)
    assert 7.0 < one.hidden_units < 13.0  # about 4 in each of two steps, and some above the bound of 4
    assert "stock-outs in 3 weeks are taken to have hidden" in one.summary()


def _plain(trained: Trained) -> Trained:
    """The mean of levels, no season."""
    flat = Season(trained.season.anchor, np.ones(52), np.ones(7))
    return replace(_with_cell(trained, Cell(0, (0.5, 0.6), 9)), season=flat)


def test_the_season_is_told_where_there_is_one(history, trained):
    one_series = history.take(np.array([1]))
    busy = Season(trained.season.anchor, np.linspace(0.5, 1.5, 52), np.ones(7))
    (told,) = explain(one_series, replace(_plain(trained), season=busy), horizon=4)
    (untold,) = explain(one_series, _plain(trained), horizon=4)
    assert "times a season of" in told.summary()
    assert "season" not in untold.summary()


def test_what_never_sold_is_explained_too(make_frame, trained):
    (one,) = explain(read_frame(make_frame({"a|x": [0.0] * 30})), _plain(trained), horizon=2)
    assert one.adi == np.inf
    assert one.mean == (0.0, 0.0)
    assert one.bias.share is None
    assert one.summary().startswith("Intermittent demand (sold in 0 of 30 known weeks), 0.0 units a week")


@pytest.fixture(scope="module")
def promoted() -> tuple[History, Trained]:
    """Where a promotion triples sales, and half of the forecast is made by trees that know of it."""
    history = random_history(series=40, steps=90, seed=3, drivers=True, ahead=4)
    trained = train(history, horizon=4, seed=0)
    trees = GlobalTrees()
    learned = dict.fromkeys(MEAN_OF_LEVELS.models, "")
    learned[trees.name] = trees.learn(history, horizon=4, seed=0)
    blends = ((halfway(MEAN_OF_LEVELS, trees.name),) * 3,) * 4
    return history, replace(trained, learned=learned, blends=blends)


def test_a_driver_that_raises_demand_has_an_effect_and_noise_has_next_to_none(promoted):
    history, trained = promoted
    assert history.drivers is not None
    values = history.drivers.values.copy()
    ends = np.cumsum(history.lengths + 4)
    for end in ends.tolist():
        values[end - 4 : end, 0] = (1.0, 0.0, 0.0, 0.0)  # only the first step ahead is promoted
    history = replace(history, drivers=replace(history.drivers, values=values))
    explained = explain(history, trained, horizon=4)
    mean = np.array([one.mean for one in explained])
    effect = {driver.driver: np.zeros_like(mean) for driver in explained[0].drivers}
    for row, one in enumerate(explained):
        for driver in one.drivers:
            effect[driver.driver][row] = driver.units
    assert 0.15 < effect["promotion"][:, 0].sum() / mean[:, 0].sum() < 0.7
    assert np.abs(effect["promotion"][:, 1:]).sum() < 0.2 * effect["promotion"][:, 0].sum()
    assert np.abs(effect["noise"]).sum() < 0.1 * mean.sum()
    assert any("from promotion" in one.summary() for one in explained)


def test_a_launch_tells_what_it_leans_on_and_a_silent_series_that_it_may_have_ended(make_frame, trained):
    frame = make_frame({"new|x": [9.0] * 3, "silent|x": [9.0] * 30 + [0.0] * 12, "steady|x": [9.0] * 42})
    new, silent, steady = explain(read_frame(frame), _plain(trained), horizon=2)
    assert new.launch is not None
    assert 0.0 < new.launch.own_weight < 1.0
    assert "made expect of a launch" in new.summary()
    assert silent.alive[0] < 0.9
    assert "it may have ended" in silent.summary()
    assert (steady.launch, steady.alive) == (None, (1.0, 1.0))
    assert _added_up(new) == pytest.approx(new.mean)
    assert _added_up(silent) == pytest.approx(silent.mean)
