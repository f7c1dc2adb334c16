"""One order as arrays: what every engine, rule and check reads. Micros, grams, units; all integers.

Rows are nodes that could serve something (sorted by id), columns are order lines. A plan has at most
one shipment per node, by one carrier service.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fulfillment.errors import InvalidInput, UnknownReference
from fulfillment.ids import NodeId, SkuId
from fulfillment.network import Network, Place, distance_km
from fulfillment.orders import Order
from fulfillment.policy import Policy
from fulfillment.price_book import PriceBook
from fulfillment.rates import Rate
from fulfillment.skus import Sku
from optimizer.sourcing.eligibility import Eligibility, Objection, is_ruled_out
from optimizer.sourcing.shared import Shared, shared_by
from optimizer.sourcing.splitting import Splitting, splitting_of

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class SourcingInstance:
    """Everything a decision depends on.

    Attributes
    ----------
    order, policy
        What is asked for, and the weights it is judged by.
    nodes : tuple of NodeId, length N
        Candidates in order of id: on, with some stock of the order, capacity left and a rate, and no
        hard rule against them.
    stock : int array (N, L)
        Units of the line's sku at the node, shared by lines that name one sku; 0 where the line has to
        ship from another node.
    capacity : int array (N,)
        Units each node can still ship on its local day.
    skus : tuple of Sku, length L; sku_index : int array (L,)
        The sku of each line, and its number among the order's distinct skus; lines of one sku that have
        to ship from different nodes have different numbers.
    demand, weight, lost_value : int arrays (L,)
        Units wanted, grams per unit, micros per unfilled unit.
    labor_per_order, labor_per_line, labor_per_unit : int arrays (N,)
    place : Place; places : tuple of Place, length N
        The destination, and where the nodes are.
    priority : int array (N,)
        The static priority; read by the rules only.
    rates : tuple of tuples of Rate, length N
        Services each node offers to the destination, in order of service id.
    shared : Shared or None
        What lines of different numbers could overdraw together; None wherever there is no such thing.
    objections : tuple of tuples of Objection, length N
        The soft rules that each node would break, each charged to its shipment.
    splitting : Splitting or None
        What limits the number of nodes; None wherever nothing does.
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
    place: Place
    places: tuple[Place, ...]
    priority: Ints
    rates: tuple[tuple[Rate, ...], ...] = field(repr=False)
    shared: Shared | None = None
    objections: tuple[tuple[Objection, ...], ...] = ()
    splitting: Splitting | None = None

    @cached_property
    def rule_penalty(self) -> Ints:
        """(N,) what a shipment of the node is charged for the rules it breaks."""
        broken = self.objections or ((),) * len(self.nodes)
        return np.array([sum(one.penalty or 0 for one in of_node) for of_node in broken], dtype=np.int64)

    def only(self, nodes: Sequence[int]) -> "SourcingInstance":
        """The same order on some of the nodes (their numbers, ascending), all of which may share it."""
        here = list(nodes)
        return replace(
            self,
            nodes=tuple(self.nodes[k] for k in here),
            stock=self.stock[here],
            capacity=self.capacity[here],
            labor_per_order=self.labor_per_order[here],
            labor_per_line=self.labor_per_line[here],
            labor_per_unit=self.labor_per_unit[here],
            places=tuple(self.places[k] for k in here),
            priority=self.priority[here],
            rates=tuple(self.rates[k] for k in here),
            shared=None if self.shared is None else Shared(self.shared.need, self.shared.held[here]),
            objections=tuple(self.objections[k] for k in here) if self.objections else (),
            splitting=None if self.splitting is None else self.splitting.within(here),
        )

    @cached_property
    def distance(self) -> NDArray[np.float64]:
        """Kilometres to the destination, (N,). Only rules ask, and they are seldom needed."""
        return np.array([distance_km(place, self.place) for place in self.places], dtype=np.float64)

    @cached_property
    def repeats_a_sku(self) -> bool:
        return len(np.unique(self.sku_index)) < len(self.sku_index)

    @cached_property
    def picks(self) -> Ints:
        """(L,) units a node picks for one unit of the line: 1, or all that a kit is packed from."""
        return np.array([sku.picks for sku in self.skus], dtype=np.int64)

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
    prices: PriceBook | None = None,
    now: datetime | None = None,
) -> SourcingInstance:
    """Lay an order out as arrays.

    Parameters
    ----------
    stock
        Units an order of this channel may draw on, by (node, sku); absent means none. Of a kit, units
        that could be packed, beside the units of its components (`pegging.stock_for` gives both).
    capacity
        Units each node can still ship on its local day; a node that is absent has its full day.
    prices
        What stock is worth where it stands; without a book it is worth nothing.
    now
        When it is decided, and goods are ready to be processed; when the order was placed, if left out.

    Raises
    ------
    UnknownReference
        A line names a sku or a node, or the destination a zone, that the network does not have.
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
    demands = [(line.sku, line.node) for line in order.lines]
    distinct = {demand: i for i, demand in enumerate(dict.fromkeys(demands))}
    columns = np.array([distinct[demand] for demand in demands], dtype=np.int64)
    served = [node for node in sorted(network.nodes) if network.rates.get((node, zone.id))]
    if not served:
        raise InvalidInput(
            f"no node has a rate to zone {zone.id}",
            pointer="/destination/zone",
            fix=f"Import rates with zone {zone.id}",
        )
    wanted, is_pinned = [sku for sku, _ in distinct], any(only is not None for _, only in distinct)
    eligibility = Eligibility(order, policy, place)
    candidates: list[NodeId] = []
    rows: list[list[int]] = []
    left: list[int] = []
    soft: list[tuple[Objection, ...]] = []
    for node_id in served:
        node = network.nodes[node_id]
        room = capacity.get(node_id, node.units_per_day)
        if not node.is_on or room <= 0:
            continue
        row = [stock.get((node_id, sku), 0) for sku in wanted]
        if is_pinned:
            row = [
                held if only in (None, node_id) else 0 for held, (_, only) in zip(row, distinct, strict=True)
            ]
        if any(units > 0 for units in row):
            objections = eligibility.objections(node)
            if is_ruled_out(objections):
                continue
            soft.append(objections)
            candidates.append(node_id)
            rows.append([max(0, units) for units in row])
            left.append(room)
    instance = _assemble(order, network, policy, skus, columns, place, tuple(candidates), rows, left)
    splitting = splitting_of(order, policy, network=network, nodes=tuple(candidates))
    if eligibility.may_object or splitting is not None:
        instance = replace(instance, objections=tuple(soft), splitting=splitting)
    is_shared = len({sku for sku, _ in distinct}) < len(distinct) or any(sku.components for sku in skus)
    if candidates and is_shared:
        return replace(instance, shared=_shared(instance, stock))
    return instance


def _shared(instance: SourcingInstance, stock: Mapping[tuple[NodeId, SkuId], int]) -> Shared | None:
    wanted = np.bincount(instance.sku_index, weights=instance.demand).astype(np.int64)
    first = np.unique(instance.sku_index, return_index=True)[1]
    reach = np.zeros_like(instance.stock)
    reach[:, first] = np.minimum(instance.stock[:, first], wanted)
    return shared_by(instance.skus, nodes=instance.nodes, stock=stock, reach=reach, room=instance.capacity)


def _skus(order: Order, network: Network) -> list[Sku]:
    for index, line in enumerate(order.lines):
        if line.sku not in network.skus:
            raise UnknownReference("sku", line.sku, network.skus, pointer=f"/lines/{index}/sku")
        if line.node is not None and line.node not in network.nodes:
            raise UnknownReference("node", line.node, network.nodes, pointer=f"/lines/{index}/node")
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
        place=place,
        places=tuple(node.place for node in nodes),
        priority=np.array([node.priority for node in nodes], dtype=np.int64),
        rates=rates,
    )
