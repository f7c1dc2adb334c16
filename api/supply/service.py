"""Writes and lists supply rows. `reserved` is the ledger's own: no import touches it."""

from collections.abc import Iterable, Iterator, Sequence

from api.edge.imports import Check, Importing, Names
from api.edge.pages import Asked, Key, Page, page_of
from api.edge.rows import Numbered
from api.errors import FieldError
from api.events.payloads import shortfall_event
from api.supply.schemas import SupplyItem, SupplyRowIn
from api.supply.transferred import own_address, transfers_among
from fulfillment.ids import NodeId, SkuId
from fulfillment.kits import without_stock
from fulfillment.network import Network
from fulfillment.supply import ALWAYS, SupplyKey, SupplyRow
from storage.database import Database
from storage.stores import Stores

MAX_SUPPLY = 200_000
SKUS_AT_ONCE = 200


def _key(row: SupplyRowIn) -> SupplyKey:
    return SupplyKey(SkuId(row.sku), NodeId(row.node), row.source, row.earliest or ALWAYS, row.pool)


def _write(stores: Stores, rows: Sequence[SupplyRowIn]) -> None:
    short = stores.ledger.set_supply(
        [SupplyRow(_key(row), row.quantity, safety_stock=row.safety_stock) for row in rows], now=stores.now
    )
    if short:
        stores.outbox.put(shortfall_event(short))


def _check(network: Network, names: Names, numbered: Numbered[SupplyRowIn]) -> Iterable[FieldError]:
    row = numbered.row
    if row.sku not in network.skus:
        yield names.unknown(numbered, "sku", "sku", row.sku, network.skus)
    elif network.skus[SkuId(row.sku)].components:
        detail = without_stock(network.skus[SkuId(row.sku)])
        yield numbered.error("sku", detail, allowed="a sku that is no kit", value=row.sku)
    if row.node not in network.nodes:
        yield names.unknown(numbered, "node", "node", row.node, network.nodes)


def _no_transfers(stores: Stores, rows: Sequence[SupplyRowIn]) -> Check[SupplyRowIn]:
    """A check that refuses rows of transfers: their units are booked at their own address."""
    transfers = transfers_among(stores, {(row.source, row.sku, row.node) for row in rows})

    def check(_network: Network, _names: Names, numbered: Numbered[SupplyRowIn]) -> Iterable[FieldError]:
        row = numbered.row
        if sent := transfers.get((row.source, row.sku, row.node)):
            yield numbered.error("source", own_address(sent), allowed="an inbound's id", value=row.source)

    return check


SUPPLY = Importing(SupplyRowIn, key=_key, cap=MAX_SUPPLY, write=_write, check=_check, against=_no_transfers)


def list_supply(database: Database, asked: Asked, *, sku: str | None, node: str | None) -> Page[SupplyItem]:
    """Rows in order of key, read sku by sku so that a page costs what it shows."""
    with database.reading() as stores:
        known = sorted(stores.catalog.network().skus)
        skus = [one for one in known if sku is None or one == sku]
        return page_of(
            asked,
            lambda after: _rows(stores, skus, node=node, after=after),
            key=_cursor_key,
            parts=6,
            show=_item,
        )


def _rows(
    stores: Stores, skus: Sequence[SkuId], *, node: str | None, after: Key | None
) -> Iterator[SupplyRow]:
    left = [sku for sku in skus if after is None or sku >= after[0]]
    for start in range(0, len(left), SKUS_AT_ONCE):
        rows = stores.ledger.supply(left[start : start + SKUS_AT_ONCE], now=stores.now)
        for row in sorted(rows, key=_cursor_key):
            if (node is None or row.key.node == node) and (after is None or _cursor_key(row) > after):
                yield row


def _cursor_key(row: SupplyRow) -> Key:
    key = row.key
    return (key.sku, key.node, key.source, key.earliest.isoformat(), key.pool, key.state.value)


def _item(row: SupplyRow) -> SupplyItem:
    key = row.key
    return SupplyItem(
        sku=key.sku,
        node=key.node,
        source=key.source,
        earliest=None if key.is_on_hand else key.earliest,
        pool=key.pool,
        state=key.state.value,
        quantity=row.quantity,
        reserved=row.reserved,
        safety_stock=row.safety_stock,
        available=row.available,
    )
