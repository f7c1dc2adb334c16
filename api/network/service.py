"""Writes and reads the network: loads, checks names, writes, returns."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from api.edge.imports import Importing, Names
from api.edge.pages import Page, page_of
from api.edge.rows import Numbered
from api.errors import FieldError, NotFound
from api.network import translate
from api.network.schemas import NodeRow, NodeSwitch, RateRow, SkuRow, ZoneRow
from fulfillment.errors import UnknownReference
from fulfillment.ids import NodeId
from fulfillment.network import Network
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


def _write_zones(stores: Stores, rows: Sequence[ZoneRow]) -> None:
    stores.catalog.put_zones([translate.zone(row) for row in rows])


def _write_skus(stores: Stores, rows: Sequence[SkuRow]) -> None:
    stores.catalog.put_skus([translate.sku(row) for row in rows])


def _write_rates(stores: Stores, rows: Sequence[RateRow]) -> None:
    stores.catalog.put_rates([translate.rate(row) for row in rows])


def _check_rate(network: Network, names: Names, numbered: Numbered[RateRow]) -> Iterable[FieldError]:
    row = numbered.row
    if row.origin not in network.nodes:
        yield names.unknown(numbered, "origin", "node", row.origin, network.nodes)
    if row.zone not in network.zones:
        yield names.unknown(numbered, "zone", "zone", row.zone, network.zones)


NODES = Importing(NodeRow, key=lambda row: row.id, cap=MAX_NODES, write=_write_nodes)
ZONES = Importing(ZoneRow, key=lambda row: row.id, cap=MAX_ZONES, write=_write_zones)
SKUS = Importing(SkuRow, key=lambda row: row.id, cap=MAX_SKUS, write=_write_skus)
RATES = Importing(
    RateRow,
    key=lambda row: (row.service, row.origin, row.zone),
    cap=MAX_RATES,
    write=_write_rates,
    check=_check_rate,
)


def list_nodes(database: Database, *, cursor: str | None, limit: int) -> Page[NodeRow]:
    things = _network(database).nodes.values()
    return _page(things, lambda node: (node.id,), translate.node_row, cursor, limit)


def list_zones(database: Database, *, cursor: str | None, limit: int) -> Page[ZoneRow]:
    things = _network(database).zones.values()
    return _page(things, lambda zone: (zone.id,), translate.zone_row, cursor, limit)


def list_skus(database: Database, *, cursor: str | None, limit: int) -> Page[SkuRow]:
    return _page(_network(database).skus.values(), lambda sku: (sku.id,), translate.sku_row, cursor, limit)


def list_rates(database: Database, *, cursor: str | None, limit: int) -> Page[RateRow]:
    things = [rate for rates in _network(database).rates.values() for rate in rates]
    return _page(
        things, lambda rate: (rate.origin, rate.zone, rate.service), translate.rate_row, cursor, limit
    )


def switch_node(database: Database, name: str, switch: NodeSwitch) -> NodeRow:
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
        changed = replace(node, is_on=switch.is_on, off_reason="" if switch.is_on else switch.reason)
        stores.catalog.put_nodes([changed])
        return translate.node_row(changed)


def _network(database: Database) -> Network:
    with database.reading() as stores:
        return stores.catalog.network()


def _page(
    things: Iterable[Thing],
    key: Callable[[Thing], tuple[str, ...]],
    row: Callable[[Thing], RowType],
    cursor: str | None,
    limit: int,
) -> Page[RowType]:
    shown, following = page_of(sorted(things, key=key), key=key, cursor=cursor, limit=limit)
    return Page(items=[row(thing) for thing in shown], next_cursor=following)
