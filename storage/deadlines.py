"""Until when the work of this thread, or task, has to be done. What waits for a database looks here.

A deadline is ambient, as a cancel scope is: every wait inside `finished_by` honors it, however deep. It is
made and measured on the monotonic clock, which no change of the time of day moves.

Where none is set, a database may have a time for each transaction (`Database`): of a service it does, so
that nothing waits for ever for a server that is frozen. Inside `long_work` it is a longer one.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf

LONG_SECONDS = 600.0  # for a transaction that writes, or looks at, very much


class Deadline:
    """An instant on the monotonic clock."""

    def __init__(self, at: float) -> None:
        self._at = at

    @classmethod
    def after(cls, seconds: float, *, since: float | None = None) -> "Deadline":
        """So many seconds after `since`, an instant of `time.monotonic`; after now, if it is left out."""
        return cls((time.monotonic() if since is None else since) + seconds)

    def seconds_left(self) -> float:
        """Below zero once it has passed."""
        return self._at - time.monotonic()

    def earlier(self, seconds: float) -> "Deadline":
        """So many seconds before this one: to leave time for what comes after."""
        return Deadline(self._at - seconds)


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)
_longer: ContextVar[float] = ContextVar("longer", default=0.0)


@contextmanager
def finished_by(deadline: Deadline | None) -> Iterator[None]:
    """Whatever waits inside waits no longer than this; None lifts a deadline set outside."""
    token = _current.set(deadline)
    try:
        yield
    finally:
        _current.reset(token)


def seconds_left(*, at_most: float) -> float:
    """Seconds that may be waited now: until the deadline, if there is one, and never more than `at_most`."""
    deadline = _current.get()
    return at_most if deadline is None else min(at_most, deadline.seconds_left())


@contextmanager
def long_work(seconds: float = LONG_SECONDS) -> Iterator[None]:
    """Each transaction inside may take so long, unless a deadline is set or its database gives it longer."""
    token = _longer.set(seconds)
    try:
        yield
    finally:
        _longer.reset(token)


@contextmanager
def one_transaction(seconds: float) -> Iterator[None]:
    """So long, or what `long_work` has said, if no deadline is set; `inf` is no limit."""
    longest = max(seconds, _longer.get())
    if _current.get() is not None or longest == inf:
        yield
        return
    with finished_by(Deadline.after(longest)):
        yield
