"""Everything that is kept, bound to the connection of one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from storage.api_keys import ApiKeys
from storage.audit import AuditLog
from storage.catalog import Catalog, CatalogCache
from storage.clock import DemoClock
from storage.comparisons import Comparisons
from storage.decisions import Decisions
from storage.deliveries import Deliveries
from storage.demand import Demand
from storage.demand_context import DemandContext
from storage.entries import Entries
from storage.feeds import Feeds
from storage.figures import Figures
from storage.forecast_overrides import Overrides
from storage.forecast_watches import Watches
from storage.forecasts import Forecasts
from storage.idempotency import IdempotencyKeys, Leases
from storage.instance_documents import Excerpts
from storage.jobs import Jobs
from storage.ledger import SqlLedger
from storage.ledger_writing import Seen
from storage.opening import read_opening
from storage.orders import Orders
from storage.outbox import Outbox
from storage.periodic import PeriodicWork
from storage.retention import Retention
from storage.row_names import RowNames
from storage.transfers import Transfers
from storage.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class Stores:
    """`now` is one value per transaction: the database's clock, or the demo's if one is set and counts.

    `real_now` is the database's clock whatever the demo's says: for what waits in the real world.
    """

    now: datetime
    real_now: datetime
    ledger: SqlLedger
    entries: Entries
    transfers: Transfers
    feeds: Feeds
    catalog: Catalog
    orders: Orders
    decisions: Decisions
    comparisons: Comparisons
    keys: IdempotencyKeys
    leases: Leases
    jobs: Jobs
    periodic: PeriodicWork
    clock: DemoClock
    api_keys: ApiKeys
    audit: AuditLog
    figures: Figures
    outbox: Outbox
    webhooks: Webhooks
    deliveries: Deliveries
    retention: Retention
    demand: Demand
    demand_context: DemandContext
    forecasts: Forecasts
    overrides: Overrides
    watches: Watches


def bind(
    connection: Connection,
    *,
    cache: CatalogCache,
    excerpts: Excerpts,
    keep_keys: timedelta,
    demo_clock: bool,
    names: RowNames | None = None,
    seen: Seen | None = None,
) -> Stores:
    """Bind the stores; `names` only where the transaction cannot write, `seen` only where it does."""
    opening = read_opening(connection, demo_clock=demo_clock)
    ledger = SqlLedger(connection, names=names, seen=seen)
    return Stores(
        now=opening.now,
        real_now=opening.real,
        ledger=ledger,
        entries=Entries(connection),
        transfers=Transfers(connection),
        feeds=Feeds(connection),
        catalog=Catalog(connection, version=opening.catalog_version, now=opening.now, cache=cache),
        orders=Orders(connection),
        decisions=Decisions(connection, excerpts=excerpts),
        comparisons=Comparisons(connection),
        keys=IdempotencyKeys(connection, now=opening.real, keep=keep_keys),
        clock=DemoClock(connection),
        api_keys=ApiKeys(connection, now=opening.real),
        audit=AuditLog(connection, now=opening.real),
        figures=Figures(connection),
        outbox=Outbox(connection, now=opening.now, first=partial(ledger.expiries, now=opening.now)),
        webhooks=Webhooks(connection),
        deliveries=Deliveries(connection),
        leases=Leases(connection, now=opening.real, keep=keep_keys),
        jobs=Jobs(connection, now=opening.real),
        periodic=PeriodicWork(connection, now=opening.real),
        retention=Retention(connection, now=opening.real),
        demand=Demand(connection),
        demand_context=DemandContext(connection),
        forecasts=Forecasts(connection, now=opening.real),
        overrides=Overrides(connection, now=opening.real),
        watches=Watches(connection, now=opening.real),
    )
