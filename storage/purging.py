"""Purging from end to end: in batches, each a short transaction together with other writers.

Killed in between, what was purged is purged whole, and the next run goes on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forecasting.history import Grain
from fulfillment.ids import OrderId
from storage.database import Database
from storage.demand import Selection
from storage.dialects import Access
from storage.retention import Purged
from storage.stores import Stores
from storage.unit_of_work import write_together

_BATCH = 100  # orders in one transaction
_NAMED = 20  # orders that still hold stock


@dataclass(frozen=True, slots=True)
class Limits:
    """Ended orders whose last change is before these instants go, or only their decisions; None: never."""

    orders: datetime | None
    decisions: datetime | None

    @classmethod
    def by_age(cls, now: datetime, *, orders_days: int, decisions_days: int) -> "Limits":
        """Kept for so many days; 0 is for ever."""
        return cls(
            orders=now - timedelta(days=orders_days) if orders_days else None,
            decisions=now - timedelta(days=decisions_days) if decisions_days else None,
        )

    @property
    def decisions_alone(self) -> datetime | None:
        """The limit of decisions if they go before their orders do."""
        if self.decisions is None or self.orders is None or self.decisions > self.orders:
            return self.decisions
        return None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What went, and the orders older than the limit that hold stock: how many, and the first of them."""

    purged: Purged
    holding: int
    named: Sequence[OrderId]


@dataclass(frozen=True, slots=True)
class _Sweep:
    """One way through the orders: which are next after one, and what is done to a batch of them."""

    find: Callable[[Stores, OrderId | None], Sequence[OrderId]]
    count: Callable[[Stores, Sequence[OrderId]], Purged]
    erase: Callable[[Stores, Sequence[OrderId]], Purged]

    def erasing(self, orders: Sequence[OrderId]) -> Callable[[Stores], Purged]:
        return lambda stores: self.erase(stores, orders)


def purge(
    database: Database,
    limits: Limits,
    *,
    dry_run: bool = False,
    tell: Callable[[int], None] = lambda _orders: None,
) -> Outcome:
    """Purge what has ended before the limits; with `dry_run` only count it.

    `tell` is called with the number of orders looked at so far.
    """
    sweeps = []
    decisions = limits.decisions_alone
    if limits.orders is not None:
        answers = not dry_run and _may_be_remembered(database, limits.orders)
        sweeps.append(_orders_before(limits.orders, answers=answers, decisions=decisions is None))
    if decisions is not None:
        sweeps.append(_decisions_before(decisions))
    done, seen = Purged(), 0
    for sweep in sweeps:
        after: OrderId | None = None
        while True:
            with database.reading() as stores:
                batch = sweep.find(stores, after)
                counted = sweep.count(stores, batch) if dry_run and batch else Purged()
            if not batch:
                break
            done += counted if dry_run else write_together(database, sweep.erasing(batch))
            after, seen = batch[-1], seen + len(batch)
            tell(seen)
    if sweeps and not dry_run:
        with database.writing() as stores:  # alone: nobody refers to an excerpt meanwhile
            done += Purged(excerpts=stores.decisions.purge_excerpts())
    if limits.orders is not None:
        done += _purge_compared(database, limits.orders, dry_run=dry_run)
    return _outcome(database, limits, done)


def purge_others(database: Database, *, events_days: int, audit_days: int) -> dict[str, int]:
    """Purge events with their deliveries, ended jobs and the audit log by age; 0 days keeps for ever."""
    done = {"events": 0, "jobs": 0, "acts": 0}
    with database.writing(Access.TOGETHER) as stores:
        if events_days:
            days = timedelta(days=events_days)
            done["events"] = stores.outbox.purge(min(stores.now, stores.real_now) - days)
            done["jobs"] = stores.jobs.purge(stores.real_now - days)
        if audit_days:
            done["acts"] = stores.audit.purge(stores.real_now - timedelta(days=audit_days))
    return done


def purge_forecasts(database: Database, *, keep_runs: int, demand_days: int) -> dict[str, int]:
    """Purge all but the newest forecast runs, and demand of what has not sold for so long before the newest
    step of its grain; 0 days keeps it for ever."""
    done = {"forecast_runs": 0, "demand_series": 0}
    with database.writing() as stores:
        done["forecast_runs"] = stores.forecasts.purge(keep=keep_runs)
        for grain in Grain if demand_days else ():
            newest = stores.demand.extent(Selection(grain, stores.demand.revision)).latest_end
            if newest is not None:
                before = newest - timedelta(days=demand_days)
                done["demand_series"] += stores.demand.forget_ended(grain, before=before)
        stores.demand.forget_past()
    return done


def purge_order(database: Database, order: OrderId) -> Purged:
    """Purge one order, however young. A reservation that has expired is no stock held.

    Raises
    ------
    InvalidInput
        There is no such order.
    Refused
        It still holds stock.
    """
    with database.writing() as stores:
        stores.ledger.sweep(now=stores.now)
        purged = stores.retention.purge_order(order)
        return purged + Purged(excerpts=stores.decisions.purge_excerpts())


def _orders_before(before: datetime, *, answers: bool, decisions: bool) -> _Sweep:
    """All of an order; `decisions` are counted here unless another sweep does."""

    def find(stores: Stores, after: OrderId | None) -> Sequence[OrderId]:
        return stores.retention.ended(before=before, after=after, limit=_BATCH)

    def count(stores: Stores, orders: Sequence[OrderId]) -> Purged:
        found = stores.retention.count(orders)
        return found if decisions else replace(found, decisions=0)

    def erase(stores: Stores, orders: Sequence[OrderId]) -> Purged:
        return stores.retention.purge(orders, before=before, answers=answers)

    return _Sweep(find, count, erase)


def _decisions_before(before: datetime) -> _Sweep:
    def find(stores: Stores, after: OrderId | None) -> Sequence[OrderId]:
        return stores.retention.decided(before=before, after=after, limit=_BATCH)

    def count(stores: Stores, orders: Sequence[OrderId]) -> Purged:
        return Purged(decisions=stores.retention.count(orders).decisions)

    def erase(stores: Stores, orders: Sequence[OrderId]) -> Purged:
        return stores.retention.purge_decisions(orders, before=before)

    return _Sweep(find, count, erase)


def _purge_compared(database: Database, before: datetime, *, dry_run: bool) -> Purged:
    """Comparisons of orders that were never held: they have no end but their age."""
    if dry_run:
        with database.reading() as stores:
            return Purged(comparisons=stores.comparisons.count_never_held(before))
    purged = write_together(database, lambda stores: stores.comparisons.purge_never_held(before))
    return Purged(comparisons=purged)


def _may_be_remembered(database: Database, before: datetime) -> bool:
    """Whether an answer that is still kept under a key can tell of orders that ended before the instant."""
    with database.writing() as stores:
        stores.keys.purge()
        return before > stores.keys.forgotten


def _outcome(database: Database, limits: Limits, done: Purged) -> Outcome:
    if limits.orders is None:
        return Outcome(done, 0, ())
    with database.reading() as stores:
        number, named = stores.retention.holding(before=limits.orders, limit=_NAMED)
    return Outcome(done, number, named)
