"""The one way to decide and write: read, decide without a lock, write; again if others were faster."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from fulfillment.errors import CapacityFull, InsufficientStock, RevisionConflict
from storage.database import Database
from storage.dialects import Access
from storage.errors import LostRace, StaleSnapshot
from storage.stores import Stores

Snapshot = TypeVar("Snapshot")
Decision = TypeVar("Decision")
Answer = TypeVar("Answer")

Seen = TypeVar("Seen", contravariant=True)
Decided = TypeVar("Decided", covariant=True)

_ATTEMPTS = 3
# What a writer among others may be refused because others were faster; alone it is refused for good.
_FASTER = (InsufficientStock, CapacityFull, RevisionConflict, StaleSnapshot, LostRace)


class Decide(Protocol[Seen, Decided]):
    def __call__(self, snapshot: Seen, /, *, last: bool) -> Decided:
        """Decide on a snapshot. With `last` others wait for the answer: take the fast engine."""
        ...


def decide_and_write(
    database: Database,
    *,
    read: Callable[[Stores], Snapshot],
    decide: Decide[Snapshot, Decision],
    write: Callable[[Stores, Decision], Answer],
    attempts: int = _ATTEMPTS,
) -> Answer:
    """Decide on what is there and write it, however many others do the same.

    Each attempt reads a short snapshot, closes it, decides while holding nothing, and writes in one
    transaction, together with others. If the write is refused because stock, room, the order or the
    catalog has changed meanwhile, it starts over. The last attempt does all three inside one write
    transaction, alone, so that nobody can come between: it ends, and what it is refused is refused for
    good. So `write` has to hold whoever else writes, as `Book.reserve` does.

    Raises
    ------
    Refused
        As raised by `write` in the last attempt.
    """
    for _ in range(attempts - 1):
        with database.reading() as stores:
            snapshot, seen = read(stores), stores.ledger.seen
        decision = decide(snapshot, last=False)
        try:
            with database.writing(Access.TOGETHER, seen=seen) as stores:
                return write(stores, decision)
        except _FASTER as error:
            database.observer.overtaken(error)
    with database.writing() as stores:
        return write(stores, decide(read(stores), last=True))


def write_together(database: Database, write: Callable[[Stores], Answer]) -> Answer:
    """Write beside others, from the start again where one of them was faster, in the end alone.

    For a `write` that changes claims and takes or frees units by differences; what depends on the
    figures it has read, as every fact about stock does, has to be alone (`Database.writing`).

    Raises
    ------
    Refused
        As raised by `write` in the last attempt.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            with database.writing(Access.TOGETHER) as stores:
                return write(stores)
        except _FASTER as error:
            database.observer.overtaken(error)
    with database.writing() as stores:
        return write(stores)
