"""Records facts about stock: checks names, hands them to the ledger in their order, returns.

Runs of adjustments go to the ledger together, so that ten thousand till sales are one step.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from api.edge.answers import Answer, answer
from api.edge.idempotency import Call, record, write_once
from api.errors import FieldError, UnknownNames, Unprocessable
from api.events.payloads import shortfall_event
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
from api.supply.transferred import own_address, transfers_among
from fulfillment.errors import UnknownReference
from fulfillment.ids import NodeId, OrderId, SkuId
from fulfillment.kits import without_stock
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
    Unprocessable
        A receipt that does not say which date of its inbound it means, an inbound or a receipt of a
        transfer, which has its own address, or an event of a kit, which has no stock; nothing was written.
    """

    def write(stores: Stores) -> Answer:
        _refuse_unknown(stores.catalog.network(), events)
        _refuse_kits(stores.catalog.network(), events)
        _refuse_transfers(stores, events)
        shortfalls = _apply(stores, events)
        if short := [one for of_event in shortfalls.values() for one in of_event]:
            stores.outbox.put(shortfall_event(short))
        return record(stores, call, answer(_say(events, shortfalls)))

    return write_once(database, call, write)


def _apply(stores: Stores, events: Sequence[Event]) -> Shortfalls:
    shortfalls: Shortfalls = {}
    for kind, group in groupby(enumerate(events), key=lambda step: _group(step[1])):
        steps = list(group)
        if kind is Inbound:
            shortfalls |= _announce(stores, steps)
        elif kind is Receipt:
            _receive(stores, steps)
        else:
            shortfalls |= _adjust(stores, steps)
    return shortfalls


def _group(event: Event) -> type[object]:
    return type(event) if isinstance(event, Inbound | Receipt) else Adjustment


def _announce(stores: Stores, steps: Sequence[Step]) -> Shortfalls:
    found = stores.ledger.set_supply(list(_announced(stores, steps)), now=stores.now)
    last = {_source(event): index for index, event in steps}
    by_event: Shortfalls = defaultdict(list)
    for short in found:
        by_event[last[_name(short.claim.peg)]].append(short)
    return dict(by_event)


def _announced(stores: Stores, steps: Sequence[Step]) -> Iterator[SupplyRow]:
    """The rows that say what the newest announcement of each inbound says.

    Said again with another date, the newest date counts: units that nobody was promised leave the
    rows of the other dates. Promised units stay where they are pegged, as many as are still
    announced, and only the rest is free at the newest date, so that no unit counts twice.
    """
    newest: dict[tuple[str, ...], SupplyRow] = {}
    for _, event in steps:
        assert isinstance(event, Inbound)
        key = SupplyKey(SkuId(event.sku), NodeId(event.node), event.source, event.earliest, event.pool)
        newest[_name(key)] = SupplyRow(key, event.quantity)
    earlier: dict[tuple[str, ...], list[SupplyRow]] = defaultdict(list)
    for row in _to_come(stores, {row.key.sku for row in newest.values()}):
        earlier[_name(row.key)].append(row)
    for name, row in newest.items():
        left = row.quantity
        for other in earlier[name]:
            if other.key != row.key:
                promised = min(other.reserved, left)
                left -= promised
                yield replace(other, quantity=promised)
        yield replace(row, quantity=left)


def _name(key: SupplyKey) -> tuple[str, ...]:
    """An inbound whatever its date."""
    return (key.sku, key.node, key.source, key.pool)


def _source(event: Event) -> tuple[str, ...]:
    """The inbound that an announcement or a receipt is of, whatever its date."""
    assert isinstance(event, Inbound | Receipt)
    return (event.sku, event.node, event.source, event.pool)


def _to_come(stores: Stores, skus: set[SkuId]) -> list[SupplyRow]:
    return [row for row in stores.ledger.supply(skus, now=stores.now) if not row.key.is_on_hand]


def _receive(stores: Stores, steps: Sequence[Step]) -> None:
    announced = _to_come(stores, {SkuId(event.sku) for _, event in steps})
    _refuse_unannounced(steps, announced)
    _refuse_undated(steps, announced)
    for _, event in steps:
        stores.ledger.receive(_matching(event, announced)[0], event.quantity, now=stores.now)


def _matching(event: Event, announced: Sequence[SupplyRow]) -> list[SupplyKey]:
    """The inbounds a receipt can mean; of several dates, those that something is still to come on."""
    assert isinstance(event, Receipt)
    found = [
        row
        for row in announced
        if _name(row.key) == _source(event) and event.earliest in (None, row.key.earliest)
    ]
    open_ones = [row for row in found if row.quantity or row.reserved]
    return [row.key for row in open_ones or found]


def _refuse_unannounced(steps: Sequence[Step], announced: Sequence[SupplyRow]) -> None:
    errors = [
        _unannounced(index, event, announced) for index, event in steps if not _matching(event, announced)
    ]
    if errors:
        raise UnknownNames(
            errors[0].detail,
            errors,
            fix="Announce it with an event of kind inbound",
        )


def _refuse_undated(steps: Sequence[Step], announced: Sequence[SupplyRow]) -> None:
    errors = [
        _undated(index, event, found)
        for index, event in steps
        if len(found := _matching(event, announced)) > 1
    ]
    if errors:
        raise Unprocessable(
            errors[0].detail,
            errors,
            fix="Send earliest, one of the inbound's dates",
        )


def _undated(index: int, event: Event, found: Sequence[SupplyKey]) -> FieldError:
    assert isinstance(event, Receipt)
    dates = ", ".join(key.earliest.isoformat() for key in found)
    return FieldError(
        f"/events/{index}/earliest",
        f"inbound {event.source} has several dates",
        allowed=f"one of {dates}",
    )


def _unannounced(index: int, event: Event, announced: Sequence[SupplyRow]) -> FieldError:
    assert isinstance(event, Receipt)
    keys = [row.key for row in announced]
    here = sorted({key.source for key in keys if (key.sku, key.node) == (event.sku, event.node)})
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
            return Adjustment(key._replace(state=event.state), AdjustKind.COUNT, event.quantity, event.reason)
        case Damage():
            return Adjustment(key, AdjustKind.DAMAGE, event.quantity, event.reason)
        case Correction():
            return Adjustment(
                key._replace(state=event.state), AdjustKind.CORRECTION, event.quantity, event.reason
            )
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
        raise UnknownNames(errors[0].detail, errors, fix="Import it first, or correct its id")


def _refuse_kits(network: Network, events: Sequence[Event]) -> None:
    errors = [
        FieldError(f"/events/{index}/sku", without_stock(sku), "a sku that is no kit", event.sku)
        for index, event in enumerate(events)
        if (sku := network.skus[SkuId(event.sku)]).components
    ]
    if errors:
        raise Unprocessable(errors[0].detail, errors, fix="Send one event for each of its components")


def _refuse_transfers(stores: Stores, events: Sequence[Event]) -> None:
    inbounds = {
        index: (event.source, event.sku, event.node)
        for index, event in enumerate(events)
        if isinstance(event, Inbound | Receipt)
    }
    transfers = transfers_among(stores, inbounds.values())
    errors = [
        FieldError(f"/events/{index}/source", own_address(transfers[place]), "an inbound's id", place[0])
        for index, place in inbounds.items()
        if place in transfers
    ]
    if errors:
        raise Unprocessable(
            errors[0].detail,
            errors,
            fix=f"Send POST /v1/transfers/{errors[0].value}/receive when units have arrived",
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
