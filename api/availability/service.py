"""Reads availability: loads rows, adds them up by sku and node, returns."""

from collections.abc import Collection, Iterable, Sequence

from api.availability.schemas import Arrival, Availability, AvailabilityAnswer
from api.errors import FieldError, UnknownNames
from fulfillment.errors import UnknownReference
from fulfillment.ids import NodeId, SkuId
from fulfillment.network import Network
from fulfillment.supply import COMMON_POOL, StockState, SupplyRow
from storage.database import Database


def availability(
    database: Database, *, skus: Sequence[str], nodes: Sequence[str], channel: str | None
) -> AvailabilityAnswer:
    """Figures per sku and node; with `channel`, of the rows that an order of it may draw on.

    Raises
    ------
    UnknownNames
        Skus or nodes that were never imported, each with the nearest.
    """
    with database.reading() as stores:
        network = stores.catalog.network()
        _refuse_unknown(network, skus, nodes)
        rows = stores.ledger.supply([SkuId(sku) for sku in dict.fromkeys(skus)], now=stores.now)
        now = stores.now
    places: dict[tuple[SkuId, NodeId], list[SupplyRow]] = {}
    for row in rows:
        if (not nodes or row.key.node in nodes) and (
            channel is None or row.key.pool in (COMMON_POOL, channel)
        ):
            places.setdefault((row.key.sku, row.key.node), []).append(row)
    for sku in skus:
        for node in nodes:
            places.setdefault((SkuId(sku), NodeId(node)), [])
    items = [add_up(sku, node, places[sku, node], network=network) for sku, node in sorted(places)]
    return AvailabilityAnswer(as_of=now, items=items)


def add_up(sku: SkuId, node: NodeId, rows: Iterable[SupplyRow], *, network: Network) -> Availability:
    """The figures of one sku at one node from its rows."""
    rows = [row for row in rows if row.key.state is StockState.SELLABLE]
    here = [row for row in rows if row.key.is_on_hand]
    known = network.nodes.get(node)
    is_on = known is not None and known.is_on
    return Availability(
        sku=sku,
        node=node,
        node_is_on=is_on,
        on_hand=sum(row.quantity for row in here),
        reserved=sum(row.reserved for row in here),
        safety_stock=sum(row.safety_stock for row in here),
        available=sum(row.available for row in here) if is_on else 0,
        inbound=[
            Arrival(
                source=row.key.source,
                earliest=row.key.earliest,
                pool=row.key.pool,
                quantity=row.quantity,
                reserved=row.reserved,
            )
            for row in sorted(rows, key=lambda row: (row.key.earliest, row.key.source))
            if not row.key.is_on_hand and (row.quantity or row.reserved)
        ],
    )


def _refuse_unknown(network: Network, skus: Collection[str], nodes: Collection[str]) -> None:
    errors = [
        FieldError(f"?{kind}", UnknownReference(kind, name, sorted(known)).detail, value=name)
        for kind, names, known in (("sku", skus, network.skus), ("node", nodes, network.nodes))
        for name in names
        if name not in known
    ]
    if errors:
        detail = "; ".join(error.detail for error in errors[:5])
        raise UnknownNames(detail, errors, fix="Import it first, or correct its id")
