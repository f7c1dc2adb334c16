"""Decides one order on a snapshot. Holds no lock, writes nothing; the ledger checks again when writing."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from api.logs import log
from api.orders.schemas import LimitsIn
from fulfillment.capacity import Rooms, as_of, in_slots, open_capacity, room_in
from fulfillment.holding import held_back, is_held_at, rows_left
from fulfillment.ids import NodeId, ServiceId, SkuId
from fulfillment.kits import kits_of, stocked_skus
from fulfillment.ledger.protocol import Wanted
from fulfillment.network import Network
from fulfillment.orders import Order
from fulfillment.policy import Policy
from fulfillment.price_book import PriceBook, usable
from fulfillment.skus import Sku
from fulfillment.supply import CapacityKey, CapacityRow, SupplyRow
from optimizer.sourcing import (
    DEFAULT_LIMITS,
    FAST_LIMITS,
    Limits,
    Outcome,
    SolveStatus,
    SourcingInstance,
    build_instance,
    by_rule,
    source,
)
from optimizer.sourcing.pegging import peg, stock_for
from storage.deadlines import Deadline
from storage.stores import Stores

LEAST_SECONDS = 0.005
"""With less time than this no engine is started."""
_BRANCHES_PER_SECOND = 1_000  # twice what the engine is usually seen to take for one


class Degraded(StrEnum):
    """Why a rule decided, and not the solver."""

    SOLVER_FAILED = "solver_failed"
    OUT_OF_TIME = "out_of_time"
    DATABASE_AWAY = "database_away"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a decision is made from, at one version of the catalog.

    `network` is as of `now`: its nodes have the units of what is left of their day. `rooms` are units left
    by day or slot, `capacity` their sums, by which is decided. `stale_capacity` are days and slots to be
    declared before they can be used. `revision` is the order's where that matters: 0 if it was never seen.
    `book` is the price book in force, stale or not, with the prices of the order's skus.
    """

    order: Order
    network: Network
    version: int
    policy: Policy
    rows: tuple[SupplyRow, ...]
    days: dict[NodeId, date]
    capacity: dict[NodeId, int]
    rooms: Rooms
    stale_capacity: dict[CapacityKey, CapacityRow]
    now: datetime
    revision: int = 0
    book: PriceBook | None = None

    @property
    def prices(self) -> PriceBook | None:
        """The book that is used: none that is stale."""
        return usable(self.book, self.now)

    @property
    def kits(self) -> tuple[Sku, ...]:
        """The kits of the order, as they are packed at this version of the catalog."""
        return kits_of(self.order, self.network)

    @property
    def packed(self) -> frozenset[SkuId]:
        """Components of these: kits are packed from what is on hand, and wait for nothing."""
        return frozenset(part.sku for kit in self.kits for part in kit.components)

    def undeclared(self, wanted: Sequence[Wanted]) -> list[CapacityRow]:
        """Days and slots that are used and have to be declared before."""
        used = dict.fromkeys(want.capacity for want in wanted)
        return [self.stale_capacity[key] for key in used if key in self.stale_capacity]

    def held(self) -> Mapping[NodeId, int]:
        """Units of every sku that the order leaves at nodes for orders of higher tiers."""
        return held_back(self.order, self.policy.rules, self.network.nodes.values())

    def rows_left(self) -> tuple[SupplyRow, ...]:
        """The rows without what is held for others."""
        return rows_left(self.rows, self.held())

    def keeping(self, wanted: Sequence[Wanted]) -> tuple[Wanted, ...]:
        """The same, and what is held for others stays there whoever else writes."""
        if not (held := self.held()):
            return tuple(wanted)
        return tuple(
            replace(want, kept=held.get(want.peg.node, 0)) if is_held_at(want.peg) else want
            for want in wanted
        )


@dataclass(frozen=True, slots=True)
class Wait:
    """All of an order leaves the node on a day, when the last of it has come, and is promised by then; all of
    it by one service."""

    node: NodeId
    ready: date
    promised_by: datetime
    service: ServiceId


@dataclass(frozen=True, slots=True)
class Decided:
    """An outcome and everything it was made from; `degraded_by` is why it was made by a rule.

    `limits` are the work it was allowed; a rule has none.
    With `waits` nothing of the plan ships today: it is the part that is on hand where the rest is to come.
    `unpriced` is the same order decided without the price book, where both are to be compared.
    """

    snapshot: Snapshot
    instance: SourcingInstance
    stock: dict[tuple[NodeId, SkuId], int]
    outcome: Outcome
    seconds: float
    degraded_by: Degraded | None = None
    limits: Limits | None = None
    waits: Wait | None = None
    unpriced: "Decided | None" = None

    def held_for_others(self) -> dict[tuple[NodeId, SkuId], int]:
        """Units that are there, and that the order leaves for higher tiers; of kits those to be packed of
        them."""
        snapshot = self.snapshot
        if not snapshot.held():
            return {}
        there = stock_for(snapshot.rows, channel=snapshot.order.channel, kits=snapshot.kits)
        return {
            place: units - left
            for place, units in there.items()
            if units > (left := self.stock.get(place, 0))
        }

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """The plan's units, pegged to the rows that were read, and taken from slots where nodes have some."""
        snapshot = self.snapshot
        wanted = peg(
            self.outcome.plan,
            snapshot.rows_left(),
            channel=snapshot.order.channel,
            capacity_days=snapshot.days if self.waits is None else {},
            promised_by=self.waits.promised_by if self.waits is not None else None,
            kits=snapshot.kits,
        )
        return snapshot.keeping(in_slots(wanted, snapshot.rooms))


def take_snapshot(stores: Stores, order: Order, network: Network) -> Snapshot:
    """Read what the order may be decided from: its skus' rows and prices, and what is left of their nodes'
    day."""
    network = as_of(network, stores.now)
    skus = stocked_skus(order, network)
    rows = tuple(stores.ledger.supply(skus, now=stores.now))
    nodes = {row.key.node for row in rows if row.key.node in network.nodes}
    days = _local_days(network, nodes, now=stores.now)
    found = {row.key: row for row in stores.ledger.capacity(set(days.items()), now=stores.now)}
    rooms: dict[NodeId, dict[CapacityKey, int]] = {}
    stale: dict[CapacityKey, CapacityRow] = {}
    for node, day in days.items():
        rooms[node] = {}
        for row in open_capacity(network.nodes[node], now=stores.now, day=day):
            seen = found.get(row.key)
            rooms[node][row.key] = max(0, row.limit - (seen.used if seen is not None else 0))
            if seen is None or seen.limit != row.limit:
                stale[row.key] = row
    return Snapshot(
        order=order,
        network=network,
        version=stores.catalog.version(),
        policy=stores.catalog.policy(),
        rows=rows,
        days=days,
        capacity=room_in(rooms),
        rooms=rooms,
        stale_capacity=stale,
        now=stores.now,
        book=stores.catalog.prices_of(skus),
    )


def decide(snapshot: Snapshot, *, limits: LimitsIn, seconds: float, fast: bool) -> Decided:
    """The best plan within limits; if the solver fails, or has no time, that of a rule, marked degraded.

    Parameters
    ----------
    seconds
        Longest time to take; an answer cut by it says so.
    fast
        Others wait: a small search only.
    """
    if seconds < LEAST_SECONDS:
        return decide_by_rule(snapshot, Degraded.OUT_OF_TIME)
    began = time.perf_counter()
    instance, stock = _instance(snapshot)
    allowed = FAST_LIMITS if fast else _limits(limits)
    in_time = replace(allowed, branches=min(allowed.branches, max(1, int(seconds * _BRANCHES_PER_SECOND))))
    try:
        outcome = source(instance, limits=in_time, deadline=Deadline.after(seconds))
    except Exception as error:
        # Whatever went wrong in there, the shop needs an answer.
        log.error("solver_failed", order=snapshot.order.id, exc_info=error)
        return decide_by_rule(snapshot, Degraded.SOLVER_FAILED)
    if in_time != allowed and outcome.status is not SolveStatus.OPTIMAL:
        outcome = replace(outcome, cut_by_deadline=True)
    return Decided(snapshot, instance, stock, outcome, _since(began), limits=in_time)


def decide_by_rule(snapshot: Snapshot, why: Degraded) -> Decided:
    """Nearest node first, marked degraded: in a few milliseconds, and without any engine."""
    began = time.perf_counter()
    instance, stock = _instance(snapshot)
    return Decided(snapshot, instance, stock, by_rule(instance), _since(began), why)


def _instance(snapshot: Snapshot) -> tuple[SourcingInstance, dict[tuple[NodeId, SkuId], int]]:
    stock = stock_for(snapshot.rows_left(), channel=snapshot.order.channel, kits=snapshot.kits)
    instance = build_instance(
        snapshot.order,
        network=snapshot.network,
        policy=snapshot.policy,
        stock=stock,
        capacity=snapshot.capacity,
        prices=snapshot.prices,
        now=snapshot.now,
    )
    return instance, stock


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 6)


def _local_days(network: Network, nodes: set[NodeId], *, now: datetime) -> dict[NodeId, date]:
    """The day it is at each node; asked once per time zone, for there are few of those."""
    in_zone = {network.nodes[node].time_zone: network.nodes[node] for node in nodes}
    days = {zone: node.local_day(now) for zone, node in in_zone.items()}
    return {node: days[network.nodes[node].time_zone] for node in sorted(nodes)}


def _limits(sent: LimitsIn) -> Limits:
    return Limits(
        branches=sent.branches if sent.branches is not None else DEFAULT_LIMITS.branches,
        deterministic_seconds=(
            sent.deterministic_seconds
            if sent.deterministic_seconds is not None
            else DEFAULT_LIMITS.deterministic_seconds
        ),
    )
