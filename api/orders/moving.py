"""Orders to be sourced again, and the free units and room they see: what a reassignment is made from. Pure.

Everything an order holds and that can move counts as free to itself. What it cannot get better stays.
A kit's line moves as whole kits, of the components that its claims have, whatever the catalog says by now.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from api.orders.deciding import Decided, Snapshot
from api.orders.node_states import sharing_of
from fulfillment.capacity import room_in
from fulfillment.errors import IllegalTransition, InvalidInput
from fulfillment.ids import ClaimId, LineId, SkuId
from fulfillment.ledger.claims import MOVABLE, Claim
from fulfillment.ledger.order_state import ENDED
from fulfillment.ledger.protocol import Reassignment, Wanted
from fulfillment.ledger.whole_kits import Recipe, is_kit, pick_kits, recipe_of, units_in
from fulfillment.network import Network
from fulfillment.orders import Order, Placed
from fulfillment.skus import Component, Sku
from fulfillment.supply import CapacityKey, SupplyKey, SupplyRow


@dataclass(frozen=True, slots=True)
class Movable:
    """An order with what of it can move: `snapshot.order` has these lines and units only.

    One that `waits` leaves whole when the last of it has come: it moves as a whole, or not.
    """

    revision: int
    claims: tuple[Claim, ...]
    snapshot: Snapshot
    waits: bool = False

    def recipe(self, line: LineId) -> Recipe:
        """Units of each stocked sku in one unit of the line, as it is held."""
        return recipe_of(claim for claim in self.claims if claim.line == line)


def movable_claims(claims: Iterable[Claim], *, now: datetime) -> tuple[Claim, ...]:
    """Those not frozen, not ended and not expired."""
    return tuple(claim for claim in claims if claim.state in MOVABLE and not claim.is_expired(now))


def movable_part(order: Order, claims: Sequence[Claim], *, now: datetime) -> Order:
    """The order with as many units of each line as can move; of a kit's line, kits.

    Raises
    ------
    IllegalTransition
        None can.
    InvalidInput
        What can move of a line are no whole units of it.
    """
    movable = movable_claims(claims, now=now)
    held: dict[LineId, int] = {}
    for line in {claim.line: None for claim in movable}:
        of_line = [claim for claim in movable if claim.line == line]
        held[line] = units_in(of_line)
        if sum(claim.quantity for claim in of_line) != held[line] * sum(recipe_of(of_line).values()):
            skus = " and ".join(sorted(recipe_of(of_line)))
            raise InvalidInput(
                f"line {line} of order {order.id} holds units of SKU {skus} that are "
                "no whole units of its own",
                fix=f"Leave out order {order.id}, or cancel the line and reserve it again",
            )
    lines = tuple(replace(line, quantity=held[line.id]) for line in order.lines if held.get(line.id))
    if not lines:
        raise IllegalTransition(order.id, "reassigned", [claim.state for claim in claims])
    begun = {(claim.line, claim.node) for claim in claims if claim.is_frozen and claim.state not in ENDED}
    placed = Placed(order.lines, tuple(sorted(begun)))
    return replace(order, lines=lines, placed=placed, accept_partial=True)


def network_as_held(network: Network, order: Order, claims: Sequence[Claim]) -> Network:
    """The network in which the skus of the order are what its claims say: kits of these components, or none.

    The network itself, unless a kit was changed since it was reserved.

    Raises
    ------
    InvalidInput
        Two lines of one sku are packed from different components.
    """
    known: dict[SkuId, Recipe] = {}
    changed: dict[SkuId, Sku] = {}
    for line in order.lines:
        recipe = recipe_of(claim for claim in claims if claim.line == line.id)
        if known.setdefault(line.sku, recipe) != recipe:
            raise InvalidInput(
                f"lines of order {order.id} hold SKU {line.sku} as packed from different components",
                fix=f"Leave out order {order.id}, or cancel one of the lines and reserve it again",
            )
        parts = (
            tuple(Component(sku, units) for sku, units in sorted(recipe.items()))
            if is_kit(recipe) or line.sku not in recipe
            else ()
        )
        sku = network.skus[line.sku]
        if parts != tuple(sorted(sku.components)):
            changed[line.sku] = replace(sku, components=parts)
    return replace(network, skus={**network.skus, **changed}) if changed else network


class Free:
    """Units that nobody holds, by row (below zero where a row is short), and room left by day or slot.

    Room of another day, and of a slot that has ended, is no use any more to whom it is given back.
    """

    def __init__(self, orders: Iterable[Movable]) -> None:
        self._rows: dict[SupplyKey, int] = {}
        self._room: dict[CapacityKey, int] = {}
        for movable in orders:
            snapshot = movable.snapshot
            self._rows |= {row.key: row.quantity - row.safety_stock - row.reserved for row in snapshot.rows}
            for rows in snapshot.rooms.values():
                self._room |= rows

    def give_back(self, movable: Movable) -> None:
        """Count what an order holds as free."""
        for claim in movable.claims:
            self._rows[claim.peg] = self._rows.get(claim.peg, 0) + claim.quantity
            if claim.capacity in self._room:
                self._room[claim.capacity] += claim.quantity

    def take(self, wanted: Iterable[Wanted]) -> None:
        """Count what an order shall hold as taken."""
        for want in wanted:
            self._rows[want.peg] = self._rows.get(want.peg, 0) - want.quantity
            if want.capacity in self._room:
                self._room[want.capacity] -= want.quantity

    def seen_by(self, movable: Movable) -> Snapshot:
        """The order's snapshot with what is free now."""
        snapshot = movable.snapshot
        rows = tuple(SupplyRow(row.key, max(0, self._rows[row.key])) for row in snapshot.rows)
        rooms = {
            node: {key: max(0, self._room[key]) for key in keys} for node, keys in snapshot.rooms.items()
        }
        return replace(snapshot, rows=rows, capacity=room_in(rooms), rooms=rooms)

    def units(self, key: SupplyKey) -> int:
        return max(0, self._rows.get(key, 0))


def stay(movable: Movable, planned: Sequence[Wanted]) -> tuple[Wanted, ...] | None:
    """Pegs for the units that no plan serves: where they are, unless the plan has taken their place.

    None if the plan has taken the place of a component and left the others: the order stays as it is.
    """
    room = Counter[CapacityKey]()
    for want in planned:
        if want.capacity is not None:
            room[want.capacity] -= want.quantity
    for claim in movable.claims:
        if claim.capacity is not None:
            room[claim.capacity] += claim.quantity
    places = _untaken(movable.claims, planned)
    staying: list[Wanted] = []
    # Kits first: other lines can stay anywhere, a kit only where all of its components are.
    for line in sorted(movable.snapshot.order.lines, key=lambda line: not is_kit(movable.recipe(line.id))):
        recipe = movable.recipe(line.id)
        missing = line.quantity - units_in([want for want in planned if want.line == line.id])
        if missing > 0:
            taken = _take_places(places, recipe, missing)
            if sum(claim.quantity for claim in taken) < missing * sum(recipe.values()):
                return None
            staying += [_staying(claim, line.id, recipe, room) for claim in taken]
    return tuple(staying)


def may_share(decided: Decided, staying: Sequence[Wanted]) -> bool:
    """Whether units may stay where they are beside those that a plan moves: no more nodes share than may."""
    sharing = sharing_of(decided)
    if sharing is None:
        return True
    number = {line.id: index for index, line in enumerate(decided.snapshot.order.lines)}
    for want in staying:
        if sharing.why_not(want.peg.node, number[want.line]):
            return False
        sharing.add(want.peg.node, number[want.line])
    return True


def as_held(movable: Movable) -> tuple[Wanted, ...]:
    """Pegs where everything is now."""
    return tuple(
        Wanted(
            claim.line,
            claim.peg,
            claim.quantity,
            claim.service,
            claim.capacity,
            claim.promised_by,
            claim.per_unit,
        )
        for claim in movable.claims
    )


def net_change(movable: Movable, wanted: Sequence[Wanted]) -> tuple[Reassignment | None, int]:
    """The reassignment of the lines that change, if any, and how many units change their row."""
    lines = {claim.line for claim in movable.claims}
    before = {line: _places(c for c in movable.claims if c.line == line) for line in lines}
    after = {line: _places(w for w in wanted if w.line == line) for line in lines}
    changed = {line for line in lines if before[line] != after[line]}
    if not changed:
        return None, 0
    moved = sum((_rows(after[line]) - _rows(before[line])).total() for line in changed)
    order = movable.snapshot.order.id
    kept = tuple(want for want in wanted if want.line in changed)
    return Reassignment(order, movable.revision, kept), moved


_Place = tuple[SupplyKey, str, CapacityKey | None]


def _places(held: Iterable[Claim | Wanted]) -> Counter[_Place]:
    places: Counter[_Place] = Counter()
    for one in held:
        places[one.peg, one.service, one.capacity] += one.quantity
    return places


def _rows(places: Counter[_Place]) -> Counter[SupplyKey]:
    rows: Counter[SupplyKey] = Counter()
    for (key, _, _), units in places.items():
        rows[key] += units
    return rows


def _untaken(claims: Sequence[Claim], planned: Sequence[Wanted]) -> list[Claim]:
    """The units of claims whose place in a row no plan has taken.

    Of a row that is used in several slots it takes the places first that are of its own slots: what stays
    stays in the slot it is in.
    """
    rows, slots = Counter[SupplyKey](), Counter[tuple[SupplyKey, CapacityKey | None]]()
    for want in planned:
        rows[want.peg] += want.quantity
        slots[want.peg, want.capacity] += want.quantity
    beside: list[tuple[Claim, int]] = []
    for claim in claims:
        gone = min(claim.quantity, slots[claim.peg, claim.capacity])
        slots[claim.peg, claim.capacity] -= gone
        rows[claim.peg] -= gone
        beside.append((claim, claim.quantity - gone))
    left: list[Claim] = []
    for claim, units in beside:
        gone = min(units, rows[claim.peg])
        rows[claim.peg] -= gone
        if gone < units:
            left.append(replace(claim, quantity=units - gone))
    return left


def _take_places(places: list[Claim], recipe: Recipe, units: int) -> list[Claim]:
    """Take places for so many whole units of a line; fewer if there are none."""
    fitting = [claim for claim in places if claim.peg.sku in recipe]
    picked: Mapping[ClaimId, int] = pick_kits(fitting, recipe, most=units)
    taken = [replace(claim, quantity=picked[claim.id]) for claim in places if claim.id in picked]
    places[:] = [
        replace(claim, quantity=left)
        for claim in places
        if (left := claim.quantity - picked.get(claim.id, 0))
    ]
    return taken


def _staying(place: Claim, line: LineId, recipe: Recipe, room: Counter[CapacityKey]) -> Wanted:
    # Room that the plan needs goes to the plan: what has no stock ships nothing today.
    holds = place.capacity is not None and room[place.capacity] >= place.quantity
    if place.capacity is not None and holds:
        room[place.capacity] -= place.quantity
    return Wanted(
        line,
        place.peg,
        place.quantity,
        place.service,
        place.capacity if holds else None,
        place.promised_by,
        recipe[place.peg.sku],
    )
