"""Which failures are tried again, and how long to wait before: no network here."""

from dataclasses import dataclass
from secrets import SystemRandom

from nodewise_client.errors import IN_FLIGHT, NodewiseError, ProblemError, Unreachable

PASSING = (502, 503, 504, 429)
"""Statuses that may be another one a moment later."""

_random = SystemRandom()


@dataclass(frozen=True, slots=True)
class Retries:
    """How often and how long a call is tried.

    Attributes
    ----------
    tries
        Requests at most, the first one among them; 1 tries nothing again.
    seconds
        Longest time of a call with all of its tries and waits. A call with a longer time-out of its own,
        as imports have, gets that.
    first, longest
        Seconds before the second try, and at most before any: each wait is up to twice the one before. The
        wait is random between half and all of that, so that many clients do not come back at once.
    """

    tries: int = 5
    seconds: float = 60.0
    first: float = 0.2
    longest: float = 10.0

    def wait(self, error: NodewiseError, *, attempt: int, left: float) -> float | None:
        """Seconds to wait after a failed attempt (from 1); None if it is the last word.

        What would outlast the time that is left is not waited for. `Retry-After` is waited out in full.
        """
        if attempt >= self.tries or not may_pass(error):
            return None
        backoff = min(self.first * 2.0 ** (attempt - 1), self.longest)
        asked_for = error.retry_after if isinstance(error, ProblemError) else 0.0
        seconds = max(asked_for, _random.uniform(backoff / 2, backoff))
        return seconds if seconds < left else None


NEVER = Retries(tries=1)


def may_pass(error: NodewiseError) -> bool:
    """Whether the same request, under the same key, can be answered otherwise in a moment."""
    if isinstance(error, ProblemError):
        return error.status in PASSING or error.type == IN_FLIGHT
    return isinstance(error, Unreachable)
