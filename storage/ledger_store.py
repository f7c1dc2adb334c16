"""Reading the ledger's tables. Writing is in `ledger_writing`, rows as types in `ledger_rows`."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    func,
    literal,
    select,
)

from fulfillment.ids import NodeId, OrderId, SkuId
from fulfillment.ledger.claims import HOLDING, NOT_USING_CAPACITY, Claim, ClaimState
from fulfillment.ledger.protocol import Entry
from fulfillment.ledger.store import Balance, ChangeSet, OrderHead
from fulfillment.supply import CapacityKey, CapacityRow, SupplyKey, SupplyRow
from storage import ledger_rows as rows
from storage.errors import LostRace
from storage.ledger_writing import Seen, write_changes
from storage.row_names import RowNames
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


def _any_of(name: str) -> BindParameter[Any]:
    return bindparam(name, expanding=True)


# Made once: to build a statement takes longer than to run it.
_SUPPLY_OF = _SUPPLY.where(supply.c.sku.in_(_any_of("skus")))
_SUPPLY_AT = _SUPPLY_OF.where(supply.c.node.in_(_any_of("nodes")))
_FIGURES_OF = select(supply.c.id, supply.c.quantity, supply.c.reserved, supply.c.safety_stock).where(
    supply.c.sku.in_(_any_of("skus"))
)
_SHORT = _SUPPLY.where(supply.c.reserved > supply.c.quantity)
_CAPACITY_ON = _CAPACITY.where(capacity.c.day.in_(_any_of("days")))
_HEADS_OF = select(order_head.c.order_id, order_head.c.revision, order_head.c.claims).where(
    order_head.c.order_id.in_(_any_of("orders"))
)
_CLAIMS_OF = _CLAIMS.where(claim.c.order_id.in_(_any_of("orders")))
_CLAIMS_ON = _CLAIMS.where(claim.c.supply_id.in_(_any_of("numbers")), _HOLDING)
_EXPIRED = _CLAIMS.where(claim.c.state == ClaimState.RESERVED.value, claim.c.expires_at <= bindparam("now"))
_ENTRIES = (
    select(*rows.ENTRY_COLUMNS)
    .select_from(entry)
    .outerjoin(supply)
    .outerjoin(capacity)
    .order_by(entry.c.sequence)
)


class SqlLedgerStore:
    """A `LedgerStore` on one connection. Remembers the numbers of the rows it has read.

    After a `lost_race` a part of a change may be in the transaction, which must not be committed.
    `names`, for a transaction that only reads, are the keys of rows that were read before; `seen`, for one
    that writes, is what such a one has read.

    An order's head is remembered as it was when the order's claims were first read, by the same
    statement: where others write meanwhile, what was decided on older claims finds a newer head and
    is refused.
    """

    def __init__(
        self, connection: Connection, *, names: RowNames | None = None, seen: Seen | None = None
    ) -> None:
        self._connection = connection
        self._names = names
        self.seen = seen or Seen()
        self._expired: dict[datetime, Sequence[Claim]] = {}
        self.lost_race = False
        self.expired_claims: list[Claim] = []  # released by this transaction, and not told yet

    def rows(self, keys: Collection[SupplyKey]) -> Mapping[SupplyKey, SupplyRow]:
        # By sku and by node: SQLite finds no index for pairs of values, and other parts of a key
        # hardly ever narrow it down further.
        found = self.seen.rows_of(keys)
        missing = [key for key in keys if key not in found]
        nodes = sorted({key.node for key in missing})
        for skus in _chunks(sorted({key.sku for key in missing})):
            rows_there = self._supply(_SUPPLY_AT, skus=skus, nodes=nodes)
            found.update((row.key, row) for row in rows_there if row.key in keys)
        return found

    def rows_of(self, skus: Collection[SkuId]) -> Sequence[SupplyRow]:
        chunks = _chunks(sorted(set(skus)))
        read = self._supply_of if self._names is None else partial(self._figures_of, self._names)
        found = [row for chunk in chunks for row in read(chunk)]
        return sorted(found, key=lambda row: row.key)

    def short_rows(self) -> Sequence[SupplyRow]:
        return sorted(self._supply(_SHORT), key=lambda row: row.key)

    def capacity_rows(self, keys: Collection[CapacityKey]) -> Mapping[CapacityKey, CapacityRow]:
        found = self.seen.days_of(keys)
        missing = {(key.node, key.day) for key in keys if key not in found}
        found.update((row.key, row) for row in self.capacity_on(missing) if row.key in keys)
        return found

    def capacity_on(self, days: Collection[tuple[NodeId, date]]) -> Sequence[CapacityRow]:
        # By day alone: an order asks for most nodes, and a list of them takes longer than their rows.
        found: list[CapacityRow] = []
        for chunk in _chunks(sorted({day for _, day in days})):
            for number, row in map(rows.capacity_of, self._read(_CAPACITY_ON, days=chunk)):
                if (row.key.node, row.key.day) in days:
                    self.seen.capacity[row.key] = number
                    found.append(row)
        if self._names is not None:
            self.seen.days += found
        return sorted(found, key=lambda row: row.key)

    def heads(self, orders: Collection[OrderId]) -> Mapping[OrderId, OrderHead]:
        for chunk in _chunks(sorted(order for order in orders if order not in self.seen.heads)):
            for order, revision, claims in self._read(_HEADS_OF, orders=chunk):
                self.seen.heads[order] = OrderHead(revision, claims)
        for order in orders:  # that there is none has been read too
            self.seen.heads.setdefault(order, OrderHead())
        return {order: self.seen.heads[order] for order in orders}

    def claims_of(self, orders: Collection[OrderId]) -> Sequence[Claim]:
        chunks = _chunks(sorted(orders))
        found = _in_order(c for chunk in chunks for c in self._claims(_CLAIMS_OF, orders=chunk))
        for order in orders:  # that there are no claims has been read too: as of an order never seen
            self.seen.heads.setdefault(order, OrderHead())
        return found

    def claims_on(self, keys: Collection[SupplyKey]) -> Sequence[Claim]:
        if any(key not in self.seen.supply for key in keys):
            self.rows(keys)
        numbers = sorted(self.seen.supply[key] for key in keys if key in self.seen.supply)
        chunks = _chunks(numbers)
        return _in_order(c for chunk in chunks for c in self._claims(_CLAIMS_ON, numbers=chunk))

    def expired(self, now: datetime) -> Sequence[Claim]:
        if self._names is None:
            return _in_order(self._claims(_EXPIRED, now=now))
        if now not in self._expired:  # a snapshot does not change
            self._expired[now] = _in_order(self._claims(_EXPIRED, now=now))
        return self._expired[now]

    def entries(self, order: OrderId | None) -> Sequence[Entry]:
        query = _ENTRIES if order is None else _ENTRIES.where(entry.c.order_id == order)
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
        # Of purged orders the claims are gone, and the entries without a name are left.
        nameless = case((entry.c.order_id.is_(None), entry.c.reserved_change), else_=0)
        purged = self._sums(entry, entry.c.capacity_id, nameless, literal(0))
        for number, day in map(rows.capacity_of, self._read(_CAPACITY)):
            limit, used = entered.get(number, (0, 0))
            units, _ = claimed.get(number, (0, 0))
            gone, _ = purged.get(number, (0, 0))
            yield Balance(day.key, day.limit, day.used, limit, used, units + gone)

    def write(self, changes: ChangeSet) -> None:
        try:
            write_changes(self._connection, changes, seen=self.seen, reader=self)
        except LostRace:
            self.lost_race = True
            raise
        self.seen.rows.clear()  # from here on they are as this transaction has left them
        self.seen.days.clear()
        self.expired_claims += [c for c in changes.changed_claims if c.state is ClaimState.EXPIRED]

    # Helpers

    def _read(self, query: Select[*tuple[Any, ...]], **values: object) -> Sequence[Any]:
        return self._connection.execute(query, values).all()  # one call into the driver, not one per row

    def _supply(self, query: Select[*tuple[Any, ...]], **values: object) -> Iterator[SupplyRow]:
        for number, row in map(rows.supply_of, self._read(query, **values)):
            self.seen.supply[row.key] = number
            yield row

    def _supply_of(self, skus: Sequence[SkuId]) -> list[SupplyRow]:
        return list(self._supply(_SUPPLY_OF, skus=skus))

    def _figures_of(self, names: RowNames, skus: Sequence[SkuId]) -> list[SupplyRow]:
        """The same, reading the figures alone where the keys are known."""
        known = names.known
        figures = self._read(_FIGURES_OF, skus=skus)
        try:
            numbered = [
                (number, SupplyRow(known[number], quantity, reserved, safety_stock))
                for number, quantity, reserved, safety_stock in figures
            ]
        except KeyError:
            numbered = [(self.seen.supply[row.key], row) for row in self._supply_of(skus)]
            names.learn({number: row.key for number, row in numbered})
        self.seen.rows += numbered
        return [row for _, row in numbered]

    def _claims(self, query: Select[*tuple[Any, ...]], **values: object) -> Iterator[Claim]:
        for row in self._read(query, **values):
            made = rows.claim_of(row)
            self.seen.heads.setdefault(made.order, OrderHead(row.revision, row.claims))
            self.seen.supply[made.peg] = row.supply_id
            if made.capacity is not None:
                self.seen.capacity[made.capacity] = row.capacity_id
            yield made

    def _sums(
        self, table: Any, by: ColumnElement[Any], first: ColumnElement[int], second: ColumnElement[int]
    ) -> dict[int, tuple[int, int]]:
        query = select(by, func.sum(first), func.sum(second)).select_from(table).group_by(by)
        return {number: (one, two) for number, one, two in self._read(query)}


def _in_order(claims: Iterable[Claim]) -> list[Claim]:
    return sorted(claims, key=lambda c: c.id)


def _chunks(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    waiting = iter(items)
    while chunk := list(islice(waiting, CHUNK)):
        yield chunk
