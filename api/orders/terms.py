"""Under which terms an order is decided: until when, from what memory, and counted by whom."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.counting.instruments import Instruments
from api.edge.budget import Budgeted
from api.edge.resources import Counts
from api.orders.memory import Memory
from api.settings import Settings
from storage.deadlines import Deadline

_LARGEST_SHARE, _MOST_SECONDS = 0.25, 0.25


@dataclass(frozen=True, slots=True)
class Terms:
    """Those of one request. As made without arguments: all the time it takes, nothing kept or counted."""

    deadline: Deadline | None = None
    after: float = 0.0  # seconds at the end of the budget for what follows the decision
    memory: Memory | None = None
    counts: Instruments | None = None

    @property
    def reading(self) -> Deadline | None:
        """Until when to wait for figures that could be recalled instead: a rule still has to decide."""
        return self.deadline.earlier(self.after) if self.deadline else None

    def seconds(self, settings: Settings) -> float:
        """For deciding, now: what is left but for what follows, and no more than the setting."""
        most = settings.solve_milliseconds / 1000
        return min(most, self.reading.seconds_left()) if self.reading else most


async def _terms(request: Request, budget: Budgeted, counts: Counts) -> Terms:
    after = min(_LARGEST_SHARE * budget.seconds, _MOST_SECONDS)
    return Terms(budget.deadline, after, request.app.state.memory, counts)


CurrentTerms = Annotated[Terms, Depends(_terms)]
