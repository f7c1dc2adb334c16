"""What a message does, given how far its feed has come. Pure: reads no ledger and writes nothing.

The stock of a row after any set of messages is, whatever the order they came in and however often: the
figure of the snapshot with the highest sequence that covers the row, and all deltas with higher
sequences. So a delta counts unless a later snapshot has covered its row already, and a late snapshot
counts unless a later one has; the deltas behind it, which had counted before, are added again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from fulfillment.errors import FeedBehind
from fulfillment.feeds.messages import NOTHING, Deltas, FeedState, Message, Outcome, RowMemory, Snapshot
from fulfillment.ledger.protocol import AdjustKind, Entry
from fulfillment.supply import SupplyKey

MAX_GAPS = 1_000
MAX_WAITING = 10_000
MAX_KEPT_ROWS = 200_000
"""Beyond these a feed is too far behind to wait for what is missing."""

_COUNTED = frozenset({AdjustKind.COUNT.value, "declare", "open"})
"""Verbs of entries that say what is there, rather than what has moved."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row as a message leaves it: units on the books before and after, and what to remember."""

    key: SupplyKey
    before: int
    after: int
    memory: RowMemory


@dataclass(frozen=True, slots=True)
class Taken:
    """What a message does: the feed's new state, the rows it counts for, and the number it does not."""

    outcome: Outcome
    state: FeedState
    changes: tuple[RowChange, ...] = ()
    superseded_rows: int = 0


def admit(feed: str, state: FeedState, message: Message) -> tuple[Outcome, FeedState]:
    """Whether a message is new, and the feed's state with it.

    Raises
    ------
    FeedBehind
        It would leave more behind a gap than is kept.
    """
    sequence = message.sequence
    if sequence < state.covered:
        return Outcome.SUPERSEDED, state
    if state.received.has(sequence):
        return Outcome.REPEATED, state
    received = state.received.add(sequence)
    if isinstance(message, Snapshot) and message.full:
        return Outcome.APPLIED, replace(state, covered=sequence, received=received.forget_below(sequence))
    kept = state.kept_rows
    if isinstance(message, Deltas) and received.low_water < sequence:
        kept += len(message.rows)
    was = state.received
    for now, before, most in (
        (len(received.gaps), len(was.gaps), MAX_GAPS),
        (received.waiting, was.waiting, MAX_WAITING),
        (kept, state.kept_rows, MAX_KEPT_ROWS),
    ):
        if now > max(before, most):
            first, last = received.gaps[0]
            raise FeedBehind(feed, first=first, last=last, waiting=was.waiting)
    return Outcome.APPLIED, replace(state, received=received, kept_rows=kept)


def take(
    feed: str,
    state: FeedState,
    message: Message,
    *,
    held: Mapping[SupplyKey, int],
    memory: Mapping[SupplyKey, RowMemory],
    moved: Mapping[SupplyKey, int | None],
) -> Taken:
    """What a message does to its rows.

    Parameters
    ----------
    held
        Units on the books, of the rows it names and, for a full snapshot, of all rows in its scope.
    memory
        What is remembered of them; a row that is missing is as new.
    moved
        For a snapshot: units that others than the feed have moved since its instant, or None where
        somebody counted since (see `moved_by_others`). A row that is missing has not moved.

    Raises
    ------
    FeedBehind
        It would leave more behind a gap than is kept.
    """
    outcome, after = admit(feed, state, message)
    if outcome is not Outcome.APPLIED:
        return Taken(outcome, state)
    changes: list[RowChange] = []
    keys = held if isinstance(message, Snapshot) and message.full else message.rows
    for key in sorted(keys):
        known = memory.get(key, NOTHING)
        if message.sequence < max(state.covered, known.covered):
            continue
        had = held.get(key, 0)
        if isinstance(message, Snapshot):
            changes.append(_counted(message, key, had, known, moved.get(key, 0)))
        else:
            is_late_safe = after.received.low_water >= message.sequence
            changes.append(_moved(message, key, had, known, keep=not is_late_safe))
    superseded = len(keys) - len(changes)
    if superseded and not changes:
        outcome = Outcome.SUPERSEDED
    return Taken(outcome, after, tuple(changes), superseded)


def moved_by_others(entries: Iterable[Entry], *, feed: str) -> int | None:
    """Units of one row that others than the feed have moved, by its entries since a count; None if one of
    them is itself a count, which is newer and stands."""
    others = [entry for entry in entries if not entry.note.startswith(note_of(feed))]
    if any(entry.verb in _COUNTED for entry in others):
        return None
    return sum(entry.quantity_change for entry in others)


def note_of(feed: str, sequence: int | None = None) -> str:
    """How the entries of a feed's messages begin their note."""
    return f"stock feed {feed} #" + ("" if sequence is None else str(sequence))


def _counted(message: Snapshot, key: SupplyKey, had: int, known: RowMemory, moved: int | None) -> RowChange:
    if moved is None:
        return RowChange(key, had, had, replace(known, covered=message.sequence, owed=0))
    later = sum(change for at, change in (known.deltas or {}).items() if at > message.sequence)
    told = message.rows.get(key, 0) + later
    memory = replace(known, covered=message.sequence, owed=max(0, -told))
    return RowChange(key, had, max(0, told + moved), memory)


def _moved(message: Deltas, key: SupplyKey, had: int, known: RowMemory, *, keep: bool) -> RowChange:
    """By how much the row changes; of more than the books have, the rest is owed, so that it does not
    matter which of two deltas comes first."""
    change = message.rows[key]
    there = had - known.owed + change
    deltas = {**(known.deltas or {}), message.sequence: change} if keep else known.deltas
    return RowChange(key, had, max(0, there), replace(known, owed=max(0, -there), deltas=deltas))
