"""What an order is decided from: the rows of its skus, and the instance they make, at one instant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fulfillment.capacity import Rooms, as_of, room_in, rooms_of
from fulfillment.holding import held_back, rows_left
from fulfillment.ids import NodeId, SkuId
from fulfillment.kits import kits_of, stocked_skus
from fulfillment.ledger.protocol import Ledger
from fulfillment.network import Network
from fulfillment.orders import Order
from fulfillment.policy import Policy
from fulfillment.price_book import PriceBook, usable
from fulfillment.supply import SupplyRow
from optimizer.sourcing import SourcingInstance, build_instance
from optimizer.sourcing.pegging import stock_for


@dataclass(frozen=True, slots=True)
class Situation:
    """`rows` are the supply rows a plan for `instance` is pegged to, `rooms` the days and slots it takes room
    from; `stock` and `capacity` what it holds. `network` is as of the instant.
    """

    rows: tuple[SupplyRow, ...]
    instance: SourcingInstance
    stock: Mapping[tuple[NodeId, SkuId], int]
    capacity: Mapping[NodeId, int]
    rooms: Rooms
    network: Network


def situation(
    order: Order,
    *,
    network: Network,
    policy: Policy,
    ledger: Ledger,
    now: datetime,
    prices: PriceBook | None = None,
) -> Situation:
    """Read what the order would be decided from at `now`; changes nothing. A stale price book is not used."""
    network = as_of(network, now)
    held = held_back(order, policy.rules, network.nodes.values())
    rows = rows_left(ledger.supply(stocked_skus(order, network), now=now), held)
    days = {node: network.nodes[node].local_day(now) for node in sorted({row.key.node for row in rows})}
    left = {row.key: row.available for row in ledger.capacity(set(days.items()), now=now)}
    rooms = rooms_of(network, days, left, now=now)
    capacity = room_in(rooms)
    stock = stock_for(rows, channel=order.channel, kits=kits_of(order, network))
    instance = build_instance(
        order,
        network=network,
        policy=policy,
        stock=stock,
        capacity=capacity,
        prices=usable(prices, now),
        now=now,
    )
    return Situation(rows, instance, stock, capacity, rooms, network)
