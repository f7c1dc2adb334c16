"""Price books, kept. In force is the one loaded last of those that were not withdrawn.

A book never changes. Its prices are forgotten once it can never be used again: withdrawn, or overtaken and
out of date. That it was there is not forgotten; decisions keep the prices they were made from.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, or_, select, update

from fulfillment.errors import InvalidInput
from fulfillment.ids import NodeId, SkuId
from fulfillment.price_book import PriceBook, StockPrice
from storage.audit import Actor
from storage.price_documents import OfSku, Prices, by_sku, prices_of
from storage.schema.price_books import price_book, sku_prices

_DIGEST = 16  # bytes


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """When a book was withdrawn, by whom and why."""

    at: datetime
    by: Actor
    reason: str


@dataclass(frozen=True, slots=True)
class StoredBook:
    """A book without its prices. `number` rises with every book, `stocks` are the stocks with a price."""

    number: int
    version: str
    made_at: datetime
    valid_until: datetime
    stocks: int
    digest: str
    loaded_at: datetime
    loaded_by: Actor
    withdrawn: Withdrawal | None
    has_prices: bool

    def is_stale(self, now: datetime) -> bool:
        return self.with_prices({}).is_stale(now)

    def with_prices(self, prices: Prices) -> PriceBook:
        return PriceBook(self.version, self.made_at, self.valid_until, prices)


class PriceBooks:
    """Reads, adds and withdraws. `changed` is called when another is in force, in the same transaction."""

    def __init__(self, connection: Connection, *, changed: Callable[[], None]) -> None:
        self._connection = connection
        self._changed = changed

    def get(self, version: str) -> StoredBook | None:
        row = self._connection.execute(_HEADS.where(price_book.c.version == version)).one_or_none()
        return None if row is None else _stored(row)

    def list(self, *, before: int | None, limit: int) -> Sequence[StoredBook]:
        """At most `limit` books, the newest first, from before the one of that number."""
        query = _HEADS.order_by(price_book.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(price_book.c.number < before)
        return [_stored(row) for row in self._connection.execute(query)]

    def versions(self) -> Sequence[str]:
        """The names of all books, the oldest first."""
        query = select(price_book.c.version).order_by(price_book.c.number)
        return self._connection.execute(query).scalars().all()

    def loaded(self, book: PriceBook) -> StoredBook | None:
        """The book as it was loaded before; None if there is none of its version.

        Raises
        ------
        InvalidInput
            The version was loaded with other content, or was withdrawn.
        """
        if (known := self.get(book.version)) is not None:
            _refuse_another(known, book, _digest(by_sku(book.prices)))
        return known

    def load(self, book: PriceBook, *, by: Actor, now: datetime) -> StoredBook:
        """Keep a book and put it in force. The same book again changes nothing.

        Raises
        ------
        InvalidInput
            The version was loaded with other content, or was withdrawn.
        """
        if (known := self.loaded(book)) is not None:
            return known
        documents = by_sku(book.prices)
        values = {
            "version": book.version,
            "made_at": book.made_at,
            "valid_until": book.valid_until,
            "stocks": sum(len(of_nodes) for of_nodes in documents.values()),
            "digest": _digest(documents),
            "loaded_at": now,
            "loaded_by": by.id,
            "loaded_by_name": by.name,
            "has_prices": True,
        }
        made = self._connection.execute(insert(price_book).values(values).returning(*price_book.c)).one()
        if documents:
            rows = [{"book": made.number, "sku": sku, "prices": prices} for sku, prices in documents.items()]
            self._connection.execute(insert(sku_prices), rows)
        self._forget_useless(now)
        self._changed()
        return _stored(made)

    def withdraw(self, book: StoredBook, withdrawal: Withdrawal) -> StoredBook:
        """Stop using a book, for good; the one loaded before it is in force again."""
        values = {
            "withdrawn_at": withdrawal.at,
            "withdrawn_by": withdrawal.by.id,
            "withdrawn_by_name": withdrawal.by.name,
            "withdrawn_because": withdrawal.reason,
        }
        which = price_book.c.number == book.number
        self._connection.execute(update(price_book).where(which).values(values))
        self._forget_useless(withdrawal.at)
        self._changed()
        kept = self.get(book.version)
        assert kept is not None, "books are never deleted"
        return kept

    def prices(self, book: StoredBook, skus: Collection[SkuId]) -> dict[tuple[NodeId, SkuId], StockPrice]:
        """The prices of some skus, in one statement on the primary key."""
        t = sku_prices.c
        query = select(t.sku, t.prices).where(t.book == book.number, t.sku.in_(sorted(skus)))
        return prices_of((SkuId(sku), prices) for sku, prices in self._connection.execute(query))

    def documents(self, book: StoredBook, *, since: str, limit: int) -> Iterator[tuple[SkuId, OfSku]]:
        """At most so many skus in the order of the database's collation, from one on, with their prices by
        node, in order of id."""
        t = sku_prices.c
        query = select(t.sku, t.prices).where(t.book == book.number, t.sku >= since)
        for sku, prices in self._connection.execute(query.order_by(t.sku).limit(limit)):
            yield SkuId(sku), prices

    def _forget_useless(self, now: datetime) -> None:
        t = price_book.c
        in_force = select(func.max(t.number)).where(t.withdrawn_at.is_(None)).scalar_subquery()
        overtaken: ColumnElement[bool] = and_(t.valid_until < now, t.number != in_force)
        useless = and_(t.has_prices, or_(t.withdrawn_at.is_not(None), overtaken))
        numbers = self._connection.execute(select(t.number).where(useless)).scalars().all()
        if numbers:
            self._connection.execute(delete(sku_prices).where(sku_prices.c.book.in_(numbers)))
            self._connection.execute(update(price_book).where(t.number.in_(numbers)).values(has_prices=False))


def read_in_force(connection: Connection) -> StoredBook | None:
    """The book in force, out of date or not; None if there is none."""
    t = price_book.c
    query = _HEADS.where(t.withdrawn_at.is_(None)).order_by(t.number.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _stored(row)


_HEADS = select(price_book)


def _refuse_another(known: StoredBook, book: PriceBook, digest: str) -> None:
    if known.withdrawn is not None:
        raise InvalidInput(
            f'price book "{book.version}" was withdrawn',
            pointer="?version",
            fix="Load it under a version of its own",
        )
    was, now = (known.digest, known.made_at, known.valid_until), (digest, book.made_at, book.valid_until)
    if was != now:
        raise InvalidInput(
            f'price book "{book.version}" exists with other content',
            pointer="?version",
            fix="Give the new book a version of its own",
        )


def _digest(documents: dict[SkuId, OfSku]) -> str:
    text = json.dumps(documents, sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=_DIGEST).hexdigest()


def _stored(row: Row[*tuple[Any, ...]]) -> StoredBook:
    return StoredBook(
        number=row.number,
        version=row.version,
        made_at=row.made_at,
        valid_until=row.valid_until,
        stocks=row.stocks,
        digest=row.digest,
        loaded_at=row.loaded_at,
        loaded_by=Actor(row.loaded_by, row.loaded_by_name),
        withdrawn=None
        if row.withdrawn_at is None
        else Withdrawal(
            row.withdrawn_at, Actor(row.withdrawn_by, row.withdrawn_by_name), row.withdrawn_because
        ),
        has_prices=row.has_prices,
    )
