"""The watch: true forecasts raise no alerts, each fault raises its own, and never a storm of them."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from forecasting.demand import QuantileForecast
from forecasting.history import OBSERVED, History
from forecasting.kernels.negative_binomial import negative_binomial_quantiles
from forecasting.quantiles.levels import LEVELS
from forecasting.watching.alerts import Alert, Kind, Severity, WatchLimits
from forecasting.watching.track import track_of
from forecasting.watching.watch import Watched, watch
from forecasting.watching.watch_report import WatchReport, report_of
from fulfillment.errors import InvalidInput

LAST = date(2011, 5, 23)
SERIES, PAST, STEPS, HORIZON = 400, 40, 12, 8
DISPERSION = 0.4


def world(*, seed: int) -> tuple[History, np.ndarray]:
    """Negative-binomial sales around levels that never move, and the levels; 0.3 to 50 units a week."""
    rng = np.random.default_rng(seed)
    level = 10.0 ** rng.uniform(-0.5, 1.7, SERIES)
    shape = 1 / DISPERSION
    units = rng.negative_binomial(shape, shape / (shape + level[:, None]), (SERIES, PAST + STEPS))
    return (
        History(
            ids=tuple(f"k{row:03}|x" for row in range(SERIES)),
            starts=np.arange(SERIES + 1) * (PAST + STEPS),
            units=units.ravel().astype(np.float64),
            state=np.full(units.size, OBSERVED, dtype=np.uint8),
            last=LAST,
        ),
        level,
    )


def run_of(ids, mean: np.ndarray, *, weeks_ago: int, dispersion: float = DISPERSION) -> QuantileForecast:
    means = np.repeat(mean[:, None], HORIZON, axis=1)
    spread = np.full(means.shape, dispersion)
    cutoff = LAST - timedelta(weeks=weeks_ago)
    return QuantileForecast(
        ids=tuple(ids),
        periods=tuple(cutoff + timedelta(days=7 * k) for k in range(1, HORIZON + 1)),
        levels=LEVELS,
        mean=means,
        dispersion=spread,
        quantiles=negative_binomial_quantiles(means, spread, np.array(LEVELS)),
        left_out=(),
    )


def watched(history: History, level: np.ndarray, *, dispersion: float = DISPERSION, now=None) -> Watched:
    """A run each week that knows the level, and the newest one, `now` times the level."""
    runs = [run_of(history.ids, level, weeks_ago=k, dispersion=dispersion) for k in range(STEPS, 0, -1)]
    newest = level if now is None else level * now
    return watch(
        track_of(runs, history),
        before=runs[-1],
        now=run_of(history.ids, newest, weeks_ago=0, dispersion=dispersion),
    )


def _alerts(report: WatchReport, kind: Kind, subject: str | None = None) -> list[Alert]:
    return [one for one in report.alerts if one.kind is kind and subject in (None, one.subject)]


def test_true_forecasts_hardly_ever_raise_an_alert():
    reports = [report_of(watched(*world(seed=seed))) for seed in range(20)]
    # 20 looks at 5 groups and 400 series each.
    assert sum(len(report.alerts) for report in reports) <= 5
    assert reports[0].groups[0].group == "all"
    assert reports[0].groups[0].cells == SERIES * STEPS


@pytest.mark.parametrize(("factor", "way"), [(1.4, "too high"), (0.6, "too low")])
def test_a_bias_of_all_series_is_an_alert_of_its_classes_and_not_one_per_series(factor, way):
    history, level = world(seed=1)
    report = report_of(watched(history, level * factor))
    (alert,) = _alerts(report, Kind.BIAS, "all")
    assert way in alert.sentence
    assert alert.severity is Severity.CRITICAL
    assert np.sign(alert.figure) == (1 if factor > 1 else -1)
    assert len(report.alerts) <= 2 * 5 + 2 * WatchLimits().named


def test_one_biased_series_is_named_and_nothing_else():
    history, level = world(seed=2)
    row = int(np.argsort(level)[-20])
    wrong = level.copy()
    wrong[row] *= 5
    report = report_of(watched(history, wrong))
    (alert,) = [one for one in report.alerts if "|" in one.subject and one.kind is Kind.BIAS]
    assert alert.subject == history.ids[row]
    assert "was forecast too high over 12 steps" in alert.sentence
    assert alert.figure > 4.0


def test_a_level_that_jumps_from_one_run_to_the_next_is_a_drift():
    history, level = world(seed=3)
    report = report_of(watched(history, level, now=1.3))
    (alert,) = _alerts(report, Kind.DRIFT, "all")
    assert alert.figure == pytest.approx(0.3)
    assert alert.severity is Severity.CRITICAL
    assert "30.0% higher than by the run before" in alert.sentence
    assert _alerts(report, Kind.CHURN) == []
    assert report.groups[0].change.before == pytest.approx(level.sum() * (HORIZON - 1))


def test_series_that_move_to_and_fro_are_churn_and_no_drift():
    history, level = world(seed=4)
    order = np.argsort(level)
    factor = np.ones(SERIES)
    factor[order[0::2]], factor[order[1::2]] = 1.4, 0.6
    report = report_of(watched(history, level, now=factor))
    assert [one.subject for one in _alerts(report, Kind.DRIFT) if one.subject == "all"] == []
    (alert,) = _alerts(report, Kind.CHURN, "all")
    assert alert.figure == pytest.approx(0.4)


def test_one_series_whose_forecast_doubles_is_named():
    history, level = world(seed=5)
    row = int(np.argmax(level))
    factor = np.ones(SERIES)
    factor[row] = 2.5
    report = report_of(watched(history, level, now=factor))
    named = [one.subject for one in _alerts(report, Kind.DRIFT) if "|" in one.subject]
    assert named == [history.ids[row]]


@pytest.mark.parametrize(("dispersion", "side"), [(0.05, -1), (1.6, 1)])
def test_quantiles_too_narrow_or_too_wide_are_told(dispersion, side):
    report = report_of(watched(*world(seed=6), dispersion=dispersion))
    (alert,) = _alerts(report, Kind.CALIBRATION, "all")
    levels = {one.level: one for one in report.groups[0].calibration}
    assert np.sign(levels[0.9].outside) == side
    assert alert.figure == max(
        abs(one.outside) for one in levels.values() if f"{one.level:g} " in alert.sentence
    )


def test_the_sentence_says_whether_too_much_or_too_little_is_planned_for():
    history, level = world(seed=6)
    for factor, words in ((1.6, "too much is planned for"), (0.5, "too little is planned for")):
        (alert,) = _alerts(report_of(watched(history, level * factor)), Kind.CALIBRATION, "all")
        assert alert.sentence.endswith(words)


def test_named_series_are_no_more_than_asked_for_and_the_largest_errors():
    history, level = world(seed=7)
    found = watched(history, level * 6)
    report = report_of(found, limits=WatchLimits(named=3))
    named = [one.subject for one in _alerts(report, Kind.BIAS) if "|" in one.subject]
    assert named == [one.series for one in found.biased[:3]]
    assert [one.severity for one in report.alerts] == sorted(one.severity for one in report.alerts)


def test_with_few_steps_bias_and_quantiles_are_not_told():
    history, level = world(seed=8)
    runs = [run_of(history.ids, level * 2, weeks_ago=k) for k in (3, 2, 1)]
    found = watch(track_of(runs, history), before=runs[-2], now=runs[-1])
    report = report_of(found)
    assert report.alerts == ()
    assert report.groups[0].signal is None
    assert report.groups[0].calibration == ()
    assert report.groups[0].bias == pytest.approx(1.0, abs=0.2)


def test_what_is_watched_in_parts_is_what_is_watched_as_a_whole():
    history, level = world(seed=9)
    whole = watched(history, level * 1.2, now=1.15)
    parts = [
        watched(history.take(rows), level[rows] * 1.2, now=1.15)
        for rows in np.split(np.arange(SERIES), [130])
    ]
    both = parts[0].plus(parts[1])
    assert both.biased == whole.biased
    assert both.changed == pytest.approx(whole.changed)
    one, other = report_of(both), report_of(whole)
    assert [(a.kind, a.subject, a.sentence) for a in one.alerts] == [
        (a.kind, a.subject, a.sentence) for a in other.alerts
    ]
    assert one.groups[0].cells == other.groups[0].cells


def test_runs_with_no_step_in_common_are_not_compared():
    history, level = world(seed=10)
    runs = [run_of(history.ids, level, weeks_ago=k) for k in (20, 10)]
    found = watch(track_of(runs, history), before=runs[0], now=runs[1])
    assert found.changes["all"].series == 0
    assert found.changes["all"].share is None
    assert found.changed == ()
    assert _alerts(report_of(found), Kind.DRIFT) == []


@pytest.mark.parametrize("changes", [{"drift": -0.1}, {"confidence": 1.0}, {"named": float("nan")}])
def test_limits_that_cannot_be_meant_are_refused(changes):
    with pytest.raises(InvalidInput, match="is no limit"):
        replace(WatchLimits(), **changes)
