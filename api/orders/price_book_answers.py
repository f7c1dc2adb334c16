"""Which price book a decision was made by, as its answer tells it."""

from api.orders.deciding import Snapshot
from api.orders.price_book_schemas import PriceBookUsed


def price_book_out(snapshot: Snapshot, *, is_recalled: bool = False) -> PriceBookUsed:
    """Told also where no book was used: prices that are missing or out of date should not go unnoticed.

    Parameters
    ----------
    is_recalled
        The snapshot was put together from memory, in which there are no prices.
    """
    if is_recalled:
        return PriceBookUsed(state="unknown")
    book = snapshot.book
    if book is None:
        return PriceBookUsed(state="none")
    return PriceBookUsed(
        state="stale" if snapshot.prices is None else "used",
        version=book.version,
        made_at=book.made_at,
        valid_until=book.valid_until,
    )
