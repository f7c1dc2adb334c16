"""Transfers by name: what was sent where, and how much of it has arrived. Their units are in the ledger."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from fulfillment.ids import NodeId, SkuId
from fulfillment.supply import SupplyKey
from storage.schema.transfers import transfer

CHUNK = 400  # values in one IN, far below any database's limit


@dataclass(frozen=True, slots=True)
class Transfer:
    """Units of one sku on their way from one node to another."""

    id: str
    sku: SkuId
    from_node: NodeId
    to_node: NodeId
    pool: str
    quantity: int
    arrives: date
    sent_at: datetime
    received: int = 0

    @property
    def inbound(self) -> SupplyKey:
        """The row its units are in until they arrive."""
        return SupplyKey(self.sku, self.to_node, self.id, self.arrives, self.pool)

    @property
    def has_arrived(self) -> bool:
        return self.received >= self.quantity


class Transfers:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, sent: Transfer) -> None:
        self._connection.execute(
            insert(transfer),
            {
                "id": sent.id,
                "sku": sent.sku,
                "from_node": sent.from_node,
                "to_node": sent.to_node,
                "pool": sent.pool,
                "quantity": sent.quantity,
                "received": sent.received,
                "arrives": sent.arrives,
                "sent_at": sent.sent_at,
            },
        )

    def receive(self, name: str, quantity: int) -> None:
        """Count units as arrived."""
        arrived = update(transfer).where(transfer.c.id == name)
        self._connection.execute(arrived.values(received=transfer.c.received + quantity))

    def get(self, name: str) -> Transfer | None:
        row = self._connection.execute(select(transfer).where(transfer.c.id == name)).one_or_none()
        return None if row is None else _transfer(row)

    def among(self, names: Collection[str]) -> Sequence[Transfer]:
        """Those of these ids that were sent."""
        ids = sorted(set(names))
        found: list[Transfer] = []
        for start in range(0, len(ids), CHUNK):
            query = select(transfer).where(transfer.c.id.in_(ids[start : start + CHUNK]))
            found += map(_transfer, self._connection.execute(query))
        return found

    def list(self, *, after: str | None, limit: int) -> Sequence[Transfer]:
        """At most `limit` transfers in order of id, beginning behind the one named."""
        query = select(transfer).order_by(transfer.c.id).limit(limit)
        if after is not None:
            query = query.where(transfer.c.id > after)
        return [_transfer(row) for row in self._connection.execute(query)]


def _transfer(row: Row[*tuple[Any, ...]]) -> Transfer:
    return Transfer(
        id=row.id,
        sku=SkuId(row.sku),
        from_node=NodeId(row.from_node),
        to_node=NodeId(row.to_node),
        pool=row.pool,
        quantity=row.quantity,
        arrives=row.arrives,
        sent_at=row.sent_at,
        received=row.received,
    )
