"""What a database tells whoever counts and traces: a seam, so that storage knows no metrics library."""

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

from fulfillment.errors import Refused

Kind = Literal["read", "write"]


class Observer:
    """Hears what happens and changes nothing. This one keeps nothing; who counts overrides."""

    def overtaken(self, by: Refused) -> None:
        """A write was refused because others were faster; it is tried again."""

    def expired(self, orders: int) -> None:
        """So many orders' reservations were marked as ended by a write."""

    def transaction(self, kind: Kind) -> AbstractContextManager[object]:
        """Around each transaction, from the wait for a connection to the end of its commit."""
        return nullcontext()
