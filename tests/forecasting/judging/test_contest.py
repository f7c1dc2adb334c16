"""The judge: same cells for all, the best peer found, differences paired, gates shown."""

import numpy as np
import pytest

from forecasting.judging.contest import (
    ALL,
    CHRISTMAS,
    LATE,
    Entry,
    Field,
    Part,
    field_of,
    gates_of,
    judge,
    parts_of,
)
from forecasting.reading.frame import read_frame

LEVELS = (0.5, 0.9)
ORIGINS = [61, 63, 65, 67, 69, 71]


@pytest.fixture(scope="module")
def field(gifts) -> Field:
    return field_of(read_frame(gifts), ORIGINS, horizon=4, levels=LEVELS)


def _entry(field: Field, model: str, *, times: float, is_peer: bool = True) -> Entry:
    """Says what came, times a factor: the further from 1, the worse."""
    mean = np.where(field.judged, times * np.nan_to_num(field.came), np.nan)
    return Entry(model, "own", mean, np.repeat(mean[..., None], 2, axis=-1), is_peer)


def _whole(field: Field) -> Part:
    return Part(ALL, np.ones_like(field.judged))


def test_classes_and_steps_add_up_to_all(field):
    parts = {part.name: part for part in parts_of(field, late_from=67, christmas=(64, 66))}
    entry = _entry(field, "m", times=1.5)
    cells = {
        name: sum(one.cells for one in judge(field, [entry], part, seed=1)) for name, part in parts.items()
    }
    assert cells["smooth"] + cells["intermittent"] + cells["erratic"] + cells["lumpy"] == cells[ALL]
    assert sum(cells[f"step {step}"] for step in (1, 2, 3, 4)) == cells[ALL]
    assert cells[LATE] == field.judged[3:].sum() < cells[ALL]


def test_christmas_is_a_matter_of_the_week_forecast_not_of_the_origin(field):
    part = next(p for p in parts_of(field, late_from=67, christmas=(64, 66)) if p.name == CHRISTMAS)
    steps = {origin: cells.any(axis=0).tolist() for origin, cells in zip(ORIGINS, part.cells, strict=True)}
    assert steps[61] == [False, False, True, True]
    assert steps[63] == [True, True, True, False]
    assert steps[65] == [True, False, False, False]
    assert steps[67] == [False] * 4


def test_differences_are_to_the_best_peer_and_a_contender_is_never_the_best_peer(field):
    entries = [
        _entry(field, "ours", times=1.1, is_peer=False),
        _entry(field, "far", times=2.0),
        _entry(field, "near", times=1.2),
    ]
    ours, far, near = judge(field, entries, _whole(field), seed=1)
    assert {one.against_best_peer.peer for one in (ours, far, near)} == {"near"}
    assert near.against_best_peer.difference == 0
    assert near.against_best_peer.between == (0, 0)
    assert ours.against_best_peer.difference < 0 < far.against_best_peer.difference
    low, high = ours.against_best_peer.between
    assert low <= ours.against_best_peer.difference <= high < 0


def test_errors_that_all_share_are_no_doubt_about_a_difference(field):
    """Both lose the same on wild origins; paired draws see that, unpaired ones would not."""
    wild = np.array([1.0, 1.0, 4.0, 1.0, 5.0, 1.0])[:, None, None]
    one, other = _entry(field, "one", times=2.0), _entry(field, "other", times=2.1)
    wilder = [
        Entry(e.model, "own", e.mean * wild, e.spread * wild[..., None], is_peer=True) for e in (one, other)
    ]
    _, worse = judge(field, wilder, _whole(field), seed=1)
    low, high = worse.against_best_peer.between
    assert low > 0
    assert high - low < 0.2 * (worse.wql_between[1] - worse.wql_between[0])


def test_a_forecast_that_is_too_high_everywhere_has_an_interval_of_bias_around_what_it_is(field):
    (verdict,) = judge(field, [_entry(field, "m", times=2.0)], _whole(field), seed=1)
    low, high = verdict.bias_between
    assert 0 < low <= verdict.bias <= high


def test_few_origins_tell_no_interval(field):
    part = Part("two", np.isin(field.origins, [61, 63])[:, None, None] & np.ones_like(field.judged))
    (verdict,) = judge(field, [_entry(field, "m", times=1.5)], part, seed=1)
    assert verdict.wql_between is None
    assert verdict.bias_between is None
    assert verdict.calibration_between is None
    assert verdict.against_best_peer.between is None


def test_a_part_without_a_judged_cell_has_no_verdict(field):
    nothing = Part("none", np.zeros_like(field.judged))
    assert judge(field, [_entry(field, "m", times=1.0)], nothing, seed=1) == ()


def test_without_a_peer_there_is_nothing_to_differ_from_and_no_gate(field):
    verdicts = judge(field, [_entry(field, "ours", times=1.1, is_peer=False)], _whole(field), seed=1)
    assert verdicts[0].against_best_peer is None
    assert gates_of(verdicts) == ()


@pytest.mark.parametrize(("times", "is_kept"), [(1.2, True), (1.2009, True), (1.202, False)])
def test_a_loss_half_a_percent_above_the_best_peers_is_kept_and_more_is_not(field, times, is_kept):
    entries = [
        _entry(field, "ours", times=times, is_peer=False),
        _entry(field, "near", times=1.2),
        _entry(field, "far", times=3.0),
    ]
    loss, calibration = gates_of(judge(field, entries, _whole(field), seed=1))
    assert (loss.promise, calibration.promise) == ("quantile loss", "calibration")
    assert loss.peer == "near, own"
    assert loss.is_kept is is_kept


def test_a_calibration_worse_than_the_best_peers_is_not_kept(field):
    ours = _entry(field, "ours", times=1.2, is_peer=False)
    low = Entry("ours", "own", ours.mean, np.zeros_like(ours.spread))
    entries = [low, _entry(field, "near", times=1.2)]
    _, calibration = gates_of(judge(field, entries, _whole(field), seed=1))
    assert calibration.value > calibration.limit
    assert not calibration.is_kept
