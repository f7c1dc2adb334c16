"""What a watch sees on real orders, week by week: `python tests/benchmarks/watch_on_orders.py`.

Weekly sales of every product, home and abroad together. A run each week with what was learned at the first of
them. Limits of drift and churn were set on the runs that end by week 59, the development window; the later
runs are told for what they are. What planners add cannot be measured here: the file knows no planner.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from api.backtest_report import real_weeks
from forecasting.chunk import forecast_chunk
from forecasting.classes import CLASSES
from forecasting.demand import QuantileForecast
from forecasting.history import History
from forecasting.judging.origins import past_at
from forecasting.judging.reference import seasonal_naive
from forecasting.learning.training import train
from forecasting.watching.track import GROUPS, Track, said_of, track_of
from forecasting.watching.value_added import chain_of
from forecasting.watching.watch import watch
from forecasting.watching.watch_report import report_of

if TYPE_CHECKING:
    from datetime import date

    from forecasting.learning.rehearsal import Rehearsal

HORIZON = 8
WINDOWS = {"by week 59": (39, 59), "after": (60, 76)}
TRACKED = 12  # steps that each look goes back


def main() -> None:
    """Print moves of levels, alerts and value added of both windows."""
    history = real_weeks()
    for name, (first, last) in WINDOWS.items():
        tell(name, history, first, last)


def tell(name: str, history: History, first: int, last: int) -> None:
    """One window of weekly runs, the first at the end of week `first`."""
    learned_from, _ = past_at(history, first)
    trained = train(learned_from, horizon=HORIZON, seed=0)
    pasts = [past_at(history, origin)[0] for origin in range(first, last + 1)]
    runs = [forecast_chunk(past, trained, horizon=HORIZON) for past in pasts]
    print(f"\nRuns {name}: {first} to {last}, {len(runs[0].ids):,} to {len(runs[-1].ids):,} series")
    moves(runs, pasts)
    memo: dict[date, Rehearsal] = {}
    # The next run is a step later, so one step is all that each has to tell.
    naive = [seasonal_naive(past, horizon=1, memo=memo) for past in pasts[:-1]]
    track = track_of(runs[:-1], pasts[-1])
    largest(track)
    said = said_of(naive, track.ids, track.periods)
    for link in chain_of(track, [("naive", said), ("forecast", track.said)]).links():
        if link.name == "forecast":
            between = "" if link.between is None else "({:+.3f} to {:+.3f})".format(*link.between)
            print(
                f"{link.group:>13}: WQL {link.wql:.3f}, value added {link.added_wql:+.3f} {between}, "
                f"WAPE {link.added_wape:+.3f}"
            )


def largest(track: Track) -> None:
    """The series with most of the absolute error of each class."""
    error = np.where(track.judged, np.abs(track.said.mean - track.came), 0.0).sum(axis=0)
    for code, name in enumerate(CLASSES):
        of_class = np.where(track.classes == code, error, 0.0)
        worst = int(of_class.argmax())
        print(f"{name.value:>13}: {of_class[worst] / of_class.sum():.0%} of the error is {track.ids[worst]}")


def moves(runs: Sequence[QuantileForecast], pasts: Sequence[History]) -> None:
    """How far levels move from run to run, and the alerts of each look."""
    shares: dict[str, list[tuple[float, float]]] = {group: [] for group in GROUPS}
    alerts = []
    for at in range(1, len(runs)):
        track = track_of(runs[max(at - TRACKED, 0) : at], pasts[at])
        report = report_of(watch(track, before=runs[at - 1], now=runs[at]))
        for group in report.groups:
            if group.change.share is not None and group.change.churn is not None:
                shares[group.group].append((abs(group.change.share), group.change.churn))
        alerts.append(report.alerts)
    for group, found in shares.items():
        share, churn = np.array(found).T
        print(
            f"{group:>13}: level moves {np.median(share):.1%} (most {share.max():.1%}), "
            f"churn {np.median(churn):.1%} (most {churn.max():.1%})"
        )
    counts = [len(of_run) for of_run in alerts]
    print(f"Alerts a look: {np.mean(counts):.1f}, most {max(counts)}; those of the last:")
    for alert in alerts[-1]:
        print(f"  {alert.severity:>8} {alert.sentence}")


if __name__ == "__main__":
    main()
