"""What a decision was made from as the documents that are kept of it, and back. The one place that knows how.

Three documents. The nodes of the catalog and its rates to one zone are the same for thousands of decisions:
they are `Excerpt`s, named by what is in them. The rest is the decision's own.

They follow from the fields of the types: a new one needs nothing here. What has its default is left out, a
document written before a field was there is read with the field's default, and what a later version has added
to one is passed over. What is said of each node stands in columns (`node_columns`).
"""

import json
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import blake2b
from itertools import chain
from typing import Any

from pydantic import TypeAdapter

from fulfillment.capacity import of_all_day
from fulfillment.ids import NodeId, PolicyVersion, SkuId, ZoneId
from fulfillment.kits import stocked_skus
from fulfillment.network import Network, Node, Zone
from fulfillment.orders import Order
from fulfillment.price_book import PriceBook
from fulfillment.rates import Rate
from fulfillment.skus import Sku
from storage.node_columns import Column, StepColumns, column_of, columns_of_steps, figures_of, steps_of
from storage.price_documents import OfSku, by_sku, prices_of

_LEVEL = 6  # of compression
_STRATEGY = zlib.Z_FILTERED  # long columns of figures: three equal digits are chance, and no saving
_DIGEST = 16  # bytes
Stock = Mapping[tuple[NodeId, SkuId], int]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of the catalog that many decisions share. `digest` names it by its content."""

    digest: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Instance:
    """What a decision is made from, beside its policy, which is kept under its version.

    Of `network` only what the order could use: all nodes, its zone and the rates to it, its skus and their
    components. `stock` are units by (node, sku), `capacity` units left on the nodes' day, in all its slots
    that had not ended. `limits` are the work that was allowed, None where a rule decided. `prices` is the
    book that was used, with the prices of its skus, and `now` when it was decided; None of those kept before
    there were any.
    """

    order: Order
    network: Network
    policy: PolicyVersion
    stock: Stock
    capacity: Mapping[NodeId, int]
    limits: Mapping[str, float] | None = None
    prices: PriceBook | None = None
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class Documents:
    """The same as what is kept."""

    nodes: Excerpt
    lanes: Excerpt
    content: bytes


class Excerpts:
    """Excerpts of the last catalog that was read, by zone; shared by all of a process."""

    def __init__(self) -> None:
        self._kept: tuple[int, Excerpt, dict[ZoneId, Excerpt]] | None = None

    def of(self, network: Network, zone: Zone, *, version: int) -> tuple[Excerpt, Excerpt]:
        """Nodes, and rates to the zone. `version` is that of the catalog that the network is."""
        kept = self._kept  # one read: another thread may put a newer one meanwhile
        if kept is None or kept[0] != version:
            # Of all their day: they are shared by decisions of other hours.
            kept = (version, _excerpt(_NODES, [of_all_day(node) for node in network.nodes.values()]), {})
            self._kept = kept
        _, nodes, lanes = kept
        if zone.id not in lanes:
            rates = [rate for (_, to), rates in network.rates.items() if to == zone.id for rate in rates]
            lanes[zone.id] = _excerpt(_LANES, _Lanes(zone, rates))
        return nodes, lanes[zone.id]


def documents_of(instance: Instance, excerpts: Excerpts, *, version: int) -> Documents:
    """The documents that are kept of an instance, whose network is a catalog of that version."""
    order, network = instance.order, instance.network
    nodes, lanes = excerpts.of(network, network.zones[order.destination.zone], version=version)
    skus = {line.sku for line in order.lines} | stocked_skus(order, network)
    own = _Own(
        order=order,
        skus=[network.skus[sku] for sku in sorted(skus) if sku in network.skus],
        policy=instance.policy,
        at_nodes=_at_nodes(instance, skus),
        limits=instance.limits,
        prices=_prices(instance.prices) if instance.prices is not None else None,
        now=instance.now,
    )
    return Documents(nodes, lanes, _packed(_OWN, own))


def instance_of(*, nodes: bytes, lanes: bytes, content: bytes) -> Instance:
    """The instance that documents were made of."""
    own: _Own = _unpacked(_OWN, content)
    of_zone: _Lanes = _unpacked(_LANES, lanes)
    there: list[Node] = _unpacked(_NODES, nodes)
    stock, capacity, prices = _figures(own)
    rates: dict[Any, tuple[Rate, ...]] = {}
    for rate in of_zone.rates:
        rates[rate.origin, rate.zone] = (*rates.get((rate.origin, rate.zone), ()), rate)
    return Instance(
        order=own.order,
        network=Network(
            nodes={node.id: node for node in there},
            zones={of_zone.zone.id: of_zone.zone},
            skus={sku.id: sku for sku in own.skus},
            rates=rates,
        ),
        policy=own.policy,
        stock={(node, sku): units for sku, held in stock.items() for node, units in held.items()},
        capacity=capacity,
        limits=own.limits,
        prices=_book(own.prices, prices) if own.prices is not None else None,
        now=own.now,
    )


@dataclass(frozen=True, slots=True)
class _Lanes:
    zone: Zone
    rates: list[Rate]


@dataclass(frozen=True, slots=True)
class _AtNodes:
    """Columns of the figures of `nodes`: units and prices of each sku, units left on the day."""

    nodes: list[NodeId]
    stock: dict[SkuId, Column]
    capacity: Column
    prices: dict[SkuId, StepColumns]


@dataclass(frozen=True, slots=True)
class _Prices:
    """`by_sku` is that of documents from before there were columns."""

    version: str
    made_at: datetime
    valid_until: datetime
    by_sku: dict[SkuId, OfSku] | None = None


@dataclass(frozen=True, slots=True)
class _Own:
    """`stock` and `capacity` are those of documents from before there were columns."""

    order: Order
    skus: list[Sku]
    policy: PolicyVersion
    at_nodes: _AtNodes | None = None
    limits: Mapping[str, float] | None = None
    prices: _Prices | None = None
    now: datetime | None = None
    stock: dict[SkuId, dict[NodeId, int]] | None = None
    capacity: dict[NodeId, int] | None = None


_NODES, _LANES, _OWN = list[Node], _Lanes, _Own


def _at_nodes(instance: Instance, skus: Collection[SkuId]) -> _AtNodes:
    stock: dict[SkuId, dict[NodeId, int]] = {}
    for (node, sku), units in sorted(instance.stock.items()):
        stock.setdefault(sku, {})[node] = units
    book = instance.prices.prices if instance.prices is not None else {}
    prices = by_sku({place: price for place, price in book.items() if place[1] in skus})
    nodes = sorted({*instance.capacity, *chain(*stock.values(), *prices.values())})
    return _AtNodes(
        nodes,
        stock={sku: column_of(units, nodes) for sku, units in stock.items()},
        capacity=column_of(instance.capacity, nodes),
        prices={sku: columns_of_steps(steps, nodes) for sku, steps in prices.items()},
    )


def _figures(own: _Own) -> tuple[dict[SkuId, dict[NodeId, int]], dict[NodeId, int], dict[SkuId, OfSku]]:
    """Stock, capacity and prices by node, as they are in columns, or were before."""
    if (at := own.at_nodes) is None:
        prices = own.prices.by_sku if own.prices is not None else None
        return own.stock or {}, own.capacity or {}, prices or {}
    return (
        {sku: figures_of(units, at.nodes) for sku, units in at.stock.items()},
        figures_of(at.capacity, at.nodes),
        {sku: steps_of(steps, at.nodes) for sku, steps in at.prices.items()},
    )


def _prices(book: PriceBook) -> _Prices:
    return _Prices(book.version, book.made_at, book.valid_until)


def _book(kept: _Prices, prices: Mapping[SkuId, OfSku]) -> PriceBook:
    return PriceBook(kept.version, kept.made_at, kept.valid_until, prices_of(prices.items()))


def _excerpt(kind: Any, value: object) -> Excerpt:
    text = _adapter(kind).dump_json(value, exclude_defaults=True)
    # By what it says, and not by the order in which fields happen to be declared.
    canonical = json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")).encode()
    return Excerpt(blake2b(canonical, digest_size=_DIGEST).hexdigest(), _compressed(canonical))


def _packed(kind: Any, value: object) -> bytes:
    return _compressed(_adapter(kind).dump_json(value, exclude_defaults=True))


def _compressed(text: bytes) -> bytes:
    packing = zlib.compressobj(_LEVEL, strategy=_STRATEGY)
    return packing.compress(text) + packing.flush()


def _unpacked(kind: Any, content: bytes) -> Any:
    return _adapter(kind).validate_json(zlib.decompress(content))


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Made when it is first needed: a command that asks the service needs none."""
    return TypeAdapter(list[Node] if kind is _NODES else kind)
