"""Which claims are left without stock when a row holds less than was reserved from it.

Latest promise first, a claim without a promise before all that have one; among equals soft before
firm. Units that somebody has already picked are the last to be missing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from fulfillment.ids import ClaimId
from fulfillment.ledger.claims import IN_HAND, Claim, ClaimState
from fulfillment.ledger.protocol import Shortfall
from fulfillment.supply import SupplyKey

_NEVER = datetime.max.replace(tzinfo=UTC)


def served_first(claim: Claim) -> tuple[bool, datetime, bool, ClaimId]:
    """Sort key: who keeps (or gets) the units when there are not enough for all."""
    return (
        claim.state not in IN_HAND,
        claim.promised_by or _NEVER,
        claim.state is ClaimState.RESERVED,
        claim.id,
    )


def shortfalls_of(quantity: int, claims: Iterable[Claim]) -> list[Shortfall]:
    """Claims on one row of `quantity` units that have to go without, wholly or in part."""
    without: list[Shortfall] = []
    left = quantity
    for claim in sorted(claims, key=served_first):
        missing = max(0, claim.quantity - left)
        left = max(0, left - claim.quantity)
        if missing:
            without.append(Shortfall(claim, missing))
    return without


def by_row(claims: Iterable[Claim]) -> Mapping[SupplyKey, Sequence[Claim]]:
    """Claims by the row they are pegged to; a row without any is missing."""
    pegged: dict[SupplyKey, list[Claim]] = {}
    for claim in claims:
        pegged.setdefault(claim.peg, []).append(claim)
    return pegged


def latest_first(shortfalls: Iterable[Shortfall]) -> list[Shortfall]:
    """The latest promise first: it is the first to be sourced again."""
    return sorted(shortfalls, key=lambda s: served_first(s.claim), reverse=True)


def newly_short(before: Sequence[Shortfall], after: Sequence[Shortfall]) -> list[Shortfall]:
    """What `after` adds to `before`, per claim."""
    known = {short.claim.id: short.quantity for short in before}
    added = (Shortfall(s.claim, s.quantity - known.get(s.claim.id, 0)) for s in after)
    return latest_first(s for s in added if s.quantity > 0)
