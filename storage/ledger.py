"""The ledger in a database: the same rules as in memory, over a store that speaks SQL."""

from sqlalchemy import Connection

from fulfillment.ledger.book import Book
from storage.ledger_store import SqlLedgerStore


class SqlLedger(Book):
    """The `Ledger` protocol on one connection; every operation is part of its transaction."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(SqlLedgerStore(connection))
