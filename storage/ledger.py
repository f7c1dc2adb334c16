"""The ledger in a database: the same rules as in memory, over a store that speaks SQL."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection

from fulfillment.events import Event, EventType
from fulfillment.ids import OrderId
from fulfillment.ledger.book import Book
from fulfillment.ledger.claims import Claim
from fulfillment.ledger.order_state import order_state
from fulfillment.ledger.whole_kits import units_in
from storage.ledger_store import SqlLedgerStore
from storage.ledger_writing import Seen
from storage.row_names import RowNames


class SqlLedger(Book):
    """The `Ledger` protocol on one connection; every operation is part of its transaction."""

    def __init__(
        self, connection: Connection, *, names: RowNames | None = None, seen: Seen | None = None
    ) -> None:
        self._store: SqlLedgerStore
        super().__init__(SqlLedgerStore(connection, names=names, seen=seen))

    def expiries(self, *, now: datetime) -> Sequence[Event]:
        """What is to be told of reservations whose end this transaction has written down; once."""
        if not self._store.expired_claims:
            return ()
        ended = _by_order(self._store.expired_claims)
        self._store.expired_claims = []
        held = _by_order(self._store.claims_of(ended))
        return [
            Event(
                EventType.ORDER_EXPIRED,
                order,
                {
                    "order": order,
                    "revision": self.revision(order),
                    "state": str(order_state(held[order], now=now)),
                    "units": _units(ended[order]),
                },
            )
            for order in sorted(ended)
        ]

    @property
    def seen(self) -> Seen:
        """What a transaction that writes what was decided here need not read again.

        Of orders only that they were never seen: the head of one that was is read out in answers, and held
        against its claims, before the write of it is refused.
        """
        seen = self._store.seen
        return replace(seen, heads={order: head for order, head in seen.heads.items() if not head.revision})

    @property
    def lost_race(self) -> bool:
        """Whether a write was overtaken: this transaction can only be undone."""
        return self._store.lost_race


def _by_order(claims: Iterable[Claim]) -> Mapping[OrderId, list[Claim]]:
    orders: defaultdict[OrderId, list[Claim]] = defaultdict(list)
    for claim in claims:
        orders[claim.order].append(claim)
    return orders


def _units(claims: Sequence[Claim]) -> int:
    """Units of an order's lines: of a kit's line kits, not the components they are packed from."""
    lines = groupby(sorted(claims, key=lambda claim: claim.line), key=lambda claim: claim.line)
    return sum(units_in(list(of_line)) for _, of_line in lines)
