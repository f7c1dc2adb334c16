"""Stock feeds: how far each has come, and what is kept for its late messages. Stock is in the ledger."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, insert, select

from fulfillment.feeds.applying import RowChange
from fulfillment.feeds.messages import FeedState, RowMemory, new_feed
from fulfillment.feeds.sequences import Received
from fulfillment.ids import NodeId, SkuId
from fulfillment.supply import ON_HAND, StockState, SupplyKey
from storage.dialects import upsert
from storage.schema.feeds import stock_feed, stock_feed_delta, stock_feed_row
from storage.schema.ledger import supply

CHUNK = 400  # values in one IN, far below any database's limit


@dataclass(frozen=True, slots=True)
class StoredFeed:
    """A feed, the rows it may speak of, and how far it has come."""

    id: str
    nodes: tuple[NodeId, ...]
    pool: str
    first_sequence: int
    state: FeedState
    messages: int = 0
    rows_applied: int = 0
    last_at: datetime | None = None
    last_received_at: datetime | None = None


def opened(name: str, *, nodes: Sequence[NodeId], pool: str, first_sequence: int) -> StoredFeed:
    """A feed of which nothing has come."""
    return StoredFeed(name, tuple(nodes), pool, first_sequence, new_feed(first_sequence))


class Feeds:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> StoredFeed | None:
        row = self._connection.execute(select(stock_feed).where(stock_feed.c.id == name)).one_or_none()
        return None if row is None else _feed(row)

    def list(self, *, after: str | None, limit: int) -> Sequence[StoredFeed]:
        """At most `limit` feeds in order of id, beginning behind the one named."""
        query = select(stock_feed).order_by(stock_feed.c.id).limit(limit)
        if after is not None:
            query = query.where(stock_feed.c.id > after)
        return [_feed(row) for row in self._connection.execute(query)]

    def put(self, feed: StoredFeed) -> None:
        """Keep the feed, in place of what was kept of it."""
        received = feed.state.received
        upsert(
            self._connection,
            stock_feed,
            [
                {
                    "id": feed.id,
                    "nodes": list(feed.nodes),
                    "pool": feed.pool,
                    "first_sequence": feed.first_sequence,
                    "covered": feed.state.covered,
                    "highest": received.highest,
                    "gaps": [list(gap) for gap in received.gaps],
                    "kept_rows": feed.state.kept_rows,
                    "messages": feed.messages,
                    "rows_applied": feed.rows_applied,
                    "last_at": feed.last_at,
                    "last_received_at": feed.last_received_at,
                }
            ],
        )

    def memory(
        self, feed: StoredFeed, skus: Collection[SkuId] | None = None
    ) -> Mapping[SupplyKey, RowMemory]:
        """What is remembered of the feed's rows of these skus, or of all of them."""
        deltas: dict[SupplyKey, dict[int, int]] = defaultdict(dict)
        if feed.state.kept_rows:
            for row in self._of(select(stock_feed_delta), stock_feed_delta.c, feed.id, skus):
                deltas[_key(row, feed.pool)][row.sequence] = row.change
        known: dict[SupplyKey, RowMemory] = {}
        for row in self._of(select(stock_feed_row), stock_feed_row.c, feed.id, skus):
            key = _key(row, feed.pool)
            known[key] = RowMemory(row.covered, row.owed, deltas.pop(key, None))
        return {**known, **{key: RowMemory(deltas=kept) for key, kept in deltas.items()}}

    def held(self, feed: StoredFeed, skus: Collection[SkuId] | None = None) -> Mapping[SupplyKey, int]:
        """Units on the books in the feed's scope, of these skus or of all."""
        t = supply.c
        query = select(t.sku, t.node, t.quantity).where(
            t.node.in_(feed.nodes),
            t.pool == feed.pool,
            t.source == ON_HAND,
            t.state == StockState.SELLABLE.value,
        )
        return {_key(row, feed.pool): row.quantity for row in self._by_sku(query, t.sku, skus)}

    def owed(self, name: str) -> int:
        """Units that the feed said have gone and the books did not have."""
        query = select(func.coalesce(func.sum(stock_feed_row.c.owed), 0))
        units: int = self._connection.execute(query.where(stock_feed_row.c.feed == name)).scalar_one()
        return int(units)

    def remember(
        self,
        feed: StoredFeed,
        changes: Iterable[RowChange],
        *,
        sequence: int,
        known: Collection[SupplyKey],
    ) -> StoredFeed:
        """Keep the feed and what its late messages may need; forget what they cannot. Returns the feed."""
        settled = max(feed.state.received.low_water, feed.state.covered)
        rows: list[dict[str, object]] = []
        deltas: list[dict[str, object]] = []
        for change in changes:
            name = {"feed": feed.id, "sku": change.key.sku, "node": change.key.node}
            memory = change.memory
            if change.key in known or memory.owed or memory.covered > settled:
                rows.append({**name, "covered": memory.covered, "owed": memory.owed})
            if sequence > settled and memory.deltas and sequence in memory.deltas:
                deltas.append({**name, "sequence": sequence, "change": memory.deltas[sequence]})
        upsert(self._connection, stock_feed_row, rows)
        if deltas:
            self._connection.execute(insert(stock_feed_delta), deltas)
        gone = self._connection.execute(
            delete(stock_feed_delta).where(
                stock_feed_delta.c.feed == feed.id, stock_feed_delta.c.sequence <= settled
            )
        )
        self._connection.execute(
            delete(stock_feed_row).where(
                stock_feed_row.c.feed == feed.id,
                stock_feed_row.c.covered <= settled,
                stock_feed_row.c.owed == 0,
            )
        )
        before = self.get(feed.id)
        kept = (before.state.kept_rows if before else 0) + len(deltas) - gone.rowcount
        stored = replace(feed, state=replace(feed.state, kept_rows=kept))
        self.put(stored)
        return stored

    def _of(
        self, query: Select[Any], columns: Any, feed: str, skus: Collection[SkuId] | None
    ) -> Iterable[Row[Any]]:
        return self._by_sku(query.where(columns.feed == feed), columns.sku, skus)

    def _by_sku(
        self, query: Select[Any], column: ColumnElement[str], skus: Collection[SkuId] | None
    ) -> Iterable[Row[Any]]:
        if skus is None:
            yield from self._connection.execute(query).all()
            return
        names = sorted(set(skus))
        for start in range(0, len(names), CHUNK):
            yield from self._connection.execute(query.where(column.in_(names[start : start + CHUNK]))).all()


def _key(row: Row[Any], pool: str) -> SupplyKey:
    return SupplyKey(SkuId(row.sku), NodeId(row.node), pool=pool)


def _feed(row: Row[Any]) -> StoredFeed:
    gaps = tuple((first, last) for first, last in row.gaps)
    return StoredFeed(
        id=row.id,
        nodes=tuple(NodeId(node) for node in row.nodes),
        pool=row.pool,
        first_sequence=row.first_sequence,
        state=FeedState(row.covered, Received(row.highest, gaps), row.kept_rows),
        messages=row.messages,
        rows_applied=row.rows_applied,
        last_at=row.last_at,
        last_received_at=row.last_received_at,
    )
