"""What a feed sends, and what is remembered of it: words only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fulfillment.feeds.sequences import Received
from fulfillment.supply import SupplyKey


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was there at the instant `at`, in units by row. With `full`, of rows not named there was none."""

    sequence: int
    at: datetime
    rows: Mapping[SupplyKey, int]
    full: bool


@dataclass(frozen=True, slots=True)
class Deltas:
    """Units that came (or, if negative, went) since the message before, by row."""

    sequence: int
    at: datetime
    rows: Mapping[SupplyKey, int]


Message = Snapshot | Deltas


class Outcome(StrEnum):
    """What became of a message: it counts, it had come already, or a later snapshot covers it."""

    APPLIED = "applied"
    REPEATED = "repeated"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class FeedState:
    """How far a feed has come.

    `covered` is the sequence of its newest full snapshot: nothing earlier counts anymore. `kept_rows`
    is how many rows of deltas are kept in case that a late snapshot needs them.
    """

    covered: int
    received: Received
    kept_rows: int = 0


def new_feed(first_sequence: int) -> FeedState:
    """A feed whose first message has this sequence."""
    return FeedState(first_sequence - 1, Received(first_sequence - 1))


@dataclass(frozen=True, slots=True)
class RowMemory:
    """What is remembered of one row of a feed.

    `covered` is the sequence of the newest snapshot that told its figure. `deltas` are those that have
    come behind a gap, by sequence. `owed` are units that the feed said have gone and the books did not
    have: the next to come make up for them.
    """

    covered: int = 0
    owed: int = 0
    deltas: Mapping[int, int] | None = None


NOTHING = RowMemory()
