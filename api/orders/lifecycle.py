"""What happens to an order after it was reserved: loads it, moves its claims, answers its new state."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from api.edge.answers import Answer, answer
from api.edge.idempotency import Call, ensure_first, once, record
from api.errors import FieldError, NotFound, UnknownNames
from api.orders.answers import OrderOut
from api.orders.schemas import NodeSelectionIn, RevisionIn, SelectionIn
from api.orders.translate import order_out
from fulfillment.errors import UnknownReference
from fulfillment.ids import LineId, NodeId, OrderId
from fulfillment.ledger.claims import Claim
from fulfillment.ledger.protocol import Ledger, Selection
from storage.database import Database
from storage.orders import StoredOrder
from storage.stores import Stores
from storage.unit_of_work import write_together


class Move(Protocol):
    def __call__(self, selection: Selection, *, now: datetime) -> Sequence[Claim]: ...


def confirm(database: Database, call: Call, order: str, sent: RevisionIn | None) -> Answer:
    """A soft reservation becomes firm."""
    sent = sent or RevisionIn()
    return _move(database, call, Selection(OrderId(order), revision=sent.revision), lambda to: to.confirm)


def cancel(database: Database, call: Call, order: str, sent: SelectionIn | None) -> Answer:
    """Claims end, and their units are free again."""
    return _move(database, call, _selection(order, sent), lambda to: to.cancel)


def send_to_node(database: Database, call: Call, order: str, sent: NodeSelectionIn | None) -> Answer:
    """The node is told to pick; from here on the claims are frozen."""
    sent = sent or NodeSelectionIn()
    node = NodeId(sent.node) if sent.node is not None else None
    selection = Selection(OrderId(order), node=node, revision=sent.revision)
    return _move(database, call, selection, lambda to: to.send_to_node)


def ship(database: Database, call: Call, order: str, sent: SelectionIn | None) -> Answer:
    """Units have left their node: a fact about stock, so nobody else may write meanwhile."""
    return _move(database, call, _selection(order, sent), lambda to: to.ship, alone=True)


def read_order(stores: Stores, order: str) -> OrderOut:
    """An order as it stands.

    Raises
    ------
    NotFound
        It was never seen.
    """
    return _out(stores, _stored(stores, order))


def _move(
    database: Database,
    call: Call,
    selection: Selection,
    verb: Callable[[Ledger], Move],
    *,
    alone: bool = False,
) -> Answer:
    def write(stores: Stores) -> Answer:
        ensure_first(stores, call)
        claims = stores.ledger.claims(selection.order)  # first: what changes after it is refused
        stored = _stored(stores, selection.order)
        _refuse_unknown(stored, selection, claims)
        verb(stores.ledger)(selection, now=stores.now)
        return record(stores, call, answer(_out(stores, stored)))

    def run() -> Answer:
        if not alone:
            return write_together(database, write)
        with database.writing() as stores:
            return write(stores)

    return once(database, call, run)


def _selection(order: str, sent: SelectionIn | None) -> Selection:
    if sent is None:
        return Selection(OrderId(order))
    return Selection(
        OrderId(order),
        node=NodeId(sent.node) if sent.node is not None else None,
        units={LineId(line): units for line, units in sent.units.items()} if sent.units else None,
        revision=sent.revision,
    )


def _stored(stores: Stores, order: str) -> StoredOrder:
    stored = stores.orders.get(OrderId(order))
    if stored is None:
        raise NotFound(
            f"order {order} was never seen", fix="Reserve it with POST /v1/orders, or correct its id"
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


def _out(stores: Stores, stored: StoredOrder) -> OrderOut:
    order = stored.order.id
    claims = stores.ledger.claims(order)
    return order_out(stored, claims, revision=stores.ledger.revision(order), now=stores.now)
