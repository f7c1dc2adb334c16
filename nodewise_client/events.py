"""The feed of events, to be read from a cursor on."""

import time
from collections.abc import Callable, Iterator

from nodewise_client.models import EventOut, EventPage

Ask = Callable[[str | None], EventPage]


class EventFeed:
    """Events in their sequence; iterate over it, and keep `cursor`.

    `cursor` stands behind the last page whose events were all taken, so whoever goes on from it misses none,
    and sees those of the page he was in again: deal with an `id` once.
    """

    def __init__(self, ask: Ask, cursor: str | None, *, follow: float | None) -> None:
        self._ask = ask
        self._follow = follow
        self.cursor = cursor

    def __iter__(self) -> Iterator[EventOut]:
        while True:
            page = self._ask(self.cursor)
            yield from page["items"]
            self.cursor = page["next_cursor"]
            if page["more"]:
                continue
            if self._follow is None:
                return
            time.sleep(self._follow)
