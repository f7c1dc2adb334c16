"""What this process has last read, for a quote while the database does not answer. Nothing is held on it.

Bounded: the rows of the skus asked for longest ago are forgotten first.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.orders.deciding import Snapshot
from fulfillment.capacity import as_of, room_in, rooms_of
from fulfillment.ids import NodeId, SkuId
from fulfillment.kits import stocked_skus
from fulfillment.network import Network
from fulfillment.orders import Order
from fulfillment.policy import Policy
from fulfillment.supply import CapacityKey, SupplyRow

MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class _Read:
    """Rows of one sku, and when they were read, by the clock of the database."""

    rows: tuple[SupplyRow, ...]
    at: datetime


PolicyAt = Callable[[datetime], Policy]


@dataclass(frozen=True, slots=True)
class _Catalog:
    """The catalog as last read, and the instant of that by both clocks."""

    network: Network
    version: int
    policy_at: PolicyAt
    now: datetime
    monotonic: float


@dataclass(frozen=True, slots=True)
class Recalled:
    """A snapshot put together from memory. The oldest of its figures are as of `as_of`."""

    snapshot: Snapshot
    as_of: datetime


class Memory:
    """The last catalog, rows by sku, and room by node and day or slot; used by many threads at once."""

    def __init__(self, *, most_rows: int = MOST_ROWS) -> None:
        self._most_rows = most_rows
        self._lock = threading.Lock()
        self._catalog: _Catalog | None = None
        self._by_sku: OrderedDict[SkuId, _Read] = OrderedDict()
        self._rows = 0
        self._rooms: dict[NodeId, Mapping[CapacityKey, int]] = {}

    def keep(self, snapshot: Snapshot, *, policy_at: PolicyAt | None = None) -> None:
        """Remember what a decision was made from.

        Parameters
        ----------
        policy_at
            The policy in force at an instant: one may begin while the database is away. If it is left out,
            that of the snapshot is always in force.
        """
        found: dict[SkuId, list[SupplyRow]] = {
            sku: [] for sku in stocked_skus(snapshot.order, snapshot.network)
        }
        for row in snapshot.rows:
            found[row.key.sku].append(row)
        with self._lock:
            self._catalog = _Catalog(
                snapshot.network,
                snapshot.version,
                policy_at or (lambda _: snapshot.policy),
                snapshot.now,
                time.monotonic(),
            )
            self._rooms.update(snapshot.rooms)
            for sku, rows in found.items():
                self._forget(sku)
                self._by_sku[sku] = _Read(tuple(rows), snapshot.now)
                self._rows += len(rows)
            while self._rows > self._most_rows:
                self._forget(next(iter(self._by_sku)))

    def network(self) -> tuple[Network, datetime] | None:
        """The network as last read, and what time it must be now; None if none was read."""
        with self._lock:
            known = self._catalog
        return (known.network, _now(known)) if known is not None else None

    def recall(self, order: Order) -> Recalled | None:
        """What is remembered of the order's skus; None unless something is of each."""
        with self._lock:
            known = self._catalog
            skus = stocked_skus(order, known.network) if known else set()
            reads = [read for sku in sorted(skus) if (read := self._by_sku.get(sku)) is not None]
            kept = dict(self._rooms)
        if known is None or len(reads) < len(skus):
            return None
        now = _now(known)
        rows = tuple(row for read in reads for row in read.rows)
        nodes = sorted({row.key.node for row in rows if row.key.node in known.network.nodes})
        days = {node: known.network.nodes[node].local_day(now) for node in nodes}
        left = {key: units for node in nodes for key, units in kept.get(node, {}).items()}
        rooms = rooms_of(known.network, days, left, now=now)
        snapshot = Snapshot(
            order=order,
            network=as_of(known.network, now),
            version=known.version,
            policy=known.policy_at(now),
            rows=rows,
            days=days,
            capacity=room_in(rooms),
            rooms=rooms,
            stale_capacity={},
            now=now,
        )
        return Recalled(snapshot, min(read.at for read in reads))

    def _forget(self, sku: SkuId) -> None:
        if (read := self._by_sku.pop(sku, None)) is not None:
            self._rows -= len(read.rows)


def _now(known: _Catalog) -> datetime:
    return known.now + timedelta(seconds=time.monotonic() - known.monotonic)
