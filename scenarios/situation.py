"""What an order is decided from: the rows of its skus, and the instance they make, at one instant."""

from dataclasses import dataclass
from datetime import datetime

from fulfillment.ledger.protocol import Ledger
from fulfillment.network import Network
from fulfillment.orders import Order
from fulfillment.policy import Policy
from fulfillment.supply import SupplyRow
from optimizer.sourcing import SourcingInstance, build_instance
from optimizer.sourcing.pegging import stock_for


@dataclass(frozen=True, slots=True)
class Situation:
    """`rows` are the supply rows a plan for `instance` is pegged to."""

    rows: tuple[SupplyRow, ...]
    instance: SourcingInstance


def situation(order: Order, *, network: Network, policy: Policy, ledger: Ledger, now: datetime) -> Situation:
    """Read what the order would be decided from at `now`; changes nothing."""
    rows = tuple(ledger.supply({line.sku for line in order.lines}, now=now))
    days = {(node, network.nodes[node].local_day(now)) for node in {row.key.node for row in rows}}
    capacity = {row.key.node: row.available for row in ledger.capacity(days, now=now)}
    stock = stock_for(rows, channel=order.channel)
    instance = build_instance(order, network=network, policy=policy, stock=stock, capacity=capacity)
    return Situation(rows, instance)
