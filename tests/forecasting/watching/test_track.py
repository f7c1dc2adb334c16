"""Tracks: each step is told once, by the newest run before it, beside what sold."""

from datetime import date, timedelta

import numpy as np
import pytest

from forecasting.classes import CLASSES
from forecasting.demand import QuantileForecast
from forecasting.history import AT_LEAST, MASKED
from forecasting.learning.rehearsal import NOT_THERE
from forecasting.measures import measures_of
from forecasting.reading.frame import read_frame
from forecasting.watching.track import ALL, added, said_of, sums_by_group, track_of
from fulfillment.errors import InvalidInput

LAST = date(2011, 5, 23)  # as `make_frame` ends


def run_of(means: dict[str, list[float]], *, cutoff: date, levels=(0.5, 0.9)) -> QuantileForecast:
    """A run whose quantiles are its mean and twice its mean."""
    mean = np.array([means[name] for name in sorted(means)], dtype=np.float64)
    return QuantileForecast(
        ids=tuple(sorted(means)),
        periods=tuple(cutoff + timedelta(days=7 * k) for k in range(1, mean.shape[1] + 1)),
        levels=levels,
        mean=mean,
        dispersion=np.full(mean.shape, 0.5),
        quantiles=np.stack([mean, 2 * mean], axis=2).astype(np.int64),
        left_out=(),
    )


def test_each_step_is_told_by_the_newest_run_before_it(make_frame):
    history = read_frame(make_frame({"a|x": [1, 2, 3, 4, 5, 6]}))
    old = run_of({"a|x": [30, 40, 50, 60]}, cutoff=LAST - timedelta(weeks=4))
    new = run_of({"a|x": [51, 61, 71]}, cutoff=LAST - timedelta(weeks=2))
    track = track_of([old, new], history)
    assert track.periods == tuple(LAST - timedelta(weeks=k) for k in (3, 2, 1, 0))
    assert track.said.mean[:, 0].tolist() == [30, 40, 51, 61]
    assert track.said.quantiles[:, 0].tolist() == [[30, 60], [40, 80], [51, 102], [61, 122]]
    assert track.came[:, 0].tolist() == [3, 4, 5, 6]
    assert track.judged.all()


def test_stock_outs_and_unknown_series_and_steps_before_the_first_are_not_judged(make_frame):
    history = read_frame(make_frame({"a|x": [1, 2, 3, 4], "young|x": [7]}))
    history.state[1], history.state[2] = MASKED, AT_LEAST
    said = run_of(
        {name: [1, 1, 1] for name in ("a|x", "gone|x", "young|x")}, cutoff=LAST - timedelta(weeks=3)
    )
    track = track_of([said], history)
    assert track.ids == ("a|x", "gone|x", "young|x")
    assert track.judged.tolist() == [[False, False, False], [False, False, False], [True, False, True]]


def test_the_class_is_that_known_before_what_came(make_frame):
    history = read_frame(make_frame({"a|x": [5] * 10 + [0, 0, 400, 0, 0, 0], "new|x": [1, 1]}))
    said = run_of({"a|x": [5] * 6, "new|x": [5] * 6}, cutoff=LAST - timedelta(weeks=6))
    track = track_of([said], history)
    assert [CLASSES[track.classes[0]].value, track.classes[1]] == ["smooth", NOT_THERE]


def test_what_only_one_run_tells_is_not_known_of_the_other(make_frame):
    history = read_frame(make_frame({"a|x": [1, 2], "b|x": [1, 2]}))
    cutoff = LAST - timedelta(weeks=2)
    track = track_of([run_of({"a|x": [1, 2]}, cutoff=cutoff)], history)
    other = said_of([run_of({"b|x": [9, 9]}, cutoff=cutoff)], track.ids, track.periods)
    assert np.isnan(other.mean).all()


def test_runs_with_different_levels_or_none_at_all_are_refused(make_frame):
    history = read_frame(make_frame({"a|x": [1, 2]}))
    runs = [run_of({"a|x": [1]}, cutoff=LAST, levels=levels) for levels in ((0.5, 0.9), (0.5, 0.95))]
    with pytest.raises(InvalidInput, match="different levels"):
        track_of(runs, history)
    with pytest.raises(InvalidInput, match="no run"):
        track_of([], history)


def test_sums_of_two_halves_add_up_to_those_of_the_whole(gifts):
    history = read_frame(gifts)
    rng = np.random.default_rng(2)
    cutoff = LAST - timedelta(weeks=5)
    said = run_of({name: rng.integers(0, 40, 5).tolist() for name in history.ids}, cutoff=cutoff)
    whole = track_of([said], history)
    sums = sums_by_group(whole, whole.said, whole.judged)
    halves = []
    for rows in (np.arange(15), np.arange(15, 40)):
        part = track_of([run_of({said.ids[r]: said.mean[r].tolist() for r in rows}, cutoff=cutoff)], history)
        halves.append(sums_by_group(part, part.said, part.judged))
    for group, of_group in sums.items():
        both = measures_of(added(halves[0][group], halves[1][group]))
        for name in ("wql", "wape", "bias", "below", "at_or_below"):
            assert getattr(both, name) == pytest.approx(getattr(measures_of(of_group), name), nan_ok=True)
    assert sums[ALL].cells.tolist() == [40.0] * 5
    assert sum(of.cells.sum() for group, of in sums.items() if group != ALL) == 200
