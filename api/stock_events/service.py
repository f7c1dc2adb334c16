"""Records facts about stock: checks names, hands them to the ledger in their order, returns.

Runs of adjustments go to the ledger together, so that ten thousand till sales are one step.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

from api.edge.answers import Answer, answer
from api.edge.idempotency import Call, ensure_first, once, record
from api.errors import FieldError, UnknownNames
from api.stock_events.schemas import (
    Correction,
    Damage,
    Event,
    Inbound,
    Receipt,
    Recorded,
    StockCount,
    StockEventsAnswer,
    WalkInSale,
)
from fulfillment.errors import UnknownReference
from fulfillment.ids import NodeId, OrderId, SkuId
from fulfillment.ledger.protocol import AdjustKind, Adjustment, Shortfall
from fulfillment.network import Network
from fulfillment.supply import SupplyKey, SupplyRow
from storage.database import Database
from storage.stores import Stores

Step = tuple[int, Event]
Shortfalls = dict[int, list[Shortfall]]


def record_events(database: Database, call: Call, events: Sequence[Event]) -> Answer:
    """Record all events in one transaction.

    Raises
    ------
    UnknownNames
        Skus, nodes or inbounds that are not known; nothing was written.
    """

    def run() -> Answer:
        with database.writing() as stores:
            ensure_first(stores, call)
            _refuse_unknown(stores.catalog.network(), events)
            shortfalls = _apply(stores, events)
            return record(stores, call, answer(_say(events, shortfalls)))

    return once(database, call, run)


def _apply(stores: Stores, events: Sequence[Event]) -> Shortfalls:
    shortfalls: Shortfalls = {}
    for kind, group in groupby(enumerate(events), key=lambda step: _group(step[1])):
        steps = list(group)
        if kind is Inbound:
            stores.ledger.set_supply(list(_announced(steps)), now=stores.now)
        elif kind is Receipt:
            _receive(stores, steps)
        else:
            shortfalls |= _adjust(stores, steps)
    return shortfalls


def _group(event: Event) -> type[object]:
    return type(event) if isinstance(event, Inbound | Receipt) else Adjustment


def _announced(steps: Sequence[Step]) -> Iterator[SupplyRow]:
    """One row per key: said again in one request, the newest counts."""
    rows: dict[SupplyKey, SupplyRow] = {}
    for _, event in steps:
        assert isinstance(event, Inbound)
        key = SupplyKey(SkuId(event.sku), NodeId(event.node), event.source, event.earliest, event.pool)
        rows[key] = SupplyRow(key, event.quantity)
    yield from rows.values()


def _receive(stores: Stores, steps: Sequence[Step]) -> None:
    skus = {SkuId(event.sku) for _, event in steps}
    announced = [row.key for row in stores.ledger.supply(skus, now=stores.now) if not row.key.is_on_hand]
    errors = [error for index, event in steps if (error := _unannounced(index, event, announced))]
    if errors:
        raise UnknownNames(
            f"{errors[0].detail}; nothing was written",
            errors,
            fix="Announce it with an event of kind inbound",
        )
    for _, event in steps:
        stores.ledger.receive(_matching(event, announced)[0], event.quantity, now=stores.now)


def _matching(event: Event, announced: Sequence[SupplyKey]) -> list[SupplyKey]:
    assert isinstance(event, Receipt)
    return [
        key
        for key in announced
        if (key.sku, key.node, key.source, key.pool) == (event.sku, event.node, event.source, event.pool)
        and event.earliest in (None, key.earliest)
    ]


def _unannounced(index: int, event: Event, announced: Sequence[SupplyKey]) -> FieldError | None:
    assert isinstance(event, Receipt)
    found = _matching(event, announced)
    if len(found) == 1:
        return None
    if found:
        dates = ", ".join(key.earliest.isoformat() for key in found)
        return FieldError(
            f"/events/{index}/earliest",
            f"inbound {event.source} has several dates",
            allowed=f"one of {dates}",
        )
    here = sorted({key.source for key in announced if (key.sku, key.node) == (event.sku, event.node)})
    where = f" for sku {event.sku} at {event.node}"
    return FieldError(
        f"/events/{index}/source",
        UnknownReference("inbound", event.source, here).detail + where,
        allowed=", ".join(here),
        value=event.source,
    )


def _adjust(stores: Stores, steps: Sequence[Step]) -> Shortfalls:
    found = stores.ledger.adjust([_adjustment(event) for _, event in steps], now=stores.now)
    last = {_adjustment(event).key: index for index, event in steps}
    by_event: Shortfalls = defaultdict(list)
    for short in found:
        by_event[last[short.claim.peg]].append(short)
    return dict(by_event)


def _adjustment(event: Event) -> Adjustment:
    key = SupplyKey(SkuId(event.sku), NodeId(event.node), pool=event.pool)
    match event:
        case WalkInSale():
            return Adjustment(key, AdjustKind.WALK_IN_SALE, event.quantity)
        case StockCount():
            return Adjustment(key, AdjustKind.COUNT, event.quantity, event.reason)
        case Damage():
            return Adjustment(key, AdjustKind.DAMAGE, event.quantity, event.reason)
        case Correction():
            return Adjustment(key, AdjustKind.CORRECTION, event.quantity, event.reason)
        case _:
            raise TypeError(f"{event.kind} is not an adjustment")


def _refuse_unknown(network: Network, events: Sequence[Event]) -> None:
    errors: list[FieldError] = []
    for index, event in enumerate(events):
        pairs = (("sku", event.sku, network.skus), ("node", event.node, network.nodes))
        for kind, name, known in pairs:
            if name not in known:
                detail = UnknownReference(kind, name, sorted(known) if len(errors) < 100 else ()).detail
                errors.append(FieldError(f"/events/{index}/{kind}", detail, value=name))
    if errors:
        raise UnknownNames(
            f"{errors[0].detail}; nothing was written", errors, fix="Import it first, or correct its id"
        )


def _say(events: Sequence[Event], shortfalls: Shortfalls) -> StockEventsAnswer:
    results = []
    for index, event in enumerate(events):
        short = shortfalls.get(index, [])
        orders = sorted({OrderId(one.claim.order) for one in short})
        results.append(
            Recorded(
                index=index,
                kind=event.kind,
                sku=event.sku,
                node=event.node,
                shortfall=sum(one.quantity for one in short),
                shortfall_orders=list(orders),
            )
        )
    return StockEventsAnswer(recorded=len(events), results=results)
