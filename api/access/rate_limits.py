"""How many requests a minute, by a sliding window in the memory of this process.

Two processes count apart, so together they let twice as many through. The headers are those of
draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy: "requests";q=6000;w=60` is the rule, and
`RateLimit: "requests";r=5999;t=60` what is left of it, and for how many seconds that counts.
"""

import math
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Room:
    """Whether one more was let through, how many are left, and in how many seconds there will be more."""

    is_open: bool
    left: int
    seconds: int
    headers: Mapping[str, str]


class RateLimit:
    """At most so many a minute of each who is counted. Not for several threads at once."""

    def __init__(self, name: str, per_minute: int) -> None:
        self._name = name
        self._item = RateLimitItemPerMinute(per_minute)
        self._counts = _Counts()
        self._limiter = SlidingWindowCounterRateLimiter(self._counts)
        self._policy = f'"{name}";q={per_minute};w={WINDOW_SECONDS}'

    def take(self, who: str) -> Room:
        """Count one."""
        self._counts.forget_old()
        return self._room(who, is_open=self._limiter.hit(self._item, self._name, who))

    def look(self, who: str) -> Room:
        """Count none."""
        return self._room(who, is_open=self._limiter.test(self._item, self._name, who))

    def _room(self, who: str, *, is_open: bool) -> Room:
        until, left = self._limiter.get_window_stats(self._item, self._name, who)
        seconds = max(1, math.ceil(until - time.time()))
        headers = {"ratelimit-policy": self._policy, "ratelimit": f'"{self._name}";r={left};t={seconds}'}
        return Room(is_open, left, seconds, headers)


class _NeverDue(threading.Timer):
    """The library starts a timer unless one is alive."""

    def is_alive(self) -> bool:
        return True


class _Counts(MemoryStorage):
    """The library's counts without its timer: a thread started for almost every request takes 0.4 ms."""

    def __init__(self) -> None:
        super().__init__()
        self.timer.cancel()
        self.timer = _NeverDue(0, lambda: None)
        self._next = time.monotonic() + WINDOW_SECONDS

    def forget_old(self) -> None:
        """Once in a window, instead of the timer."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + WINDOW_SECONDS
        for key in list(self.expirations):
            self.get(key)  # which drops it if it is old
