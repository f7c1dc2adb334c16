"""Price books from what is sent to the words of `fulfillment`, and back."""

from collections.abc import Iterable
from datetime import datetime

from api.edge.money import from_micros, to_micros
from api.price_books.schemas import PriceBookOut, StockPriceRow, WithdrawalOut
from fulfillment.ids import NodeId, SkuId
from fulfillment.price_book import PriceStep, StockPrice
from storage.price_books import StoredBook


def prices_in(rows: Iterable[StockPriceRow]) -> dict[tuple[NodeId, SkuId], StockPrice]:
    return {
        (NodeId(row.node), SkuId(row.sku)): StockPrice(
            tuple(PriceStep(step.up_to, to_micros(step.price)) for step in row.steps)
        )
        for row in rows
    }


def row_out(node: NodeId, sku: SkuId, price: StockPrice) -> StockPriceRow:
    """A price as it was sent; steps of no price were left out."""
    steps = [{"up_to": step.up_to, "price": from_micros(step.price)} for step in price.steps]
    return StockPriceRow.model_validate({"node": node, "sku": sku, "steps": steps})


def book_out(book: StoredBook, in_force: StoredBook | None, *, now: datetime) -> PriceBookOut:
    gone = book.withdrawn
    return PriceBookOut(
        version=book.version,
        state=_state(book, in_force, now),
        made_at=book.made_at,
        valid_until=book.valid_until,
        stocks=book.stocks,
        loaded_at=book.loaded_at,
        loaded_by=book.loaded_by.id,
        loaded_by_name=book.loaded_by.name,
        withdrawn=None
        if gone is None
        else WithdrawalOut(at=gone.at, by=gone.by.id, by_name=gone.by.name, reason=gone.reason),
        has_prices=book.has_prices,
    )


def _state(book: StoredBook, in_force: StoredBook | None, now: datetime) -> str:
    if book.withdrawn is not None:
        return "withdrawn"
    if in_force is None or in_force.number != book.number:
        return "superseded"
    return "stale" if book.is_stale(now) else "active"
