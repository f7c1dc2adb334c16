"""Everything that is kept, bound to the connection of one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from storage.catalog import Catalog, NetworkCache
from storage.clock import DemoClock
from storage.decisions import Decisions
from storage.dialects import current_time
from storage.idempotency import IdempotencyKeys
from storage.ledger import SqlLedger
from storage.orders import Orders


@dataclass(frozen=True, slots=True)
class Stores:
    """`now` is one value per transaction: the database's clock, or the demo's if one is set."""

    now: datetime
    ledger: SqlLedger
    catalog: Catalog
    orders: Orders
    decisions: Decisions
    keys: IdempotencyKeys
    clock: DemoClock


def bind(connection: Connection, *, cache: NetworkCache, keep_keys: timedelta) -> Stores:
    clock = DemoClock(connection)
    real = current_time(connection)
    return Stores(
        now=clock.get() or real,
        ledger=SqlLedger(connection),
        catalog=Catalog(connection, cache=cache),
        orders=Orders(connection),
        decisions=Decisions(connection),
        keys=IdempotencyKeys(connection, now=real, keep=keep_keys),
        clock=clock,
    )
