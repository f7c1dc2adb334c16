"""When a failed delivery is tried again: the schedule that Standard Webhooks proposes. Pure."""

import zlib
from datetime import datetime, timedelta

ATTEMPTS_AFTER = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""How long after a failed attempt the next one is made; after the last of these there is none."""

OFF_AFTER = timedelta(days=5)
"""An endpoint that fails for so long, without a success between, is turned off."""

EXPIRES_AFTER = timedelta(days=5)
"""What waits for so long since it was due, for an endpoint that is off, is given up."""

_SPREAD = 0.2  # up to so much of the wait is added, so that what failed together does not return together


def next_attempt(attempts: int, *, name: str, now: datetime) -> datetime | None:
    """When to try again after so many attempts; None when it was the last.

    The spread comes from `name` and the attempt alone, so that it can be repeated.
    """
    if attempts > len(ATTEMPTS_AFTER):
        return None
    share = zlib.crc32(f"{name} {attempts}".encode()) / 2**32
    return now + ATTEMPTS_AFTER[attempts - 1] * (1 + _SPREAD * share)
