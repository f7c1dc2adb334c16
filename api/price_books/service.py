"""Loads price books, tells which there are, and withdraws one. What they are for, the optimizer knows."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from api.edge.answers import Answer, answer
from api.edge.idempotency import Call, record, write_once
from api.edge.imports import Check, Importing, Names, Upload, import_file
from api.edge.pages import Asked, Key, Page, number_in, page_of
from api.edge.rows import Numbered
from api.errors import FieldError, NotFound, Unprocessable
from api.price_books.schemas import ADDRESSES, PriceBookOut, StockPriceRow, WithdrawalIn
from api.price_books.translate import book_out, prices_in, row_out
from fulfillment.errors import UnknownReference
from fulfillment.ids import NodeId, SkuId
from fulfillment.kits import without_stock
from fulfillment.network import Network
from fulfillment.price_book import PriceBook
from storage.database import Database
from storage.price_books import StoredBook, Withdrawal
from storage.price_documents import prices_of
from storage.stores import Stores

MAX_PRICES = 200_000
_SKUS_AT_ONCE = 200


def load(
    database: Database,
    call: Call,
    upload: Upload,
    *,
    version: str,
    made_at: datetime | None,
    valid_until: datetime,
) -> Answer:
    """Keep a book, all of it or nothing, and put it in force; the same book again changes nothing.

    Raises
    ------
    Unprocessable
        Bad rows, all of them named, or instants that cannot be meant.
    InvalidInput
        The version was loaded with other content, or was withdrawn.
    """
    if version in ADDRESSES:
        detail = f'"{version}" is an address of the API'
        raise _odd("version", detail, version, fix="Choose another name")

    def check_head(stores: Stores, _rows: Sequence[StockPriceRow]) -> Check[StockPriceRow]:
        _refuse_odd_instants(made_at or stores.now, valid_until, now=stores.now)
        if known := stores.catalog.price_books().get(version):
            _refuse_superseded(stores, known)
        return lambda _network, _names, _row: ()

    def book_of(stores: Stores, rows: Sequence[StockPriceRow]) -> PriceBook:
        if not rows:
            raise _odd("version", "the file has no prices", version, fix=_NO_PRICES)
        known = stores.catalog.price_books().get(version)
        at = made_at or (known.made_at if known is not None else stores.now)
        return PriceBook(version, at, valid_until, prices_in(rows))

    def try_out(stores: Stores, rows: Sequence[StockPriceRow]) -> None:
        stores.catalog.price_books().loaded(book_of(stores, rows))

    def write(stores: Stores, rows: Sequence[StockPriceRow]) -> None:
        book = book_of(stores, rows)
        stores.catalog.price_books().load(book, by=call.act.actor, now=stores.now)

    importing = Importing(
        StockPriceRow,
        key=lambda row: (row.node, row.sku),
        cap=MAX_PRICES,
        write=write,
        check=_check,
        against=check_head,
        try_out=try_out,
        subject=version,
    )
    return import_file(database, call, upload, importing)


_NO_PRICES = "Send at least one price; to go on without prices, withdraw the book that is in force"


def _refuse_superseded(stores: Stores, known: StoredBook) -> None:
    """A book that another came after is not put in force again by loading it once more."""
    active = stores.catalog.price_book()
    if known.withdrawn is None and active is not None and active.version != known.version:
        raise _odd(
            "version",
            f"{known.version} was loaded before {active.version}, which is in force",
            known.version,
            fix=f"Load it under a version of its own, or withdraw {active.version}",
        )


def list_books(database: Database, asked: Asked) -> Page[PriceBookOut]:
    """Books, the newest first."""
    with database.reading() as stores:
        return page_of(
            asked,
            lambda after: stores.catalog.price_books().list(
                before=number_in(after) if after else None, limit=asked.limit + 1
            ),
            key=lambda book: (str(book.number),),
            parts=1,
            show=lambda book: _out(stores, book),
        )


def get_book(database: Database, version: str) -> PriceBookOut:
    with database.reading() as stores:
        return _out(stores, _known(stores, version))


def get_active(database: Database) -> PriceBookOut:
    """The book in force, out of date or not.

    Raises
    ------
    NotFound
        There is none.
    """
    with database.reading() as stores:
        book = stores.catalog.price_book()
        if book is None:
            raise NotFound("no price book is in force", fix="Load one with POST /v1/price-books/import")
        return _out(stores, book)


def list_prices(
    database: Database, version: str, asked: Asked, *, sku: str | None, node: str | None
) -> Page[StockPriceRow]:
    """Prices of a book by sku and node, read sku by sku so that a page costs what it shows."""
    with database.reading() as stores:
        book = _known(stores, version)
        return page_of(
            asked,
            lambda after: _rows(stores, book, sku=sku, node=node, after=after),
            key=lambda row: (row.sku, row.node),
            parts=2,
            show=lambda row: row,
        )


def withdraw(database: Database, call: Call, version: str, sent: WithdrawalIn) -> Answer:
    """Stop using a book; the one before it is in force again. Once is as good as twice.

    Raises
    ------
    NotFound
        There is no such book.
    """

    def write(stores: Stores) -> Answer:
        book = _known(stores, version)
        if book.withdrawn is None:
            gone = Withdrawal(stores.now, call.act.actor, sent.reason)
            book = stores.catalog.price_books().withdraw(book, gone)
        return record(stores, call, answer(_out(stores, book)))

    return write_once(database, call, write)


def _check(network: Network, names: Names, numbered: Numbered[StockPriceRow]) -> Iterable[FieldError]:
    row = numbered.row
    if row.node not in network.nodes:
        yield names.unknown(numbered, "node", "node", row.node, network.nodes)
    if row.sku not in network.skus:
        yield names.unknown(numbered, "sku", "sku", row.sku, network.skus)
    elif network.skus[SkuId(row.sku)].components:
        detail = without_stock(network.skus[SkuId(row.sku)])
        yield numbered.error("sku", detail, allowed="a sku that is no kit", value=row.sku)


def _refuse_odd_instants(made_at: datetime, valid_until: datetime, *, now: datetime) -> None:
    value, fix = valid_until.isoformat(), "Send an instant until which the prices may be used"
    if valid_until <= made_at:
        raise _odd("valid_until", f"is not after made_at, {made_at.isoformat()}", value, fix=fix)
    if valid_until <= now:
        raise _odd("valid_until", f"is in the past: it is {now.isoformat()}", value, fix=fix)


def _odd(name: str, detail: str, value: str, *, fix: str) -> Unprocessable:
    return Unprocessable(f"?{name}: {detail}", [FieldError(f"?{name}", detail, value=value)], fix=fix)


def _rows(
    stores: Stores, book: StoredBook, *, sku: str | None, node: str | None, after: Key | None
) -> Iterator[StockPriceRow]:
    """Prices from behind a key. Which sku comes first the database alone says, by the collation that it was
    made with: here skus are only the same or not."""
    books, since = stores.catalog.price_books(), sku or (after[0] if after else "")
    while True:
        found = list(books.documents(book, since=since, limit=_SKUS_AT_ONCE))
        for (at, of), price in prices_of(found).items():
            if sku not in (None, of) or node not in (None, at):
                continue
            if after is None or of != after[0] or at > after[1]:
                yield row_out(NodeId(at), of, price)
        if len(found) < _SKUS_AT_ONCE or sku is not None:
            return
        since, after = found[-1][0], (found[-1][0], max(found[-1][1]))


def _out(stores: Stores, book: StoredBook) -> PriceBookOut:
    return book_out(book, stores.catalog.price_book(), now=stores.now)


def _known(stores: Stores, version: str) -> StoredBook:
    books = stores.catalog.price_books()
    book = books.get(version)
    if book is None:
        detail = UnknownReference("price book", version, books.versions()).detail
        raise NotFound(detail, fix="See /v1/price-books")
    return book
