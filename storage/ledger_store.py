"""Reading the ledger's tables. Writing is in `ledger_writing`, rows as types in `ledger_rows`."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, case, func, literal, select

from fulfillment.ids import NodeId, OrderId, SkuId
from fulfillment.ledger.claims import HOLDING, NOT_USING_CAPACITY, Claim, ClaimState
from fulfillment.ledger.protocol import Entry
from fulfillment.ledger.store import Balance, ChangeSet, OrderHead
from fulfillment.supply import CapacityKey, CapacityRow, SupplyKey, SupplyRow
from storage import ledger_rows as rows
from storage.ledger_writing import Seen, write_changes
from storage.schema.ledger import capacity, claim, entry, order_head, supply

_Item = TypeVar("_Item")

CHUNK = 400  # values in one IN; two bound parameters each at most, far below any database's limit

_SUPPLY = select(*rows.SUPPLY_COLUMNS)
_CAPACITY = select(*rows.CAPACITY_COLUMNS)
_CLAIMS = (
    select(*rows.CLAIM_COLUMNS)
    .join_from(claim, supply)
    .outerjoin(capacity)
    .join(order_head, order_head.c.order_id == claim.c.order_id)
)
_HOLDING = claim.c.state.in_(sorted(HOLDING))


class SqlLedgerStore:
    """A `LedgerStore` on one connection. Remembers the numbers of the rows it has read.

    An order's head is remembered as it was when the order's claims were first read, by the same
    statement: where others write meanwhile, what was decided on older claims finds a newer head and
    is refused.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seen = Seen()

    def rows(self, keys: Collection[SupplyKey]) -> Mapping[SupplyKey, SupplyRow]:
        # By sku and by node: SQLite finds no index for pairs of values, and other parts of a key
        # hardly ever narrow it down further.
        at_nodes = _SUPPLY.where(supply.c.node.in_(sorted({key.node for key in keys})))
        skus = sorted({key.sku for key in keys})
        found = self._supply(at_nodes.where(supply.c.sku.in_(chunk)) for chunk in _chunks(skus))
        return {row.key: row for row in found if row.key in keys}

    def rows_of(self, skus: Collection[SkuId]) -> Sequence[SupplyRow]:
        queries = (_SUPPLY.where(supply.c.sku.in_(chunk)) for chunk in _chunks(sorted(set(skus))))
        return sorted(self._supply(queries), key=lambda row: row.key)

    def short_rows(self) -> Sequence[SupplyRow]:
        found = self._supply([_SUPPLY.where(supply.c.reserved > supply.c.quantity)])
        return sorted(found, key=lambda row: row.key)

    def capacity_rows(self, keys: Collection[CapacityKey]) -> Mapping[CapacityKey, CapacityRow]:
        found = self.capacity_on({(key.node, key.day) for key in keys})
        return {row.key: row for row in found if row.key in keys}

    def capacity_on(self, days: Collection[tuple[NodeId, date]]) -> Sequence[CapacityRow]:
        on_days = _CAPACITY.where(capacity.c.day.in_(sorted({day for _, day in days})))
        nodes = sorted({node for node, _ in days})
        found: list[CapacityRow] = []
        for chunk in _chunks(nodes):
            for number, row in map(rows.capacity_of, self._read(on_days.where(capacity.c.node.in_(chunk)))):
                if (row.key.node, row.key.day) in days:
                    self._seen.capacity[row.key] = number
                    found.append(row)
        return sorted(found, key=lambda row: row.key)

    def heads(self, orders: Collection[OrderId]) -> Mapping[OrderId, OrderHead]:
        query = select(order_head.c.order_id, order_head.c.revision, order_head.c.claims)
        for chunk in _chunks(sorted(order for order in orders if order not in self._seen.heads)):
            for order, revision, claims in self._read(query.where(order_head.c.order_id.in_(chunk))):
                self._seen.heads[order] = OrderHead(revision, claims)
        return {order: self._seen.heads[order] for order in orders if order in self._seen.heads}

    def claims_of(self, orders: Collection[OrderId]) -> Sequence[Claim]:
        found = self._claims(_CLAIMS.where(claim.c.order_id.in_(c)) for c in _chunks(sorted(orders)))
        for order in orders:  # that there are no claims has been read too: as of an order never seen
            self._seen.heads.setdefault(order, OrderHead())
        return found

    def claims_on(self, keys: Collection[SupplyKey]) -> Sequence[Claim]:
        if any(key not in self._seen.supply for key in keys):
            self.rows(keys)
        numbers = sorted(self._seen.supply[key] for key in keys if key in self._seen.supply)
        return self._claims(_CLAIMS.where(claim.c.supply_id.in_(c), _HOLDING) for c in _chunks(numbers))

    def expired(self, now: datetime) -> Sequence[Claim]:
        is_over = (claim.c.state == ClaimState.RESERVED.value) & (claim.c.expires_at <= now)
        return self._claims([_CLAIMS.where(is_over)])

    def entries(self, order: OrderId | None) -> Sequence[Entry]:
        query = (
            select(*rows.ENTRY_COLUMNS)
            .select_from(entry)
            .outerjoin(supply)
            .outerjoin(capacity)
            .order_by(entry.c.sequence)
        )
        if order is not None:
            query = query.where(entry.c.order_id == order)
        return [rows.entry_of(row) for row in self._read(query)]

    def balances(self) -> Iterator[Balance]:
        entered = self._sums(entry, entry.c.supply_id, entry.c.quantity_change, entry.c.reserved_change)
        held = case((_HOLDING, claim.c.quantity), else_=0)
        claimed = self._sums(claim, claim.c.supply_id, held, literal(0))
        for number, row in map(rows.supply_of, self._read(_SUPPLY)):
            quantity, reserved = entered.get(number, (0, 0))
            pegged, _ = claimed.get(number, (0, 0))
            yield Balance(row.key, row.quantity, row.reserved, quantity, reserved, pegged)
        entered = self._sums(entry, entry.c.capacity_id, entry.c.quantity_change, entry.c.reserved_change)
        using = case((claim.c.state.in_(sorted(NOT_USING_CAPACITY)), 0), else_=claim.c.quantity)
        claimed = self._sums(claim, claim.c.capacity_id, using, literal(0))
        for number, day in map(rows.capacity_of, self._read(_CAPACITY)):
            limit, used = entered.get(number, (0, 0))
            units, _ = claimed.get(number, (0, 0))
            yield Balance(day.key, day.limit, day.used, limit, used, units)

    def write(self, changes: ChangeSet) -> None:
        write_changes(self._connection, changes, seen=self._seen, reader=self)

    # Helpers

    def _read(self, query: Select[*tuple[Any, ...]]) -> Iterable[Any]:
        return self._connection.execute(query).all()  # one call into the driver, not one per row

    def _supply(self, queries: Iterable[Select[*tuple[Any, ...]]]) -> list[SupplyRow]:
        found: list[SupplyRow] = []
        for query in queries:
            for number, row in map(rows.supply_of, self._read(query)):
                self._seen.supply[row.key] = number
                found.append(row)
        return found

    def _claims(self, queries: Iterable[Select[*tuple[Any, ...]]]) -> list[Claim]:
        found: list[Claim] = []
        for query in queries:
            for row in self._read(query):
                made = rows.claim_of(row)
                self._seen.heads.setdefault(made.order, OrderHead(row.revision, row.claims))
                self._seen.supply[made.peg] = row.supply_id
                if made.capacity is not None:
                    self._seen.capacity[made.capacity] = row.capacity_id
                found.append(made)
        return sorted(found, key=lambda c: c.id)

    def _sums(
        self, table: Any, by: ColumnElement[Any], first: ColumnElement[int], second: ColumnElement[int]
    ) -> dict[int, tuple[int, int]]:
        query = select(by, func.sum(first), func.sum(second)).select_from(table).group_by(by)
        return {number: (one, two) for number, one, two in self._read(query)}


def _chunks(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    waiting = iter(items)
    while chunk := list(islice(waiting, CHUNK)):
        yield chunk
