"""What is said of a decision: a line in the log, figures for the metrics, and why it is degraded.

Never what the order asks for nor where it goes: an order is named by its id, and nothing else of it is told.
"""

from datetime import datetime

from api.logs import log
from api.orders.answers import Decision
from api.orders.deciding import Decided, Degraded
from api.orders.terms import Terms
from optimizer.sourcing import SolveStatus

_BECAUSE = {
    Degraded.SOLVER_FAILED: "the solver failed; the nearest nodes were taken",
    Degraded.OUT_OF_TIME: "the request's time left none to search; the nearest nodes were taken",
    Degraded.DATABASE_AWAY: "the database did not answer; stock is what was read by {as_of}, and may have "
    "changed since; the nearest nodes were taken",
}


def because(decided: Decided, *, as_of: datetime | None) -> str | None:
    """Why a rule decided, in words; None if none did."""
    if decided.degraded_by is None:
        return None
    return _BECAUSE[decided.degraded_by].format(as_of=as_of.isoformat() if as_of else "now")


def count(decided: Decided, terms: Terms) -> None:
    if terms.counts:
        terms.counts.decided(
            engine=decided.outcome.engine.value,
            seconds=decided.seconds,
            gap=decided.outcome.relative_gap,
            degraded_by=decided.degraded_by.value if decided.degraded_by else "",
        )


def tell(given: Decision, decided: Decided, *, attempts: int) -> None:
    """One line for each decision that is answered."""
    log.info(
        "decision",
        decision=f"{given.id}.{given.revision}",
        state=given.state,
        engine=given.engine,
        seconds=given.seconds,
        gap=given.gap.relative,
        proven=decided.outcome.status is SolveStatus.OPTIMAL,
        degraded=decided.degraded_by.value if decided.degraded_by else "",
        attempts=attempts,
    )
