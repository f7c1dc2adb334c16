"""One order as arrays: what every engine, rule and check reads. Micros, grams, units; all integers.

Rows are nodes that could serve something (sorted by id), columns are order lines. A plan has at most
one shipment per node, by one carrier service.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fulfillment.ids import NodeId
from fulfillment.network import Node, Place, distance_km
from fulfillment.orders import Order, OrderLine
from fulfillment.policy import Policy
from fulfillment.rates import Rate
from fulfillment.skus import Sku
from optimizer.sourcing.eligibility import Objection
from optimizer.sourcing.goods import Goods, goods_of
from optimizer.sourcing.offers import Offer
from optimizer.sourcing.shared import Shared
from optimizer.sourcing.splitting import Splitting
from optimizer.sourcing.stock_prices import StockPrices

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
        The sku of each line, and the number of its pick line (`pick_lines`): lines of one sku share one,
        unless they have to ship from different nodes.
    lines : tuple of OrderLine, length L
    demand, weight, lost_value : int arrays (L,)
        Units wanted, grams per unit, micros per unfilled unit.
    labor_per_order, labor_per_line, labor_per_unit : int arrays (N,)
    place : Place; places : tuple of Place, length N
        The destination, and where the nodes are.
    priority : int array (N,)
        The static priority; read by the rules only.
    offers : tuple of tuples of Offer, length N
        Services that may carry the order from each node, in order of service id.
    asked : tuple of Rate or None, length N
        The rate of the service that the order asks for at each node, None where it is not offered; empty
        where none is asked for.
    sites : tuple of Node, length N; now : datetime
        The nodes themselves, and when goods are ready to be processed at them.
    load_per_unit, repick_per_unit : int arrays (N,)
        What a picked unit costs where a node fills up, and where it may not be found.
    stock_prices : StockPrices or None
        What the stock that is taken is worth; None where all of it is free.
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
    lines: tuple[OrderLine, ...]
    demand: Ints
    weight: Ints
    lost_value: Ints
    labor_per_order: Ints
    labor_per_line: Ints
    labor_per_unit: Ints
    place: Place
    places: tuple[Place, ...]
    priority: Ints
    offers: tuple[tuple[Offer, ...], ...] = field(repr=False)
    sites: tuple[Node, ...] = field(repr=False)
    now: datetime
    load_per_unit: Ints
    repick_per_unit: Ints
    stock_prices: StockPrices | None = None
    shared: Shared | None = None
    objections: tuple[tuple[Objection, ...], ...] = ()
    splitting: Splitting | None = None
    asked: tuple[Rate | None, ...] = field(default=(), repr=False)

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
            offers=tuple(self.offers[k] for k in here),
            sites=tuple(self.sites[k] for k in here),
            load_per_unit=self.load_per_unit[here],
            repick_per_unit=self.repick_per_unit[here],
            stock_prices=None if self.stock_prices is None else self.stock_prices.within(here),
            shared=None if self.shared is None else Shared(self.shared.need, self.shared.held[here]),
            objections=tuple(self.objections[k] for k in here) if self.objections else (),
            splitting=None if self.splitting is None else self.splitting.within(here),
            asked=tuple(self.asked[k] for k in here) if self.asked else (),
        )

    @cached_property
    def goods(self) -> Goods:
        """The lines as a carrier looks at them."""
        return goods_of(self.skus)

    @cached_property
    def services(self) -> tuple[Rate, ...]:
        """The rates of all offers."""
        return tuple(offer.rate for offers in self.offers for offer in offers)

    @cached_property
    def handling(self) -> Ints:
        """(N,) what a picked unit costs at each node: labor, load, and not being found."""
        return self.labor_per_unit + self.load_per_unit + self.repick_per_unit

    @cached_property
    def lines_exclude_each_other(self) -> bool:
        """Whether some node has no service for two lines together that it has services for."""
        return any(
            not any(offer.takes_all for offer in offers)
            and not any((np.array(offer.takes) | (row == 0)).all() for offer in offers)
            for offers, row in zip(self.offers, self.stock, strict=True)
        )

    @property
    def lines_compete(self) -> bool:
        """Whether what one line gets can keep another from being shipped, beside the stock of one sku."""
        return self.shared is not None or self.splitting is not None or self.lines_exclude_each_other

    @cached_property
    def distance(self) -> NDArray[np.float64]:
        """Kilometres to the destination, (N,). Only rules ask, and they are seldom needed."""
        return np.array([distance_km(place, self.place) for place in self.places], dtype=np.float64)

    @cached_property
    def repeats_a_sku(self) -> bool:
        return len(np.unique(self.sku_index)) < len(self.sku_index)

    def pick_lines(self, of_lines: Ints) -> Ints:
        """Figures of lines, on the last axis, added up by pick line."""
        if not self.repeats_a_sku:
            return of_lines
        member = self.sku_index[:, None] == np.arange(int(self.sku_index.max()) + 1)
        return np.asarray(of_lines @ member.astype(np.int64))

    @cached_property
    def picks(self) -> Ints:
        """(L,) units a node picks for one unit of the line: 1, or all that a kit is packed from."""
        return np.array([sku.picks for sku in self.skus], dtype=np.int64)

    @cached_property
    def capacity_may_bind(self) -> bool:
        """Whether some node could be asked for more units than it can ship."""
        reachable = np.minimum(self.stock, self.demand).sum(axis=1)
        return bool((reachable > self.capacity).any())
