"""The time a request may take: `Prefer: wait=<seconds>` (RFC 7240), at most what the settings allow.

The time counts from the arrival of the request's head. A preference that cannot be read or honored is
ignored, as the standard demands; what was applied is in the answer's `Preference-Applied`.
"""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

from api.edge.resources import CurrentSettings
from storage.deadlines import Deadline

APPLIED = "Preference-Applied"
_WAIT = re.compile(r'(?:^|,)\s*wait\s*=\s*"?(\d{1,6}(?:\.\d{1,3})?)"?\s*(?=[,;]|$)', re.IGNORECASE)
_LEAST_SECONDS = 0.01
_PREFER = Header(
    alias="Prefer",
    description="`wait=<seconds>`, such as `wait=0.4`: the longest time the whole answer may take",
)


@dataclass(frozen=True, slots=True)
class Budget:
    """`seconds` in all; `applied` is what to say of the caller's wish, empty if there was none."""

    seconds: float
    deadline: Deadline
    applied: str

    @property
    def headers(self) -> dict[str, str]:
        return {APPLIED: self.applied} if self.applied else {}


async def _budget(
    request: Request, settings: CurrentSettings, _prefer: Annotated[str | None, _PREFER] = None
) -> Budget:
    most = settings.budget_milliseconds / 1000
    # A header may come in several lines, which the standard joins by commas.
    wish = _WAIT.search(",".join(request.headers.getlist("prefer")))
    seconds = min(most, float(wish[1])) if wish and float(wish[1]) >= _LEAST_SECONDS else most
    applied = f"wait={seconds:g}" if wish and float(wish[1]) >= _LEAST_SECONDS else ""
    return Budget(seconds, Deadline.after(seconds, since=request.state.arrived), applied)


Budgeted = Annotated[Budget, Depends(_budget)]
