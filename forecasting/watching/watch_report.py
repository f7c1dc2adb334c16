"""From what was measured of runs to figures by class and the few alerts worth a look. It measures nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting.measures import measures_of
from forecasting.watching.alerts import Alert, Kind, Severity, WatchLimits
from forecasting.watching.signals import MOST_LIMIT, Share, share_of, tracking_signal
from forecasting.watching.track import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from forecasting.watching.watch import Change, Watched

FEWEST_STEPS = 4  # of which shares are told with an interval: fewer do not tell how steps scatter


@dataclass(frozen=True, slots=True)
class LevelShares:
    """Shares of cells below, and at or below, one quantile; a calibrated level lies between them."""

    level: float
    below: Share
    at_or_below: Share

    @property
    def outside(self) -> float:
        """How far the level certainly lies outside: above 0 too much stock, below 0 too little, 0 inside."""
        if self.below.low > self.level:
            return self.below.low - self.level
        return min(self.at_or_below.high - self.level, 0.0)


@dataclass(frozen=True, slots=True)
class GroupReport:
    """How one demand class, or all, is doing.

    Parameters
    ----------
    steps, cells, units
        Steps and series x steps judged, units sold.
    bias, wape, wql
        As in `forecasting.measures.Measures`; None where nothing sold.
    signal, signal_limit
        Tracking signal of the class's summed errors, and the alert limit; None with too few steps.
    change
        From the run before to the newest.
    calibration
        By level; empty with too few steps or cells.
    """

    group: str
    steps: int
    cells: int
    units: float
    bias: float | None
    wape: float | None
    wql: float | None
    signal: float | None
    signal_limit: float | None
    change: Change
    calibration: tuple[LevelShares, ...]


@dataclass(frozen=True, slots=True)
class WatchReport:
    """Figures by class that were judged, and alerts: the critical ones first."""

    periods: tuple[date, ...]
    groups: tuple[GroupReport, ...]
    alerts: tuple[Alert, ...]


def report_of(watched: Watched, *, limits: WatchLimits | None = None) -> WatchReport:
    """Hold what was measured against limits."""
    wanted = WatchLimits() if limits is None else limits
    groups = tuple(_group(watched, name, wanted) for name in GROUPS)
    groups = tuple(one for one in groups if one.cells or one.change.series)
    alerts = [alert for group in groups for alert in _of_group(group, wanted)]
    alerts += [*_biased(watched, wanted), *_changed(watched, wanted)]
    alerts.sort(key=lambda alert: alert.severity is Severity.WARNING)
    return WatchReport(watched.periods, groups, tuple(alerts))


def _group(watched: Watched, name: str, limits: WatchLimits) -> GroupReport:
    sums = watched.sums[name]
    measures, there = measures_of(sums), sums.cells > 0
    steps, cells = int(there.sum()), int(sums.cells.sum())
    signal = tracking_signal(sums.signed[:, None], there[:, None])
    is_told = steps >= limits.fewest_steps and bool(np.isfinite(signal.value[0]))
    are_shares_told = steps >= FEWEST_STEPS and cells >= limits.fewest_cells
    return GroupReport(
        group=name,
        steps=steps,
        cells=cells,
        units=float(sums.units.sum()),
        bias=_known(measures.bias[0]),
        wape=_known(measures.wape[0]),
        wql=_known(measures.wql[0]),
        signal=float(signal.value[0]) if is_told else None,
        signal_limit=float(signal.limit(limits.bias_deviations)[0]) if is_told else None,
        change=watched.changes[name],
        calibration=tuple(
            LevelShares(
                level,
                share_of(sums.below[:, at], sums.cells, confidence=limits.confidence),
                share_of(sums.at_or_below[:, at], sums.cells, confidence=limits.confidence),
            )
            for at, level in enumerate(watched.levels)
        )
        if are_shares_told
        else (),
    )


def _of_group(group: GroupReport, limits: WatchLimits) -> Iterator[Alert]:
    who = "All series" if group.group == "all" else f"{group.group.capitalize()} series"
    yield from _bias(group, who, limits)
    change, churn = group.change.share, group.change.churn
    if change is not None and abs(change) > limits.drift:
        yield _beyond(
            Kind.DRIFT,
            group.group,
            abs(change),
            limits.drift,
            f"{who} are forecast {_percent(change)} {'higher' if change > 0 else 'lower'} than by the run "
            f"before for the same steps ({group.change.before:,.0f} to {group.change.now:,.0f} units)",
        )
    elif churn is not None and churn > limits.churn:  # a level that moved has moved its series as well
        yield _beyond(
            Kind.CHURN,
            group.group,
            churn,
            limits.churn,
            f"forecasts of {group.group} series moved by {_percent(churn)} of their units since the run "
            f"before, their level together by {_percent(change or 0.0)}",
        )
    yield from _calibration(group, who, limits)


def _bias(group: GroupReport, who: str, limits: WatchLimits) -> Iterator[Alert]:
    signal, limit, bias = group.signal, group.signal_limit, group.bias
    if signal is None or limit is None or bias is None:
        return
    if abs(signal) <= limit or abs(bias) < limits.least_bias:
        return
    yield Alert(
        Kind.BIAS,
        Severity.CRITICAL if abs(signal) > MOST_LIMIT else Severity.WARNING,
        group.group,
        signal,
        limit,
        f"{who} were forecast {_percent(bias)} too {_way(bias)} over {group.steps} steps "
        f"(tracking signal {signal:.2f}, limit {limit:.2f})",
    )


def _calibration(group: GroupReport, who: str, limits: WatchLimits) -> Iterator[Alert]:
    """The level that lies farthest outside, measured by what is let pass of it."""
    if not group.calibration:
        return
    worst = max(group.calibration, key=lambda one: abs(one.outside) / limits.of_level(one.level))
    tolerance = limits.of_level(worst.level)
    if abs(worst.outside) <= tolerance:
        return
    share, word = (
        (worst.below.value, "below") if worst.outside > 0 else (worst.at_or_below.value, "at or below")
    )
    yield _beyond(
        Kind.CALIBRATION,
        group.group,
        abs(worst.outside),
        tolerance,
        f"{who} stayed {word} the quantile of {worst.level:g} in {share:.1%} of {group.cells:,} cases: "
        f"{'too much is planned for' if worst.outside > 0 else 'too little is planned for'}",
    )


def _biased(watched: Watched, limits: WatchLimits) -> Iterator[Alert]:
    found = [
        one
        for one in watched.biased
        if one.steps >= limits.fewest_steps
        and abs(one.surprise) > limits.series_deviations
        and abs(one.said - one.sold) >= limits.series_bias * max(one.sold, 1.0)
    ]
    for one in found[: limits.named]:
        error = one.said - one.sold
        yield _beyond(
            Kind.BIAS,
            one.series,
            abs(one.surprise),
            limits.series_deviations,
            f"{one.series} was forecast too {_way(error)} over {one.steps} steps: {one.said:,.0f} units, "
            f"{one.sold:,.0f} sold, {abs(one.surprise):.1f} standard deviations of its own forecast",
        )


def _changed(watched: Watched, limits: WatchLimits) -> Iterator[Alert]:
    found = [
        one
        for one in watched.changed
        if abs(one.now - one.before)
        >= max(limits.series_units, limits.series_drift * max(one.before, one.now))
    ]
    for one in found[: limits.named]:
        share = abs(one.now - one.before) / max(one.before, one.now)
        yield Alert(
            Kind.DRIFT,
            Severity.WARNING,
            one.series,
            share,
            limits.series_drift,
            f"{one.series} is forecast at {one.now:,.0f} units where the run before said {one.before:,.0f}",
        )


def _beyond(kind: Kind, subject: str, figure: float, limit: float, sentence: str) -> Alert:
    severity = Severity.CRITICAL if figure > 2.0 * limit else Severity.WARNING
    return Alert(kind, severity, subject, figure, limit, sentence)


def _percent(share: float) -> str:
    return f"{abs(share):.1%}"


def _way(error: float) -> str:
    return "high" if error > 0 else "low"


def _known(ratio: float) -> float | None:
    return None if np.isnan(ratio) else float(ratio)
