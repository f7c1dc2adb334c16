"""Which claims a selection means for one verb, splitting a claim where only part of it is meant.

Of a kit's line whole kits are meant, with all of their components.
"""

from collections.abc import Mapping, Sequence

from fulfillment.errors import IllegalTransition, InvalidInput, ReservationExpired
from fulfillment.ids import ClaimId, LineId
from fulfillment.ledger.claims import HOLDING, Claim, ClaimState
from fulfillment.ledger.drafting import Draft
from fulfillment.ledger.protocol import Selection
from fulfillment.ledger.transitions import CONFIRM, Transition
from fulfillment.ledger.whole_kits import Recipe, any_kits, is_kit, pick_kits, recipe_of, units_in

_PROGRESS = {state: rank for rank, state in enumerate(ClaimState)}


def select(draft: Draft, selection: Selection, transition: Transition) -> list[Claim]:
    """The claims to be moved, all in a state the transition starts from.

    Raises
    ------
    RevisionConflict
        The selection names a revision, and the order is at another one.
    ReservationExpired
        What should be confirmed has expired.
    IllegalTransition
        Nothing is in a state that allows this, fewer units than named are, or (when no units are
        named) some claims are not that far.
    InvalidInput
        A quantity below 1.
    """
    draft.expect_revision(selection.order, selection.revision)
    claims = [c for c in draft.claims(selection.order) if selection.node in (None, c.node)]
    if selection.units is None:
        return _all_of(draft, selection, claims, transition)
    if not selection.units:
        raise InvalidInput(
            "units name no line", pointer="/units", fix="Name units by line, or leave units out"
        )
    chosen: list[Claim] = []
    for line, units in selection.units.items():
        if units < 1:
            raise InvalidInput(
                f"{units} units of line {line}", pointer=f"/units/{line}", fix="Name at least 1 unit"
            )
        of_line = [c for c in claims if c.line == line]
        chosen += _units_of(draft, selection, of_line, transition, line=line, units=units)
    return chosen


def _all_of(
    draft: Draft, selection: Selection, claims: Sequence[Claim], transition: Transition
) -> list[Claim]:
    chosen = [c for c in claims if c.state in transition.starts]
    if chosen and not transition.only_releases and any_kits(claims):
        chosen = _whole(draft, claims, chosen, transition)
    blocking = [c.state for c in claims if c.state in transition.blocked_by]
    if blocking:
        raise IllegalTransition(selection.order, transition.past, blocking)
    if not chosen:
        _refuse_expired(draft, selection, claims, transition)
        raise IllegalTransition(selection.order, transition.past, [c.state for c in claims])
    return chosen


def _units_of(
    draft: Draft,
    selection: Selection,
    claims: Sequence[Claim],
    transition: Transition,
    *,
    line: LineId,
    units: int,
) -> list[Claim]:
    allowed = [c for c in claims if c.state in transition.starts]
    recipe = _recipe(claims, transition)
    held = units_in(allowed) if recipe_of(allowed) == recipe else 0
    if held < units:
        _refuse_expired(draft, selection, claims, transition)
        states = [c.state for c in claims]
        by_state = {state: units_in([c for c in claims if c.state is state]) for state in states}
        said = ", ".join(f"{number} {state}" for state, number in by_state.items()) or "no claim"
        raise IllegalTransition(
            selection.order,
            transition.past,
            states,
            detail=f"{units} units of line {line} of order {selection.order} cannot be "
            f"{transition.past}, only {held}: it has {said}",
        )
    # What is on its way has come least far: it is given up before what is there.
    allowed.sort(key=lambda c: (c.peg.is_on_hand, _PROGRESS[c.state]), reverse=transition.latest_first)
    if is_kit(recipe):
        return _parts(draft, allowed, pick_kits(allowed, recipe, most=units))
    chosen: list[Claim] = []
    for claim in allowed:
        if units >= claim.quantity:
            chosen.append(claim)
        elif units > 0:
            part, _ = draft.split(claim, units)
            chosen.append(part)
        units -= min(units, claim.quantity)
    return chosen


def _whole(
    draft: Draft, claims: Sequence[Claim], allowed: Sequence[Claim], transition: Transition
) -> list[Claim]:
    """Of a kit's line no component goes on without the others: one may still be inbound."""
    chosen: list[Claim] = []
    for line in dict.fromkeys(c.line for c in allowed):
        of_line = [c for c in allowed if c.line == line]
        recipe = _recipe([c for c in claims if c.line == line], transition)
        chosen += _parts(draft, of_line, pick_kits(of_line, recipe)) if is_kit(recipe) else of_line
    return chosen


def _recipe(claims: Sequence[Claim], transition: Transition) -> Recipe:
    """What a unit of the line takes, by all claims that are not over, also those not that far yet."""
    return recipe_of(c for c in claims if c.state in HOLDING or c.state in transition.starts)


def _parts(draft: Draft, claims: Sequence[Claim], picked: Mapping[ClaimId, int]) -> list[Claim]:
    return [
        claim if picked[claim.id] == claim.quantity else draft.split(claim, picked[claim.id])[0]
        for claim in claims
        if claim.id in picked
    ]


def _refuse_expired(
    draft: Draft, selection: Selection, claims: Sequence[Claim], transition: Transition
) -> None:
    ended = [c.expires_at for c in claims if c.state is ClaimState.EXPIRED and c.expires_at]
    if transition is CONFIRM and ended:
        raise ReservationExpired(selection.order, max(ended), draft.now)
