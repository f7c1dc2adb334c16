"""Calls about price books: what stock is worth where it stands."""

from datetime import datetime

from nodewise_client.caller import Caller, given, path
from nodewise_client.models import ImportAnswer, PriceBookOut, StockPriceRow
from nodewise_client.network import IMPORT_SECONDS, Rows, content_of
from nodewise_client.pages import Pages

Instant = datetime | str


class PriceBooks(Caller):
    """A book is loaded whole and never changes. In force is the one loaded last that was not withdrawn."""

    def import_price_book(
        self,
        rows: Rows,
        *,
        version: str,
        valid_until: Instant,
        made_at: Instant | None = None,
        check: bool = False,
        key: str | None = None,
    ) -> ImportAnswer:
        """Load a book, all of it or nothing, and put it in force; `check` writes nothing."""
        content, content_type = content_of(rows)
        query = {
            "version": version,
            "valid_until": _text(valid_until),
            "made_at": None if made_at is None else _text(made_at),
            "check": True if check else None,
        }
        return self._write_file(
            ImportAnswer,
            "/v1/price-books/import",
            content,
            content_type,
            query=query,
            key=key,
            timeout=IMPORT_SECONDS,
        )

    def price_book(self, version: str) -> PriceBookOut:
        return self._get(PriceBookOut, path("price-books", version))

    def price_books(self, *, page_size: int | None = None) -> Pages[PriceBookOut]:
        """Price books, the newest first."""
        return self._pages(PriceBookOut, "/v1/price-books", page_size=page_size)

    def active_price_book(self) -> PriceBookOut:
        """The book in force, stale or not."""
        return self._get(PriceBookOut, "/v1/price-books/active")

    def stock_prices(
        self, version: str, *, sku: str | None = None, node: str | None = None, page_size: int | None = None
    ) -> Pages[StockPriceRow]:
        """Prices of a book by sku and node."""
        query = {"sku": sku, "node": node}
        return self._pages(
            StockPriceRow, path("price-books", version, "prices"), page_size=page_size, query=query
        )

    def withdraw_price_book(self, version: str, *, reason: str, key: str | None = None) -> PriceBookOut:
        """Stop using a book, for good; the one loaded before it is in force again."""
        return self._write(
            PriceBookOut, path("price-books", version, "withdraw"), given(reason=reason), key=key
        )


def _text(instant: Instant) -> str:
    return instant.isoformat() if isinstance(instant, datetime) else instant
