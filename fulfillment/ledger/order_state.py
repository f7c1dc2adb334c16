"""The state of an order, from its claims. Pure."""

from collections.abc import Sequence
from datetime import datetime

from fulfillment.ledger.claims import Claim, ClaimState

ENDED = (ClaimState.CANCELED, ClaimState.EXPIRED, ClaimState.REJECTED, ClaimState.NOT_COLLECTED)
_PROGRESS = {state: rank for rank, state in enumerate(ClaimState)}


def state_of(claim: Claim, *, now: datetime) -> ClaimState:
    """The claim's state at `now`: expired at its instant, whether or not it was marked."""
    return ClaimState.EXPIRED if claim.is_expired(now) else claim.state


def order_state(claims: Sequence[Claim], *, now: datetime) -> ClaimState | None:
    """Of the live claims the one that has come least far; the latest end if none is left."""
    states = [state_of(claim, now=now) for claim in claims]
    live = [state for state in states if state not in ENDED]
    if live:
        return min(live, key=_PROGRESS.__getitem__)
    return states[-1] if states else None


def is_live(claims: Sequence[Claim], *, now: datetime) -> bool:
    """Whether the order holds, or has handed over, any unit."""
    return any(state_of(claim, now=now) not in ENDED for claim in claims)
