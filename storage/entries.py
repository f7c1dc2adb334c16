"""The ledger's book read page by page, and what has moved on single rows since an instant. Writes nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from fulfillment.ids import NodeId, OrderId, SkuId
from fulfillment.ledger.protocol import AdjustKind, Entry
from fulfillment.supply import ON_HAND, StockState, SupplyKey
from storage import ledger_rows as rows
from storage.schema.ledger import capacity, entry, supply

CHUNK = 400  # values in one IN, far below any database's limit
_ENTRIES_AT_ONCE = 10_000


class Entries:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(
        self,
        *,
        after: int,
        limit: int,
        order: OrderId | None = None,
        sku: SkuId | None = None,
        node: NodeId | None = None,
    ) -> Sequence[Entry]:
        """At most `limit` entries in order of sequence, beginning behind `after`.

        With `node` also the entries of the node's capacity, which belong to no sku.
        """
        query = (
            select(*rows.ENTRY_COLUMNS)
            .select_from(entry)
            .outerjoin(supply)
            .outerjoin(capacity)
            .where(entry.c.sequence > after)
            .order_by(entry.c.sequence)
            .limit(limit)
        )
        if order is not None:
            query = query.where(entry.c.order_id == order)
        if sku is not None:
            query = query.where(entry.c.supply_id.in_(select(supply.c.id).where(supply.c.sku == sku)))
        if node is not None:
            query = query.where((supply.c.node == node) | (capacity.c.node == node))
        return [rows.entry_of(row) for row in self._connection.execute(query).all()]

    def of_shelves(self) -> Iterator[Entry]:
        """Entries that changed how much sellable stock on hand is free, oldest first, read as taken."""
        query = (
            select(*rows.ENTRY_COLUMNS)
            .select_from(entry)
            .join(supply)
            .outerjoin(capacity)
            .where(
                supply.c.source == ON_HAND,
                supply.c.state == StockState.SELLABLE.value,
                entry.c.quantity_change != entry.c.reserved_change,
            )
            .order_by(entry.c.sequence)
        )
        found = self._connection.execute(query, execution_options={"yield_per": _ENTRIES_AT_ONCE})
        yield from map(rows.entry_of, found)

    def moved_since(self, keys: Collection[SupplyKey], at: datetime) -> Mapping[SupplyKey, Sequence[Entry]]:
        """Entries dated after `at` that changed or stated the quantity of these rows, oldest first."""
        found: dict[SupplyKey, list[Entry]] = defaultdict(list)
        query = (
            select(*rows.ENTRY_COLUMNS)
            .select_from(entry)
            .join(supply)
            .outerjoin(capacity)
            .where(entry.c.at > at, (entry.c.quantity_change != 0) | (entry.c.verb == AdjustKind.COUNT.value))
            .order_by(entry.c.sequence)
        )
        at_nodes = query.where(supply.c.node.in_(sorted({key.node for key in keys})))
        skus = sorted({key.sku for key in keys})
        for start in range(0, len(skus), CHUNK):
            chunk = skus[start : start + CHUNK]
            for row in self._connection.execute(at_nodes.where(supply.c.sku.in_(chunk))).all():
                made = rows.entry_of(row)
                if isinstance(made.key, SupplyKey) and made.key in keys:
                    found[made.key].append(made)
        return found
