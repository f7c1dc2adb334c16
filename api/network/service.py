"""Writes and reads the network: loads, checks names, writes, returns."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Generic, TypeVar

from api.edge.imports import Importing, Names
from api.edge.pages import Asked, Key, Page, page_of
from api.edge.rows import Numbered
from api.errors import FieldError, NotFound, Unprocessable
from api.network import translate
from api.network.kits import Skus, check_beside
from api.network.schemas import NodeRow, NodeSwitch, RateRow, SkuRow, ZoneRow
from fulfillment.errors import InvalidInput, UnknownReference
from fulfillment.ids import NodeId, SkuId
from fulfillment.network import Network
from fulfillment.skus import Sku
from storage.audit import Act
from storage.database import Database
from storage.stores import Stores

Thing = TypeVar("Thing")
RowType = TypeVar("RowType")

MAX_NODES = 10_000
MAX_ZONES = 10_000
MAX_SKUS = 200_000
MAX_RATES = 200_000


def _write_nodes(stores: Stores, rows: Sequence[NodeRow]) -> None:
    before = stores.catalog.network().nodes
    stores.catalog.put_nodes([translate.node(row, before=before.get(NodeId(row.id))) for row in rows])


def _check_node(_network: Network, _names: Names, numbered: Numbered[NodeRow]) -> Iterable[FieldError]:
    try:
        translate.node(numbered.row, before=None)
    except InvalidInput as odd:  # its slots, all of which stand in one column
        found = numbered.error(odd.pointer.removeprefix("/"), odd.detail)
        yield replace(found, column=found.column.partition("/")[0])


def _write_zones(stores: Stores, rows: Sequence[ZoneRow]) -> None:
    stores.catalog.put_zones([translate.zone(row) for row in rows])


def _write_skus(stores: Stores, rows: Sequence[SkuRow]) -> None:
    put = _skus(stores, rows)
    _refuse_stock_of_kits(stores, put)
    stores.catalog.put_skus(put)


def _try_skus(stores: Stores, rows: Sequence[SkuRow]) -> None:
    _refuse_stock_of_kits(stores, _skus(stores, rows))


def _skus(stores: Stores, rows: Sequence[SkuRow]) -> list[Sku]:
    skus = Skus(stores.catalog.network(), rows)
    return [
        translate.sku(row, weight=skus.weight_of(row), components=skus.components.get(SkuId(row.id), ()))
        for row in rows
    ]


def _refuse_stock_of_kits(stores: Stores, skus: Sequence[Sku]) -> None:
    """What has stock of its own cannot become a kit: nobody could sell that stock any more."""
    kits = [sku.id for sku in skus if sku.components]
    rows = stores.ledger.supply(kits, now=stores.now) if kits else ()
    held = {row.key.sku: row for row in rows if row.quantity or row.reserved}
    if held:
        errors = [
            FieldError("", f"{sku} has stock of its own, {row.quantity} units at {row.key.node}", value=sku)
            for sku, row in sorted(held.items())
        ]
        raise Unprocessable(
            f"{errors[0].detail}, and cannot be a kit",
            errors,
            fix="Give the kit an id of its own, or set its supply rows to 0 units first",
        )


def _write_rates(stores: Stores, rows: Sequence[RateRow]) -> None:
    stores.catalog.put_rates([translate.rate(row) for row in rows])


def _check_rate(network: Network, names: Names, numbered: Numbered[RateRow]) -> Iterable[FieldError]:
    row = numbered.row
    if row.origin not in network.nodes:
        yield names.unknown(numbered, "origin", "node", row.origin, network.nodes)
    if row.zone not in network.zones:
        yield names.unknown(numbered, "zone", "zone", row.zone, network.zones)
    try:
        translate.rate(row)
    except InvalidInput as odd:  # its breaks or its transit
        yield numbered.error(odd.pointer.removeprefix("/"), odd.detail)


NODES = Importing(NodeRow, key=lambda row: row.id, cap=MAX_NODES, write=_write_nodes, check=_check_node)
ZONES = Importing(ZoneRow, key=lambda row: row.id, cap=MAX_ZONES, write=_write_zones)
SKUS = Importing(
    SkuRow,
    key=lambda row: row.id,
    cap=MAX_SKUS,
    write=_write_skus,
    beside=check_beside,
    try_out=_try_skus,
)
RATES = Importing(
    RateRow,
    key=lambda row: (row.service, row.origin, row.zone),
    cap=MAX_RATES,
    write=_write_rates,
    check=_check_rate,
)


@dataclass(frozen=True, slots=True)
class Listing(Generic[Thing, RowType]):
    """One kind of the network's things as a list: which they are, in which order, and how shown."""

    things: Callable[[Network], Iterable[Thing]]
    key: Callable[[Thing], Key]
    row: Callable[[Thing], RowType]
    parts: int = 1


NODE_LIST = Listing(lambda network: network.nodes.values(), lambda node: (node.id,), translate.node_row)
ZONE_LIST = Listing(lambda network: network.zones.values(), lambda zone: (zone.id,), translate.zone_row)
SKU_LIST = Listing(lambda network: network.skus.values(), lambda sku: (sku.id,), translate.sku_row)
RATE_LIST = Listing(
    lambda network: chain.from_iterable(network.rates.values()),
    lambda rate: (rate.origin, rate.zone, rate.service),
    translate.rate_row,
    parts=3,
)


def list_things(database: Database, listing: Listing[Thing, RowType], asked: Asked) -> Page[RowType]:
    """A page of one kind of things."""
    with database.reading() as stores:
        things = sorted(listing.things(stores.catalog.network()), key=listing.key)

    def following(after: Key | None) -> Sequence[Thing]:
        return things if after is None else things[bisect_right(things, after, key=listing.key) :]

    return page_of(asked, following, key=listing.key, parts=listing.parts, show=listing.row)


def switch_node(database: Database, act: Act, name: str, switch: NodeSwitch) -> NodeRow:
    """Turn a node on or off.

    Raises
    ------
    NotFound
        No such node; names the nearest.
    """
    with database.writing() as stores:
        nodes = stores.catalog.network().nodes
        node = nodes.get(NodeId(name))
        if node is None:
            raise NotFound(UnknownReference("node", name, sorted(nodes)).detail, fix="See /v1/nodes")
        changed = replace(node, is_on=switch.is_on, off_reason="" if switch.is_on else switch.off_reason)
        stores.catalog.put_nodes([changed])
        stores.audit.put(act, status=200)
        return translate.node_row(changed)
