"""Reads availability: loads rows, adds them up by sku and node (of kits from their components), returns."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from api.availability.ruled import Rules
from api.availability.schemas import Arrival, Availability, AvailabilityAnswer, OfComponent
from api.errors import FieldError, UnknownNames
from fulfillment.errors import UnknownReference
from fulfillment.ids import NodeId, SkuId
from fulfillment.kits import packable
from fulfillment.network import Network
from fulfillment.skus import Sku
from fulfillment.supply import COMMON_POOL, StockState, SupplyRow
from storage.database import Database

_Places = dict[tuple[SkuId, NodeId], list[SupplyRow]]


def availability(
    database: Database,
    *,
    skus: Sequence[str],
    nodes: Sequence[str],
    channel: str | None = None,
    tier: int | None = None,
) -> AvailabilityAnswer:
    """Figures per sku and node; with `channel`, of the rows that an order of it may draw on, and nothing of
    the nodes that it does not ship from; with `tier`, without what is held for higher ones.

    Raises
    ------
    UnknownNames
        Skus or nodes that were never imported, each with the nearest.
    """
    with database.reading() as stores:
        network = stores.catalog.network()
        _refuse_unknown(network, skus, nodes)
        asked = [SkuId(sku) for sku in dict.fromkeys(skus)]
        kits = {sku: network.skus[sku] for sku in asked if network.skus[sku].components}
        parts = (part.sku for kit in kits.values() for part in kit.components)
        rows = stores.ledger.supply(list(dict.fromkeys([*asked, *parts])), now=stores.now)
        policy, now = stores.catalog.policy(), stores.now
    places: _Places = {}
    for row in rows:
        if (not nodes or row.key.node in nodes) and (
            channel is None or row.key.pool in (COMMON_POOL, channel)
        ):
            places.setdefault((row.key.sku, row.key.node), []).append(row)
    for sku in asked:
        for node in nodes:
            places.setdefault((sku, NodeId(node)), [])
    for kit in kits.values():
        held = {part.sku for part in kit.components}
        for node in sorted({node for sku, node in places if sku in held}):
            places.setdefault((kit.id, node), [])
    of_node = Rules(policy, network, channel=channel, tier=tier)

    def figures(sku: SkuId, node: NodeId, places: _Places) -> Availability:
        if sku in kits:
            return add_up_kit(kits[sku], node, places, network=network)
        return add_up(sku, node, places[sku, node], network=network)

    left = of_node.left(places)
    items = [
        of_node.applied(figures(sku, node, places), figures(sku, node, left))
        for sku, node in sorted(places)
        if sku in asked
    ]
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


def add_up_kit(
    kit: Sku, node: NodeId, places: Mapping[tuple[SkuId, NodeId], list[SupplyRow]], *, network: Network
) -> Availability:
    """The figures of a kit at one node from the rows of its components there."""
    rows = [row for part in kit.components for row in places.get((part.sku, node), ())]
    rows = [row for row in rows if row.key.state is StockState.SELLABLE and row.key.is_on_hand]
    on_hand = _packable(kit, rows, lambda row: row.quantity)
    unreserved = min(on_hand, _packable(kit, rows, lambda row: max(0, row.quantity - row.reserved)))
    available = min(unreserved, _packable(kit, rows, lambda row: row.available))
    known = network.nodes.get(node)
    is_on = known is not None and known.is_on
    return Availability(
        sku=kit.id,
        node=node,
        node_is_on=is_on,
        on_hand=on_hand,
        reserved=on_hand - unreserved,
        safety_stock=unreserved - available,
        available=available if is_on else 0,
        inbound=[],
        components=[
            OfComponent(
                sku=part.sku,
                per_kit=part.quantity,
                on_hand=sum(row.quantity for row in rows if row.key.sku == part.sku),
                available=sum(row.available for row in rows if row.key.sku == part.sku) if is_on else 0,
            )
            for part in kit.components
        ],
    )


def _packable(kit: Sku, rows: Iterable[SupplyRow], figure: Callable[[SupplyRow], int]) -> int:
    """Kits of all pools together. A kit draws on one ring-fence and the common pool, never on two fences."""
    pools: defaultdict[str, Counter[SkuId]] = defaultdict(Counter)
    for row in rows:
        pools[row.key.pool][row.key.sku] += figure(row)
    common = pools.pop(COMMON_POOL, Counter())
    total = 0
    for _, fenced in sorted(pools.items()):
        kits = packable(kit.components, fenced + common)
        total += kits
        for part in kit.components:
            common[part.sku] -= max(0, kits * part.quantity - fenced[part.sku])
    return total + packable(kit.components, common)


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
