"""Decides one order on a snapshot. Holds no lock, writes nothing; the ledger checks again when writing."""

import time
from dataclasses import dataclass
from datetime import date, datetime

from api.logs import log
from api.orders.schemas import LimitsIn
from fulfillment.ids import NodeId, SkuId
from fulfillment.network import Network
from fulfillment.orders import Order
from fulfillment.policy import Policy
from fulfillment.supply import CapacityKey, CapacityRow, SupplyRow
from optimizer.sourcing import (
    DEFAULT_LIMITS,
    FAST_LIMITS,
    Limits,
    Outcome,
    SourcingInstance,
    build_instance,
    by_rule,
    source,
)
from optimizer.sourcing.pegging import stock_for
from storage.stores import Stores


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a decision is made from, at one version of the catalog.

    `stale_capacity` are rows to declare before they can be used.
    """

    order: Order
    network: Network
    version: int
    policy: Policy
    rows: tuple[SupplyRow, ...]
    days: dict[NodeId, date]
    capacity: dict[NodeId, int]
    stale_capacity: tuple[CapacityRow, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """An outcome and everything it was made from."""

    snapshot: Snapshot
    instance: SourcingInstance
    stock: dict[tuple[NodeId, SkuId], int]
    outcome: Outcome
    seconds: float


class WallClock:
    """A deadline this many seconds after it was made."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def seconds_left(self) -> float:
        return self._until - time.monotonic()


def take_snapshot(stores: Stores, order: Order, network: Network) -> Snapshot:
    """Read what the order may be decided from: its skus' rows, and the day's capacity of their nodes."""
    rows = tuple(stores.ledger.supply({line.sku for line in order.lines}, now=stores.now))
    nodes = {row.key.node for row in rows if row.key.node in network.nodes}
    days = {node: network.nodes[node].local_day(stores.now) for node in sorted(nodes)}
    found = {row.key.node: row for row in stores.ledger.capacity(set(days.items()), now=stores.now)}
    declared = {node: CapacityRow(CapacityKey(node, days[node]), _limit(network, node)) for node in days}
    stale = tuple(
        row for node, row in sorted(declared.items()) if node not in found or found[node].limit != row.limit
    )
    capacity = {
        node: max(0, row.limit - (found[node].used if node in found else 0)) for node, row in declared.items()
    }
    return Snapshot(
        order=order,
        network=network,
        version=stores.catalog.version(),
        policy=stores.catalog.policy(),
        rows=rows,
        days=days,
        capacity=capacity,
        stale_capacity=stale,
        now=stores.now,
    )


def decide(snapshot: Snapshot, *, limits: LimitsIn, seconds: float, fast: bool) -> Decided:
    """The best plan within limits; if the solver fails, the plan of a rule, marked degraded.

    Parameters
    ----------
    seconds
        Longest time to take; an answer cut by it says so.
    fast
        Others wait: a small search only.
    """
    began = time.perf_counter()
    stock = stock_for(snapshot.rows, channel=snapshot.order.channel)
    instance = build_instance(
        snapshot.order,
        network=snapshot.network,
        policy=snapshot.policy,
        stock=stock,
        capacity=snapshot.capacity,
    )
    try:
        outcome = source(
            instance, limits=FAST_LIMITS if fast else _limits(limits), deadline=WallClock(seconds)
        )
    except Exception as error:
        # Whatever went wrong in there, the shop needs an answer.
        log.error("solver_failed", order=snapshot.order.id, exc_info=error)
        outcome = by_rule(instance)
    return Decided(snapshot, instance, stock, outcome, round(time.perf_counter() - began, 6))


def _limit(network: Network, node: NodeId) -> int:
    return network.nodes[node].units_per_day


def _limits(sent: LimitsIn) -> Limits:
    return Limits(
        branches=sent.branches if sent.branches is not None else DEFAULT_LIMITS.branches,
        deterministic_seconds=(
            sent.deterministic_seconds
            if sent.deterministic_seconds is not None
            else DEFAULT_LIMITS.deterministic_seconds
        ),
    )
