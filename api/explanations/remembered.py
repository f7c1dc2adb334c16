"""Explanations that this process has made, so that the text, the pictures and a second look cost one.

An explanation follows from its decision alone and never changes; so nothing here has to be forgotten but for
room. Who asks meanwhile waits for the one that is being made.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

from scenarios.explanation import Explanation

MOST = 64
"""Of an order of 300 lines on 25 nodes one takes some two megabytes, of a usual one a tenth of that."""


class Remembered:
    """By the digest of decision and instance: another database or a decision made anew has another one."""

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._made: OrderedDict[str, Future[Explanation]] = OrderedDict()

    def explanation(self, digest: str, make: Callable[[], Explanation]) -> Explanation:
        """The one that was made before, or else a new one."""
        with self._lock:
            known = self._made.get(digest)
            if known is not None:
                self._made.move_to_end(digest)
            else:
                mine = self._made[digest] = Future[Explanation]()
                if len(self._made) > self._most:
                    self._made.popitem(last=False)
        if known is not None:
            return known.result()
        try:
            mine.set_result(make())
        except BaseException as error:
            with self._lock:
                if self._made.get(digest) is mine:
                    del self._made[digest]
            mine.set_exception(error)
            raise
        return mine.result()
