"""Reserving and reassigning: claims on units that must be available, checked on the sum per row."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from fulfillment.errors import IllegalTransition, InvalidInput
from fulfillment.ids import LineId, OrderId
from fulfillment.ledger.claims import HOLDING, MOVABLE, Claim, ClaimState, firm_state
from fulfillment.ledger.drafting import Draft
from fulfillment.ledger.protocol import Reassignment, Wanted
from fulfillment.ledger.whole_kits import any_kits, by_line, recipe_of, refuse_torn

if TYPE_CHECKING:
    from fulfillment.supply import CapacityKey


def reserve(
    draft: Draft,
    order: OrderId,
    wanted: Sequence[Wanted],
    *,
    expires_at: datetime | None,
    revision: int | None = None,
) -> list[Claim]:
    """Peg what is wanted. Two lines pegged to one row are checked together when the draft is finished."""
    if not wanted:
        raise InvalidInput("nothing is wanted", fix="Reserve at least one unit")
    _refuse_empty(wanted)
    refuse_torn(wanted)
    if expires_at is not None and expires_at <= draft.now:
        raise InvalidInput(
            f"expires_at {expires_at.isoformat()} is not after now, {draft.now.isoformat()}",
            pointer="/expires_at",
            fix="Give a later instant",
        )
    draft.load(rows=(w.peg for w in wanted), capacity=(w.capacity for w in wanted), orders=[order])
    draft.expect_revision(order, revision)
    _refuse_undeclared_capacity(draft, wanted)
    if not draft.is_new(order):
        _refuse_other_recipe(draft, order, wanted)
    return [
        draft.hold(
            Claim(
                id=draft.next_claim_id(order),
                order=order,
                line=want.line,
                peg=want.peg,
                quantity=want.quantity,
                state=ClaimState.RESERVED if expires_at else firm_state(want.peg),
                service=want.service,
                capacity=want.capacity,
                expires_at=expires_at,
                promised_by=want.promised_by,
                per_unit=want.per_unit,
            ),
            verb="reserve",
            kept=want.kept,
        )
        for want in wanted
    ]


def reassign(draft: Draft, changes: Sequence[Reassignment]) -> list[Claim]:
    """Peg claims of several orders anew; only the net change per row must be available."""
    orders = [change.order for change in changes]
    if len(set(orders)) != len(orders):
        raise InvalidInput("an order is named twice", fix="Put all changes of an order into one reassignment")
    draft.load(
        rows=(w.peg for change in changes for w in change.wanted),
        capacity=(w.capacity for change in changes for w in change.wanted),
        orders=orders,
    )
    after: list[Claim] = []
    for change in changes:
        _refuse_empty(change.wanted)
        refuse_torn(change.wanted)
        _refuse_undeclared_capacity(draft, change.wanted)
        draft.expect_revision(change.order, change.revision)
        after += _reassign_order(draft, change)
    return after


def _reassign_order(draft: Draft, change: Reassignment) -> Iterator[Claim]:
    claims = draft.claims(change.order)
    for line in dict.fromkeys(want.line for want in change.wanted):
        of_line = [c for c in claims if c.line == line]
        movable = [c for c in of_line if c.state in MOVABLE]
        wanted = [w for w in change.wanted if w.line == line]
        if not movable:
            raise IllegalTransition(change.order, "reassigned", [c.state for c in of_line])
        if not any_kits(movable) and not any_kits(wanted):
            _refuse_other_units(change.order, line, movable, wanted)
            yield from _repeg(draft, movable, wanted)
            continue
        _refuse_changed_recipe(change.order, line, movable, wanted)
        for sku in (recipe := recipe_of(movable)):
            of_sku = [c for c in movable if c.peg.sku == sku]
            wanted_of_sku = [w for w in wanted if w.peg.sku == sku]
            _refuse_other_units(change.order, line, of_sku, wanted_of_sku, per_unit=recipe[sku])
            yield from _repeg(draft, of_sku, wanted_of_sku)


def _repeg(draft: Draft, claims: Sequence[Claim], wanted: Sequence[Wanted]) -> Iterator[Claim]:
    """Walk along the units of both, splitting claims where a new peg begins."""
    waiting = list(reversed(claims))
    for want in wanted:
        missing = want.quantity
        while missing:
            claim = waiting.pop()
            if claim.quantity > missing:
                claim, rest = draft.split(claim, missing)
                waiting.append(rest)
            missing -= claim.quantity
            soft = claim.state is ClaimState.RESERVED
            after = replace(
                claim,
                peg=want.peg,
                service=want.service,
                capacity=want.capacity,
                state=claim.state if soft else firm_state(want.peg),
                promised_by=claim.promised_by or want.promised_by,
            )
            yield draft.repeg(claim, after, verb="reassign", checked=True, kept=want.kept)


def _refuse_empty(wanted: Sequence[Wanted]) -> None:
    for index, want in enumerate(wanted):
        if want.quantity < 1:
            raise InvalidInput(
                f"{want.quantity} units wanted of line {want.line}",
                pointer=f"/wanted/{index}/quantity",
                fix="Want at least 1 unit",
            )


_GOING_ON = HOLDING | {ClaimState.SHIPPED, ClaimState.COLLECTED}


def _refuse_other_recipe(draft: Draft, order: OrderId, wanted: Sequence[Wanted]) -> None:
    """A line is packed from the same components as long as any of it is under way."""
    claims = [c for c in draft.claims(order) if c.state in _GOING_ON]
    if any_kits(claims) or any_kits(wanted):
        for line, parts in by_line(wanted).items():
            if of_line := [c for c in claims if c.line == line]:
                _refuse_changed_recipe(order, line, of_line, parts)


def _refuse_changed_recipe(
    order: OrderId, line: LineId, claims: Sequence[Claim], wanted: Sequence[Wanted]
) -> None:
    held, asked = recipe_of(claims), recipe_of(wanted)
    if held != asked:
        was, wished = (
            ", ".join(f"{ratio} of {sku}" for sku, ratio in sorted(recipe.items()))
            for recipe in (held, asked)
        )
        raise InvalidInput(
            f"a unit of line {line} of order {order} is {was}; wanted is {wished}",
            pointer="/wanted",
            fix="Want the components that the line's claims have, or cancel them first",
        )


def _refuse_undeclared_capacity(draft: Draft, wanted: Sequence[Wanted]) -> None:
    named: dict[CapacityKey, int] = {}
    for index, want in enumerate(wanted):
        if want.capacity is not None:
            named.setdefault(want.capacity, index)
    for key, index in named.items():
        if draft.capacity(key) is None:
            raise InvalidInput(
                f"{key.node} has no capacity row for {key.day} ({key.kind}, {key.slot})",
                pointer=f"/wanted/{index}/capacity",
                fix="Declare the capacity of that day first",
            )


def _refuse_other_units(
    order: OrderId, line: LineId, movable: Sequence[Claim], wanted: Sequence[Wanted], *, per_unit: int = 1
) -> None:
    held = sum(c.quantity for c in movable) // per_unit
    asked = sum(w.quantity for w in wanted) // per_unit
    if held != asked:
        raise InvalidInput(
            f"line {line} of order {order} has {held} units that can move, {asked} are wanted",
            pointer="/wanted",
            fix="Reassign as many units as can move; reserve or cancel the difference",
        )
