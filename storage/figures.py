"""Figures over all orders at once, for whoever watches. Each is one grouped statement on an index."""

from collections.abc import Mapping

from sqlalchemy import Connection, func, select

from fulfillment.ledger.claims import ClaimState
from storage.price_books import StoredBook, read_in_force
from storage.schema.ledger import claim

OPEN = (
    ClaimState.RESERVED,
    ClaimState.ALLOCATED,
    ClaimState.BACKORDERED,
    ClaimState.SENT_TO_NODE,
    ClaimState.PICKED,
    ClaimState.READY_TO_COLLECT,
    ClaimState.IN_TRANSFER,
)
"""States in which units are still held: so many claims at a time, however many orders have been served."""


class Figures:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open_claims(self) -> Mapping[ClaimState, int]:
        """How many claims are in each open state. What expired counts as reserved until it is tidied."""
        query = select(claim.c.state, func.count()).where(claim.c.state.in_(OPEN)).group_by(claim.c.state)
        found = {ClaimState(state): int(count) for state, count in self._connection.execute(query)}
        return {state: found.get(state, 0) for state in OPEN}

    def price_book(self) -> StoredBook | None:
        """The price book in force, without reading the catalog for it."""
        return read_in_force(self._connection)
