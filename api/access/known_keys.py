"""Keys as this process remembers them, so that a request with a key costs no statement.

What the database said of a key counts for `REMEMBERED_SECONDS`: so long may a revoked key still work. While
the database does not answer, a key that was good counts for `UNANSWERED_SECONDS`, unless it expires before.
Told by a monotonic clock, and by the key's digest: no key is kept in memory. That a key is unknown is
remembered, too, apart from those that were good, and both only for so many keys: the oldest is forgotten.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from storage.api_keys import ApiKey

REMEMBERED_SECONDS = 4.0  # less than the five that are promised, with the time of a look
UNANSWERED_SECONDS = 300.0  # an outage in which orders are still quoted, and a revoked key is not told
MOST_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was found under a key, None if nothing; and whether that is still to be believed."""

    key: ApiKey | None
    is_fresh: bool


class KnownKeys:
    def __init__(self, clock: Callable[[], float] = time.monotonic, *, most: int = MOST_KEYS) -> None:
        self._clock = clock
        self._most = most
        self._good: OrderedDict[bytes, tuple[float, ApiKey]] = OrderedDict()
        self._unknown: OrderedDict[bytes, float] = OrderedDict()

    def recall(self, key: str) -> Remembered | None:
        """What is remembered of a key; None if nothing is."""
        digest = _digest(key)
        if digest in self._good:
            until, found = self._good[digest]
            return Remembered(found, self._clock() < until)
        if digest in self._unknown:
            return Remembered(None, self._clock() < self._unknown[digest])
        return None

    def go_on_with(self, key: str) -> ApiKey | None:
        """A key that was good when the database last told, for while it does not answer."""
        until, found = self._good.get(_digest(key), (0.0, None))
        is_recent = self._clock() < until - REMEMBERED_SECONDS + UNANSWERED_SECONDS
        return found if found is not None and is_recent and found.is_good(datetime.now(UTC)) else None

    def remember(self, key: str, found: ApiKey | None) -> None:
        digest, until = _digest(key), self._clock() + REMEMBERED_SECONDS
        self._good.pop(digest, None)
        self._unknown.pop(digest, None)
        kept: OrderedDict[bytes, tuple[float, ApiKey]] | OrderedDict[bytes, float]
        if found is not None:
            self._good[digest] = (until, found)
            kept = self._good
        else:
            self._unknown[digest] = until
            kept = self._unknown
        if len(kept) > self._most:
            kept.popitem(last=False)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
