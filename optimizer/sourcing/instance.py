"""One order as arrays: what every engine, rule and check reads. Micros, grams, units; all integers.

Rows are nodes that could serve something (sorted by id), columns are order lines. A plan has at most
one shipment per node, by one carrier service.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fulfillment.errors import InvalidInput, UnknownReference
from fulfillment.ids import NodeId, SkuId
from fulfillment.network import Network, Place, Rate, Sku, distance_km
from fulfillment.orders import Order
from fulfillment.policy import Policy

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class SourcingInstance:
    """Everything a decision depends on.

    Attributes
    ----------
    order, policy
        What is asked for, and the weights it is judged by.
    nodes : tuple of NodeId, length N
        Candidates in order of id: on, with some stock of the order, capacity left and a rate.
    stock : int array (N, L)
        Units of the line's sku at the node, shared by lines that name one sku.
    capacity : int array (N,)
        Units each node can still ship on its local day.
    skus : tuple of Sku, length L; sku_index : int array (L,)
        The sku of each line, and its number among the order's distinct skus.
    demand, weight, lost_value : int arrays (L,)
        Units wanted, grams per unit, micros per unfilled unit.
    labor_per_order, labor_per_line, labor_per_unit : int arrays (N,)
    distance, priority : arrays (N,)
        Kilometres to the destination, and the static priority; read by the rules only.
    rates : tuple of tuples of Rate, length N
        Services each node offers to the destination, in order of service id.
    """

    order: Order
    policy: Policy
    nodes: tuple[NodeId, ...]
    stock: Ints
    capacity: Ints
    skus: tuple[Sku, ...]
    sku_index: Ints
    demand: Ints
    weight: Ints
    lost_value: Ints
    labor_per_order: Ints
    labor_per_line: Ints
    labor_per_unit: Ints
    distance: NDArray[np.float64]
    priority: Ints
    rates: tuple[tuple[Rate, ...], ...] = field(repr=False)

    @cached_property
    def repeats_a_sku(self) -> bool:
        return len(np.unique(self.sku_index)) < len(self.sku_index)

    @cached_property
    def capacity_may_bind(self) -> bool:
        """Whether some node could be asked for more units than it can ship."""
        reachable = np.minimum(self.stock, self.demand).sum(axis=1)
        return bool((reachable > self.capacity).any())


def build_instance(
    order: Order,
    *,
    network: Network,
    policy: Policy,
    stock: Mapping[tuple[NodeId, SkuId], int],
    capacity: Mapping[NodeId, int],
) -> SourcingInstance:
    """Lay an order out as arrays.

    Parameters
    ----------
    stock
        Units an order of this channel may draw on, by (node, sku); absent means none.
    capacity
        Units each node can still ship on its local day; a node that is absent has its full day.

    Raises
    ------
    UnknownReference
        A line names a sku, or the destination a zone, that the network does not have.
    InvalidInput
        No node has a rate to the destination's zone.
    """
    skus = tuple(_skus(order, network))
    zone = network.zones.get(order.destination.zone)
    if zone is None:
        raise UnknownReference("zone", order.destination.zone, network.zones, pointer="/destination/zone")
    weightless = next((sku.id for sku in skus if sku.weight_grams < 1), None)
    if weightless is not None:
        raise InvalidInput(
            f"sku {weightless} weighs nothing",
            pointer="/lines",
            fix="Import the sku with its weight in grams, at least 1",
        )
    place = order.destination.place or zone.center
    distinct = {sku.id: i for i, sku in enumerate(dict.fromkeys(skus))}
    columns = np.array([distinct[sku.id] for sku in skus], dtype=np.int64)
    served = [node for node in sorted(network.nodes) if network.rates.get((node, zone.id))]
    if not served:
        raise InvalidInput(
            f"no node has a rate to zone {zone.id}",
            pointer="/destination/zone",
            fix=f"Import rates with zone {zone.id}",
        )
    candidates: list[NodeId] = []
    rows: list[list[int]] = []
    left: list[int] = []
    for node_id in served:
        node = network.nodes[node_id]
        row = [max(0, stock.get((node_id, sku), 0)) for sku in distinct]
        room = capacity.get(node_id, node.units_per_day)
        if node.is_on and room > 0 and any(row):
            candidates.append(node_id)
            rows.append(row)
            left.append(room)
    return _assemble(order, network, policy, skus, columns, place, tuple(candidates), rows, left)


def _skus(order: Order, network: Network) -> list[Sku]:
    for index, line in enumerate(order.lines):
        if line.sku not in network.skus:
            raise UnknownReference("sku", line.sku, network.skus, pointer=f"/lines/{index}/sku")
    return [network.skus[line.sku] for line in order.lines]


def _assemble(
    order: Order,
    network: Network,
    policy: Policy,
    skus: tuple[Sku, ...],
    columns: Ints,
    place: Place,
    candidates: tuple[NodeId, ...],
    rows: list[list[int]],
    left: list[int],
) -> SourcingInstance:
    nodes = [network.nodes[node] for node in candidates]
    zone = order.destination.zone
    rates = tuple(
        tuple(sorted(network.rates[node, zone], key=lambda rate: rate.service)) for node in candidates
    )
    table = np.array(rows, dtype=np.int64).reshape(len(candidates), int(columns.max()) + 1)
    return SourcingInstance(
        order=order,
        policy=policy,
        nodes=candidates,
        stock=table[:, columns],
        capacity=np.array(left, dtype=np.int64),
        skus=skus,
        sku_index=columns,
        demand=np.array([line.quantity for line in order.lines], dtype=np.int64),
        weight=np.array([sku.weight_grams for sku in skus], dtype=np.int64),
        lost_value=np.array([sku.lost_sale_value for sku in skus], dtype=np.int64),
        labor_per_order=np.array([node.labor.per_order for node in nodes], dtype=np.int64),
        labor_per_line=np.array([node.labor.per_line for node in nodes], dtype=np.int64),
        labor_per_unit=np.array([node.labor.per_unit for node in nodes], dtype=np.int64),
        distance=np.array([distance_km(node.place, place) for node in nodes], dtype=np.float64),
        priority=np.array([node.priority for node in nodes], dtype=np.int64),
        rates=rates,
    )
