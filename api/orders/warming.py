"""Readies the solver before the first order comes: inner loops are compiled when first called."""

from datetime import UTC, datetime
from functools import cache

from fulfillment.ids import LineId, NodeId, OrderId, PolicyVersion, ServiceId, SkuId, ZoneId
from fulfillment.money import Micros
from fulfillment.network import LaborCost, Network, Node, NodeKind, Place, Zone
from fulfillment.orders import Destination, Order, OrderLine
from fulfillment.policy import Policy
from fulfillment.rates import Rate
from fulfillment.skus import Sku
from optimizer.sourcing import build_instance, source


@cache
def warm_up() -> None:
    """Once per process: source made-up orders that reach every engine.

    One node or one line lays arrays out differently, and is compiled apart.
    """
    for lines, nodes in ((2, 3), (12, 3), (1, 3), (2, 1), (1, 1)):
        _source_one(lines, nodes=[NodeId(str(node)) for node in range(nodes)])


def _source_one(lines: int, *, nodes: list[NodeId]) -> None:
    zone = Zone(ZoneId("Z"), "Z", Place(0, 0))
    skus = {
        SkuId(str(i)): Sku(SkuId(str(i)), str(i), 100, Micros(9), Micros(4), Micros(5)) for i in range(lines)
    }
    network = Network(
        nodes={node: _node(node, priority) for priority, node in enumerate(nodes, start=1)},
        zones={zone.id: zone},
        skus=skus,
        rates={
            (node, zone.id): (Rate(ServiceId("s"), node, zone.id, Micros(900), Micros(7_000), 500),)
            for node in nodes
        },
    )
    order = Order(
        OrderId("warm-up"),
        tuple(OrderLine(LineId(sku), sku, 2) for sku in skus),
        Destination(zone.id),
        datetime(2020, 1, 1, tzinfo=UTC),
    )
    stock = {(node, sku): 1 + (i + j) % 2 for i, node in enumerate(nodes) for j, sku in enumerate(skus)}
    policy = Policy(PolicyVersion("warm-up"), Micros(100), Micros(100))
    source(build_instance(order, network=network, policy=policy, stock=stock, capacity={}))


def _node(node: NodeId, priority: int) -> Node:
    labor = LaborCost(Micros(50), Micros(20), Micros(10))
    return Node(node, node, NodeKind.STORE, Place(0, priority), "UTC", labor, 1_000, priority)
