"""What happens to an order after it was reserved: loads it, moves its claims, answers its new state."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

from api.edge.answers import Answer, answer
from api.edge.idempotency import Call, record, write_once
from api.errors import FieldError, NotFound, UnknownNames
from api.events.payloads import order_event
from api.orders.answers import OrderOut
from api.orders.keeping import leaves_on
from api.orders.schemas import NodeSelectionIn, RejectionIn, ReturnIn, RevisionIn, SelectionIn
from api.orders.translate import order_out
from fulfillment.errors import IllegalTransition, UnknownReference
from fulfillment.events import Event, EventType
from fulfillment.ids import LineId, NodeId, OrderId
from fulfillment.ledger.claims import Claim
from fulfillment.ledger.protocol import Ledger, Selection
from fulfillment.supply import StockState
from storage.database import Database
from storage.orders import StoredOrder
from storage.stores import Stores


class Move(Protocol):
    def __call__(self, selection: Selection, *, now: datetime) -> Sequence[Claim]: ...


def confirm(database: Database, call: Call, order: str, sent: RevisionIn | None) -> Answer:
    """A soft reservation becomes firm."""
    sent = sent or RevisionIn()
    selection = Selection(OrderId(order), revision=sent.revision)
    return _move(database, call, selection, lambda to: to.confirm, EventType.ORDER_CONFIRMED)


def cancel(database: Database, call: Call, order: str, sent: SelectionIn | None) -> Answer:
    """Claims end, and their units are free again."""
    return _move(database, call, _selection(order, sent), lambda to: to.cancel, EventType.ORDER_CANCELED)


def send_to_node(database: Database, call: Call, order: str, sent: NodeSelectionIn | None) -> Answer:
    """The node is told to pick; from here on the claims are frozen."""
    sent = sent or NodeSelectionIn()
    node = NodeId(sent.node) if sent.node is not None else None
    selection = Selection(OrderId(order), node=node, revision=sent.revision)
    return _move(database, call, selection, lambda to: to.send_to_node, EventType.ORDER_SENT_TO_NODE)


def ship(database: Database, call: Call, order: str, sent: SelectionIn | None) -> Answer:
    """Units have left their node: a fact about stock, so nobody else may write meanwhile."""
    selection = _selection(order, sent)
    return _move(database, call, selection, lambda to: to.ship, EventType.ORDER_SHIPPED, alone=True)


def pick(database: Database, call: Call, order: str, sent: SelectionIn | None) -> Answer:
    """Somebody at the node has the units in hand."""
    return _move(database, call, _selection(order, sent), lambda to: to.pick, EventType.ORDER_PICKED)


def make_ready(database: Database, call: Call, order: str, sent: SelectionIn | None) -> Answer:
    """The units wait for the shopper."""
    return _move(database, call, _selection(order, sent), lambda to: to.make_ready, EventType.ORDER_READY)


def not_collected(database: Database, call: Call, order: str, sent: SelectionIn | None) -> Answer:
    """The shopper did not come: the units are free again, by a difference and whatever else is written."""
    return _move(
        database, call, _selection(order, sent), lambda to: to.not_collected, EventType.ORDER_NOT_COLLECTED
    )


def reject(database: Database, call: Call, order: str, sent: RejectionIn) -> Answer:
    """The node cannot find units. How many of them the books held is read, so nobody writes meanwhile."""
    return _move(
        database,
        call,
        _selection(order, sent),
        lambda to: partial(to.reject, reason=sent.reason),
        EventType.ORDER_REJECTED,
        alone=True,
    )


def collect(database: Database, call: Call, order: str, sent: SelectionIn | None) -> Answer:
    """Units were handed over: a fact about stock, as shipping."""
    return _move(
        database, call, _selection(order, sent), lambda to: to.collect, EventType.ORDER_COLLECTED, alone=True
    )


def take_back(database: Database, call: Call, order: str, sent: ReturnIn) -> Answer:
    """Units came back, to the node that has them now: a fact about stock.

    Raises
    ------
    UnknownNames
        The node was never imported.
    """
    verb = partial(_back_to, to=NodeId(sent.to), state=StockState(sent.state))
    return _move(
        database,
        call,
        _selection(order, sent),
        verb,
        EventType.ORDER_RETURNED,
        alone=True,
        to=NodeId(sent.to),
    )


def read_order(stores: Stores, order: str) -> OrderOut:
    """An order as it stands.

    Raises
    ------
    NotFound
        It was never seen, or was purged.
    """
    return _out(stores, stored_order(stores, order))


def _move(
    database: Database,
    call: Call,
    selection: Selection,
    verb: Callable[[Ledger], Move],
    told_as: EventType,
    *,
    alone: bool = False,
    to: NodeId | None = None,
) -> Answer:
    def write(stores: Stores) -> Answer:
        claims = stores.ledger.claims(selection.order)  # first: what changes after it is refused
        stored = stored_order(stores, selection.order)
        _refuse_unknown(stored, selection, claims)
        if to is not None:
            _refuse_unknown_node(stores, to)
        if told_as in _LEAVING:
            _refuse_waiting(stores, selection.order, claims)
        moved = verb(stores.ledger)(selection, now=stores.now)
        out = _out(stores, stored)
        stores.outbox.put(event_of(told_as, out, moved))
        return record(stores, call, answer(out), subject=out.id)

    return write_once(database, call, write, alone=alone)


_LEAVING = (
    EventType.ORDER_SENT_TO_NODE,
    EventType.ORDER_PICKED,
    EventType.ORDER_READY,
    EventType.ORDER_SHIPPED,
    EventType.ORDER_COLLECTED,
)


def _refuse_waiting(stores: Stores, order: OrderId, claims: Sequence[Claim]) -> None:
    """Nothing leaves of an order that may not be split while a part of it is on its way."""
    if (day := leaves_on(stores, order, claims)) is not None:
        said = "; it leaves whole, with what comes then"
        raise IllegalTransition(
            order,
            "",
            (),
            detail=f"order {order} may not be split and waits until {day.isoformat()}{said}",
            fix="Wait for what is on its way; where it does not come, cancel its units or reassign the order",
        )


def _back_to(ledger: Ledger, *, to: NodeId, state: StockState) -> Move:
    return partial(ledger.take_back, to=to, state=state)


def event_of(kind: EventType, out: OrderOut, moved: Sequence[Claim]) -> Event:
    """What is told of a call that left an order as it is now, and moved these claims."""
    return order_event(
        kind,
        OrderId(out.id),
        moved,
        revision=out.revision,
        state=out.state,
        channel=out.channel,
        expires_at=out.expires_at,
        unfilled_units=sum(line.quantity - line.held for line in out.lines),
    )


def _selection(order: str, sent: SelectionIn | None) -> Selection:
    if sent is None:
        return Selection(OrderId(order))
    return Selection(
        OrderId(order),
        node=NodeId(sent.node) if sent.node is not None else None,
        units={LineId(line): units for line, units in sent.units.items()} if sent.units else None,
        revision=sent.revision,
    )


def stored_order(stores: Stores, order: str) -> StoredOrder:
    """An order as it was asked for.

    Raises
    ------
    NotFound
        It was never seen.
    """
    stored = stores.orders.get(OrderId(order))
    if stored is None:
        raise NotFound(
            f"order {order} was never seen, or was purged",
            fix="Reserve it with POST /v1/orders, or correct its id",
        )
    return stored


def _refuse_unknown(stored: StoredOrder, selection: Selection, claims: Sequence[Claim]) -> None:
    lines = [line.id for line in stored.order.lines]
    errors = [
        FieldError(
            f"/units/{line}", UnknownReference("order line", line, lines).detail, ", ".join(lines[:20])
        )
        for line in selection.units or ()
        if line not in lines
    ]
    nodes = sorted({claim.node for claim in claims})
    if selection.node is not None and selection.node not in nodes:
        detail = f"order {selection.order} has no claim at {selection.node}"
        errors.append(FieldError("/node", detail, ", ".join(nodes), selection.node))
    if errors:
        raise UnknownNames(errors[0].detail, errors, fix="Name lines and nodes of the order")


def _refuse_unknown_node(stores: Stores, to: NodeId) -> None:
    nodes = sorted(stores.catalog.network().nodes)
    if to not in nodes:
        detail = UnknownReference("node", to, nodes).detail
        raise UnknownNames(detail, [FieldError("/to", detail, value=to)], fix="Name a node that was imported")


def _out(stores: Stores, stored: StoredOrder) -> OrderOut:
    order = stored.order.id
    claims = stores.ledger.claims(order)
    return order_out(stored, claims, revision=stores.ledger.revision(order), now=stores.now)
