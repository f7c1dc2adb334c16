"""Lays an order out as an instance: which nodes could ship something of it, and at what terms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from fulfillment.errors import InvalidInput, UnknownReference
from fulfillment.ids import NodeId, SkuId
from fulfillment.network import Network, Node, Place, Zone
from fulfillment.orders import Order
from fulfillment.policy import Policy
from fulfillment.price_book import PriceBook
from fulfillment.rates import Rate
from fulfillment.skus import Sku
from optimizer.sourcing.eligibility import Eligibility, Objection, is_ruled_out
from optimizer.sourcing.instance import Ints, SourcingInstance
from optimizer.sourcing.offers import Carriers, Offer
from optimizer.sourcing.shared import Shared, shared_by
from optimizer.sourcing.splitting import splitting_of
from optimizer.sourcing.stock_prices import stock_prices_of

Stock = Mapping[tuple[NodeId, SkuId], int]


def build_instance(
    order: Order,
    *,
    network: Network,
    policy: Policy,
    stock: Stock,
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
    skus, zone = _skus(order, network), _zone(order, network)
    wanted = _Wanted.of(order)
    at = now or order.placed_at
    eligibility = Eligibility(order, policy, order.destination.place or zone.center)
    carriers = Carriers(order, policy, skus, at)
    candidates = list(_candidates(network, zone, stock, capacity, wanted, eligibility, carriers))
    instance = _assemble(order, network, policy, skus, wanted.columns, candidates, at)
    nodes = instance.nodes
    splitting = splitting_of(order, policy, network=network, nodes=nodes)
    if eligibility.may_object or splitting is not None:
        objections = tuple(one.objections for one in candidates)
        instance = replace(instance, objections=objections, splitting=splitting)
    if candidates and wanted.is_shared(skus):
        instance = replace(instance, shared=_shared(instance, stock))
    if order.service is not None:
        asked = tuple(_asked(order, network.rates[node, zone.id]) for node in nodes)
        instance = replace(instance, asked=asked)
    worth = stock_prices_of(skus, nodes=nodes, stock=stock, book=prices)
    return instance if worth is None else replace(instance, stock_prices=worth)


def pick_line_of(order: Order) -> Ints:
    """(L,) the number of each line's pick line."""
    return _Wanted.of(order).columns


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What lines ask for, each once: a sku, and the node it has to come from. `columns` are the lines'."""

    demands: tuple[tuple[SkuId, NodeId | None], ...]
    columns: Ints

    @classmethod
    def of(cls, order: Order) -> "_Wanted":
        demands = [(line.sku, line.node) for line in order.lines]
        distinct = {demand: i for i, demand in enumerate(dict.fromkeys(demands))}
        return cls(tuple(distinct), np.array([distinct[one] for one in demands], dtype=np.int64))

    def is_shared(self, skus: Sequence[Sku]) -> bool:
        """Whether two of them could draw on the same stock."""
        wanted = {sku for sku, _ in self.demands}
        return len(wanted) < len(self.demands) or any(sku.components for sku in skus)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A node that could ship something: units of each demand, units left of its day, and its terms."""

    node: Node
    units: list[int]
    room: int
    objections: tuple[Objection, ...]
    offers: tuple[Offer, ...]


def _candidates(
    network: Network,
    zone: Zone,
    stock: Stock,
    capacity: Mapping[NodeId, int],
    wanted: _Wanted,
    eligibility: Eligibility,
    carriers: Carriers,
) -> Iterator[_Candidate]:
    served = [node for node in sorted(network.nodes) if network.rates.get((node, zone.id))]
    if not served:
        raise InvalidInput(
            f"no node has a rate to zone {zone.id}",
            pointer="/destination/zone",
            fix=f"Import rates with zone {zone.id}",
        )
    is_pinned = any(only is not None for _, only in wanted.demands)
    for name in served:
        node = network.nodes[name]
        room = capacity.get(name, node.units_per_day)
        if not node.is_on or room <= 0:
            continue
        units = [stock.get((name, sku), 0) for sku, _ in wanted.demands]
        if is_pinned:
            units = [
                held if only in (None, name) else 0
                for held, (_, only) in zip(units, wanted.demands, strict=True)
            ]
        if not any(held > 0 for held in units) or is_ruled_out(objections := eligibility.objections(node)):
            continue
        offers = carriers.offers(node, network.rates[name, zone.id])
        if offers and not all(offer.takes_all for offer in offers):
            units = _carried(units, wanted.columns, offers)
        if offers and any(held > 0 for held in units):
            yield _Candidate(node, [max(0, held) for held in units], room, objections, offers)


def _carried(units: list[int], columns: Ints, offers: Sequence[Offer]) -> list[int]:
    """Units without those that no service carries."""
    taken = {
        int(column) for offer in offers for column, takes in zip(columns, offer.takes, strict=True) if takes
    }
    return [held if column in taken else 0 for column, held in enumerate(units)]


def _shared(instance: SourcingInstance, stock: Stock) -> Shared | None:
    wanted = np.bincount(instance.sku_index, weights=instance.demand).astype(np.int64)
    first = np.unique(instance.sku_index, return_index=True)[1]
    reach = np.zeros_like(instance.stock)
    reach[:, first] = np.minimum(instance.stock[:, first], wanted)
    return shared_by(instance.skus, nodes=instance.nodes, stock=stock, reach=reach, room=instance.capacity)


def _asked(order: Order, rates: Sequence[Rate]) -> Rate | None:
    return next((rate for rate in rates if rate.service == order.service), None)


def _zone(order: Order, network: Network) -> Zone:
    zone = network.zones.get(order.destination.zone)
    if zone is None:
        raise UnknownReference("zone", order.destination.zone, network.zones, pointer="/destination/zone")
    return zone


def _skus(order: Order, network: Network) -> tuple[Sku, ...]:
    for index, line in enumerate(order.lines):
        if line.sku not in network.skus:
            raise UnknownReference("sku", line.sku, network.skus, pointer=f"/lines/{index}/sku")
        if line.node is not None and line.node not in network.nodes:
            raise UnknownReference("node", line.node, network.nodes, pointer=f"/lines/{index}/node")
    skus = tuple(network.skus[line.sku] for line in order.lines)
    weightless = next((sku.id for sku in skus if sku.weight_grams < 1), None)
    if weightless is not None:
        raise InvalidInput(
            f"sku {weightless} weighs nothing",
            pointer="/lines",
            fix="Import the sku with its weight in grams, at least 1",
        )
    return skus


def _assemble(
    order: Order,
    network: Network,
    policy: Policy,
    skus: tuple[Sku, ...],
    columns: Ints,
    candidates: Sequence[_Candidate],
    now: datetime,
) -> SourcingInstance:
    sites = tuple(one.node for one in candidates)
    table = np.array([one.units for one in candidates], dtype=np.int64)
    table = table.reshape(len(candidates), int(columns.max()) + 1)
    place: Place = order.destination.place or network.zones[order.destination.zone].center

    def per_node(figures: Iterator[int]) -> Ints:
        return np.fromiter(figures, dtype=np.int64, count=len(sites))

    return SourcingInstance(
        order=order,
        policy=policy,
        nodes=tuple(node.id for node in sites),
        stock=table[:, columns],
        capacity=per_node(one.room for one in candidates),
        skus=skus,
        sku_index=columns,
        lines=order.lines,
        demand=np.array([line.quantity for line in order.lines], dtype=np.int64),
        weight=np.array([sku.weight_grams for sku in skus], dtype=np.int64),
        lost_value=np.array([sku.lost_sale_value for sku in skus], dtype=np.int64),
        labor_per_order=per_node(node.labor.per_order for node in sites),
        labor_per_line=per_node(node.labor.per_line for node in sites),
        labor_per_unit=per_node(node.labor.per_unit for node in sites),
        place=place,
        places=tuple(node.place for node in sites),
        priority=per_node(node.priority for node in sites),
        offers=tuple(one.offers for one in candidates),
        sites=sites,
        now=now,
        load_per_unit=per_node(one.node.load_cost(one.room) for one in candidates),
        repick_per_unit=per_node(node.repick_cost(policy.repick_cost) for node in sites),
    )
