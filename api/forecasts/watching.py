"""Watches runs: holds a new one against those before it, and those against what has sold.

Done once a run is there, block by block of series, and kept with the run in one transaction with the event
that tells of its alerts. Killed in between it begins anew, and says the same.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from api.events.payloads import alerts_event
from api.forecasts.blocks import Block, blocks, of_none
from api.forecasts.overriding import overrides_of
from api.forecasts.service import done
from api.forecasts.watch_schemas import (
    AlertOut,
    AuthorOut,
    GroupOut,
    LinkOut,
    ValueAddedOut,
    WatchReportOut,
    WorthOut,
)
from api.jobs.kinds import Step, Steps
from api.logs import log
from forecasting.demand import QuantileForecast
from forecasting.history import BoolArray
from forecasting.judging.reference import seasonal_naive
from forecasting.watching.overrides import NOBODY, Overridden, Worth, apply, saved_by_author, worth_of
from forecasting.watching.track import ALL, Track, said_of, track_of
from forecasting.watching.value_added import Chain, chain_of
from forecasting.watching.watch import Watched, watch
from forecasting.watching.watch_report import WatchReport, report_of
from storage.database import Database
from storage.forecasts import StoredRun
from storage.stores import Stores
from storage.unit_of_work import write_together

if TYPE_CHECKING:
    from forecasting.learning.rehearsal import Rehearsal

LOOK_BACK = 12
"""Runs before the new one that are told of, at most: of weekly ones a quarter of a year."""
MOST_WORTHS = 100
NAIVE, FORECAST, PLANNED = "naive", "forecast", "planned"
"""The links of the chain: the same step a year before, what was forecast, and that with overrides."""


@dataclass(slots=True)
class _Found:
    """What blocks seen so far come to."""

    watched: Watched | None = None
    chain: Chain | None = None
    overridden: Chain | None = None
    worths: list[Worth] = field(default_factory=list)

    def add(self, watched: Watched, chain: Chain, overridden: Chain, worths: Sequence[Worth]) -> None:
        self.watched = watched if self.watched is None else self.watched.plus(watched)
        self.chain = chain if self.chain is None else self.chain.plus(chain)
        self.overridden = overridden if self.overridden is None else self.overridden.plus(overridden)
        self.worths += worths


def watch_run(database: Database, number: int) -> Steps:
    """Watch a run that is done."""
    with database.reading() as stores:
        run = done(stores, number)
        before = tuple(reversed(stores.forecasts.like(run, limit=LOOK_BACK)))
    found, seen = _Found(), 0
    if before:
        for block in blocks(database, (*before, run)):
            _look(database, found, (*before, run), block)
            seen += len(block.said[-1].ids)
            yield Step(min(seen, run.asked.series), "looking back")
    alerts = _keep(database, run, before, found)
    return {"run": number, "runs": [one.number for one in before], "alerts": alerts}


def _look(database: Database, found: _Found, runs: Sequence[StoredRun], block: Block) -> None:
    *before, now = block.said
    track = track_of(before, block.history)
    with database.reading() as stores:
        laid = [
            apply(said, overrides_of(stores, said, run.asked.grain), now=following.asked_at)
            for said, (run, following) in zip(before, pairwise(runs), strict=True)
        ]
    planned = said_of([one.forecast for one in laid], track.ids, track.periods)
    links = (
        (NAIVE, said_of(_naive(runs, block), track.ids, track.periods)),
        (FORECAST, track.said),
        (PLANNED, planned),
    )
    found.add(
        watch(track, before=before[-1], now=now),
        chain_of(track, links),
        chain_of(track, links, where=_counted(laid, track)),
        worth_of(laid, track, said=track.said, planned=planned),
    )


def _naive(runs: Sequence[StoredRun], block: Block) -> list[QuantileForecast]:
    """What naive would have said instead of each run, of the steps up to the next one."""
    said = []
    memos: dict[int, dict[date, Rehearsal]] = {}
    for run, following in pairwise(runs):
        grain, options = run.asked.grain, run.asked.options
        gap = (following.asked.cutoff - run.asked.cutoff).days // grain.days
        horizon = max(1, min(gap, options.horizon))
        past = block.history.until((block.history.last - run.asked.cutoff).days // grain.days)
        memo = memos.setdefault(horizon, {})
        said.append(
            seasonal_naive(past, horizon=horizon, levels=options.levels, memo=memo)
            if len(past)
            else of_none(run)
        )
    return said


def _counted(laid: Sequence[Overridden], track: Track) -> BoolArray:
    """Where an override counted in the newest run before a step, shape (steps, series)."""
    row_of = {name: row for row, name in enumerate(track.ids)}
    step_of = {day: step for step, day in enumerate(track.periods)}
    counted = np.zeros(track.came.shape, dtype=np.bool_)
    for one in laid:
        rows = np.array([row_of[name] for name in one.original.ids], dtype=np.int64)
        for at, day in enumerate(one.original.periods):
            if day in step_of:
                counted[step_of[day], rows] = one.counts[:, at] != NOBODY
    return counted


def _keep(database: Database, run: StoredRun, before: Sequence[StoredRun], found: _Found) -> int:
    """Keep what was found, and tell of its alerts, once; how many there are."""
    numbers = [one.number for one in before]
    report = None if found.watched is None else report_of(found.watched)
    alerts = () if report is None else report.alerts

    def write(stores: Stores) -> bool:
        now = stores.real_now
        shown = _report_out(run, now, numbers, report)
        added = _added_out(run, now, numbers, found)
        is_new = stores.watches.put(
            run.number, report=shown.model_dump(mode="json"), value_added=added.model_dump(mode="json")
        )
        if is_new and alerts:
            stores.outbox.put(alerts_event(run.number, run.asked.cutoff, alerts))
        return is_new

    if write_together(database, write):
        log.info("forecast_watched", forecast_run=run.number, runs=numbers, alerts=len(alerts))
    return len(alerts)


def _report_out(run: StoredRun, now: datetime, runs: list[int], report: WatchReport | None) -> WatchReportOut:
    return WatchReportOut(
        run=run.number,
        made_at=now,
        runs=runs,
        steps=[] if report is None else list(report.periods),
        alerts=[] if report is None else [AlertOut.model_validate(one) for one in report.alerts],
        groups=[] if report is None else [GroupOut.model_validate(one) for one in report.groups],
    )


def _added_out(run: StoredRun, now: datetime, runs: list[int], found: _Found) -> ValueAddedOut:
    worths = sorted(found.worths, key=lambda one: (-abs(one.saved), one.override.id))
    judged = [one for one in worths if one.steps]
    overrides = Counter(one.override.author for one in judged)
    chains = found.chain, found.overridden
    links, overridden = (() if one is None else one.links() for one in chains)
    return ValueAddedOut(
        run=run.number,
        made_at=now,
        runs=runs,
        steps=[] if found.watched is None else list(found.watched.periods),
        links=[LinkOut.model_validate(one) for one in links],
        overridden=[LinkOut.model_validate(one) for one in overridden if one.group == ALL],
        authors=[
            AuthorOut(author=author, overrides=overrides[author], saved=saved)
            for author, saved in saved_by_author(judged).items()
        ],
        overrides=[_worth_out(one) for one in judged[:MOST_WORTHS]],
    )


def _worth_out(worth: Worth) -> WorthOut:
    names = ("steps", "sold", "loss_without", "loss_with", "error_without", "error_with", "saved")
    return WorthOut(
        override=int(worth.override.id),
        author=worth.override.author,
        **{name: getattr(worth, name) for name in names},
    )
