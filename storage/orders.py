"""Orders as they were asked for. Who may have which unit is in the ledger, not here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from fulfillment.ids import LineId, OrderId, SkuId, ZoneId
from fulfillment.network import Place
from fulfillment.orders import ANY_NODE, Destination, NodeChoice, Order, OrderLine
from storage.dialects import insert_new
from storage.schema.orders import order_line, sales_order

_GET = select(sales_order).where(sales_order.c.id == bindparam("order"))
_LINES = (
    select(order_line)
    .where(order_line.c.order_id.in_(bindparam("orders", expanding=True)))
    .order_by(order_line.c.order_id, order_line.c.position)
)


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order and the instant it was first put."""

    order: Order
    created_at: datetime


class Orders:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, order: Order, *, now: datetime) -> None:
        """Keep the order; one with the same id is replaced, but keeps its `created_at`."""
        head = _head(order)
        if not insert_new(self._connection, sales_order, [{**head, "id": order.id, "created_at": now}]):
            known = update(sales_order).where(sales_order.c.id == order.id)
            self._connection.execute(known.values(**head))
            self._connection.execute(delete(order_line).where(order_line.c.order_id == order.id))
        self._connection.execute(
            insert(order_line),
            [
                {
                    "order_id": order.id,
                    "position": position,
                    "line": line.id,
                    "sku": line.sku,
                    "quantity": line.quantity,
                    "node": line.node,
                }
                for position, line in enumerate(order.lines)
            ],
        )

    def get(self, order: OrderId) -> StoredOrder | None:
        row = self._connection.execute(_GET, {"order": order}).one_or_none()
        return None if row is None else self._with_lines([row])[0]

    def list(self, *, after: OrderId | None, limit: int) -> Sequence[StoredOrder]:
        """At most `limit` orders in order of id, beginning after the one named."""
        query = select(sales_order).order_by(sales_order.c.id).limit(limit)
        if after is not None:
            query = query.where(sales_order.c.id > after)
        return self._with_lines(self._connection.execute(query).all())

    def _with_lines(self, rows: Sequence[Row[*tuple[Any, ...]]]) -> Sequence[StoredOrder]:
        lines: Mapping[str, list[OrderLine]] = defaultdict(list)
        for line in self._connection.execute(_LINES, {"orders": [row.id for row in rows]}):
            lines[line.order_id].append(
                OrderLine(LineId(line.line), SkuId(line.sku), line.quantity, line.node)
            )
        return [_stored(row, lines[row.id]) for row in rows]


def _head(order: Order) -> dict[str, object]:
    place = order.destination.place
    return {
        "placed_at": order.placed_at,
        "channel": order.channel,
        "zone": order.destination.zone,
        "latitude": place.latitude if place else None,
        "longitude": place.longitude if place else None,
        "accept_partial": order.accept_partial,
        "tier": order.tier,
        "wanted_by": order.wanted_by,
        "service": order.service,
        "nodes": None if order.nodes == ANY_NODE else asdict(order.nodes),
    }


def _stored(row: Row[*tuple[Any, ...]], lines: Sequence[OrderLine]) -> StoredOrder:
    place = None if row.latitude is None else Place(row.latitude, row.longitude)
    order = Order(
        id=OrderId(row.id),
        lines=tuple(lines),
        destination=Destination(ZoneId(row.zone), place),
        placed_at=row.placed_at,
        channel=row.channel,
        accept_partial=row.accept_partial,
        tier=row.tier,
        wanted_by=row.wanted_by,
        service=row.service,
        nodes=ANY_NODE if row.nodes is None else _choice(row.nodes),
    )
    return StoredOrder(order, row.created_at)


def _choice(kept: Mapping[str, Any]) -> NodeChoice:
    return NodeChoice(
        allowed=tuple(kept["allowed"]),
        forbidden=tuple(kept["forbidden"]),
        at_most=kept["at_most"],
        together=tuple(tuple(group) for group in kept["together"]),
    )
