"""Decisions on orders as JSON documents: appended, never changed. What is in them is not known here."""

from collections.abc import Mapping

from sqlalchemy import Connection, insert, select

from fulfillment.ids import OrderId
from storage.schema.orders import decision


class Decisions:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, order: OrderId, revision: int, document: Mapping[str, object]) -> None:
        values = {"order_id": order, "revision": revision, "document": dict(document)}
        self._connection.execute(insert(decision), values)

    def latest(self, order: OrderId) -> Mapping[str, object] | None:
        newest = (
            select(decision.c.document)
            .where(decision.c.order_id == order)
            .order_by(decision.c.id.desc())
            .limit(1)
        )
        document: Mapping[str, object] | None = self._connection.execute(newest).scalar_one_or_none()
        return document
