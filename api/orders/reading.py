"""Reads orders and decisions. Writes nothing."""

from api.edge.pages import Asked, Page, page_of
from api.errors import NotFound
from api.orders.answers import OrderOut, OrderSummary, StoredDecision
from api.orders.lifecycle import read_order
from api.orders.translate import state_word
from fulfillment.ids import OrderId
from storage.database import Database
from storage.orders import StoredOrder
from storage.stores import Stores


def get_order(database: Database, order: str) -> OrderOut:
    with database.reading() as stores:
        return read_order(stores, order)


def list_orders(database: Database, asked: Asked) -> Page[OrderSummary]:
    """Orders by id."""
    with database.reading() as stores:
        return page_of(
            asked,
            lambda after: stores.orders.list(
                after=OrderId(after[0]) if after else None, limit=asked.limit + 1
            ),
            key=lambda stored: (stored.order.id,),
            parts=1,
            show=lambda stored: _summary(stores, stored),
        )


def get_decision(database: Database, order: str) -> StoredDecision:
    """The latest decision of an order.

    Raises
    ------
    NotFound
        The order was never decided, or the decision was purged.
    """
    with database.reading() as stores:
        document = stores.decisions.latest(OrderId(order))
    if document is None:
        raise NotFound(
            f"order {order} was never decided, or the decision was purged",
            fix="Reserve it with POST /v1/orders",
        )
    return StoredDecision.model_validate(document)


def _summary(stores: Stores, stored: StoredOrder) -> OrderSummary:
    order = stored.order
    return OrderSummary(
        id=order.id,
        revision=stores.ledger.revision(order.id),
        state=state_word(stores.ledger.claims(order.id), now=stores.now),
        channel=order.channel,
        zone=order.destination.zone,
        placed_at=order.placed_at,
        created_at=stored.created_at,
        units=order.units,
    )
