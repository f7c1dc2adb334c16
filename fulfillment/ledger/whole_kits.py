"""How claims on components belong together: what a line is packed from, how many kits claims make, and which.

A claim does not say which kit it is part of. It need not: at every node the claims of a kit's line are
for whole kits, so any units that make up a kit there are one. Which components a sku has now is not
known here; what counts is what its claims say.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fulfillment.errors import InvalidInput
from fulfillment.ids import ClaimId, LineId, NodeId, SkuId
from fulfillment.ledger.claims import Claim
from fulfillment.ledger.protocol import Wanted

Recipe = Mapping[SkuId, int]
"""Units of each stocked sku in one unit of a line; of a plain line, one of its own sku."""


def recipe_of(pegged: Iterable[Claim | Wanted]) -> Recipe:
    """What one unit of a line takes, by its claims or by what is wanted for it; the latest word counts."""
    return {part.peg.sku: part.per_unit for part in pegged}


def is_kit(recipe: Recipe) -> bool:
    """Whether units of the line are more than units of one row."""
    return len(recipe) > 1 or any(ratio != 1 for ratio in recipe.values())


def any_kits(pegged: Sequence[Claim | Wanted]) -> bool:
    """Whether any line of these is a kit's; quick, for most orders have none."""
    lines = {part.line for part in pegged}
    return any(part.per_unit != 1 for part in pegged) or len(lines) < len(
        {(part.line, part.peg.sku) for part in pegged}
    )


def units_in(pegged: Sequence[Claim | Wanted]) -> int:
    """Units of one line that these claims make: whole kits, each from one node."""
    recipe = recipe_of(pegged)
    if not is_kit(recipe):
        return sum(part.quantity for part in pegged)
    return sum(
        min(units[sku] // ratio for sku, ratio in recipe.items()) for units in _by_node(pegged).values()
    )


def refuse_torn(wanted: Sequence[Wanted]) -> None:
    """Raise InvalidInput if at some node components are wanted that are no whole kits together."""
    if not any_kits(wanted):
        return
    for line, parts in by_line(wanted).items():
        recipe = recipe_of(parts)
        if any(recipe[part.peg.sku] != part.per_unit or part.per_unit < 1 for part in parts):
            raise InvalidInput(
                f"line {line} does not say how many units of each sku go into one of its own",
                pointer="/wanted",
                fix="Give one number of units, 1 or more, for every component",
            )
        for node, units in _by_node(parts).items():
            kits = {units[sku] / ratio for sku, ratio in recipe.items()}
            if len(kits) > 1 or not next(iter(kits)).is_integer():
                said = ", ".join(f"{units[sku]} of {sku}" for sku in recipe)
                per = ", ".join(f"{ratio} of {sku}" for sku, ratio in recipe.items())
                raise InvalidInput(
                    f"line {line} wants {said} at {node}, which are no whole kits of {per}",
                    pointer="/wanted",
                    fix="Want all components of a kit from one node",
                )


def by_line(pegged: Iterable[Wanted]) -> Mapping[LineId, list[Wanted]]:
    """What is wanted, line by line."""
    lines: defaultdict[LineId, list[Wanted]] = defaultdict(list)
    for part in pegged:
        lines[part.line].append(part)
    return lines


def pick_kits(claims: Sequence[Claim], recipe: Recipe, *, most: int | None = None) -> Mapping[ClaimId, int]:
    """Units of each claim that make up the first `most` whole kits of one line; all of them without `most`.

    `claims` are in the order to be taken in. A kit comes from one node, and is as late in that order as
    the latest claim it needs.
    """
    runs = sorted(
        (run for node in dict.fromkeys(c.node for c in claims) for run in _runs(claims, recipe, node)),
        key=lambda run: run.rank,
    )
    left = most if most is not None else sum(run.kits for run in runs)
    picked: Counter[ClaimId] = Counter()
    for run in runs:
        kits = min(left, run.kits)
        left -= kits
        for claim, units in run.per_kit.items():
            picked[claim] += units * kits
    return +picked


@dataclass(frozen=True, slots=True)
class _Run:
    """So many equal kits of one node: each takes the same units of the same claims."""

    rank: int
    kits: int
    per_kit: Mapping[ClaimId, int]


def _runs(claims: Sequence[Claim], recipe: Recipe, node: NodeId) -> Iterable[_Run]:
    piles: dict[SkuId, deque[list[int]]] = {sku: deque() for sku in recipe}  # [position, units left]
    for position, claim in enumerate(claims):
        if claim.node == node:
            piles[claim.peg.sku].append([position, claim.quantity])
    while all(sum(units for _, units in piles[sku]) >= ratio for sku, ratio in recipe.items()):
        kits = max(1, min(piles[sku][0][1] // ratio for sku, ratio in recipe.items()))
        rank, per_kit = 0, Counter[ClaimId]()
        for sku, ratio in recipe.items():  # more than one kit: of one claim per component
            missing = ratio
            while missing:
                pile = piles[sku][0]
                units = min(missing, pile[1])
                missing -= units
                rank = max(rank, pile[0])
                per_kit[claims[pile[0]].id] += units
                pile[1] -= units * kits
                if not pile[1]:
                    piles[sku].popleft()
        yield _Run(rank, kits, per_kit)


def _by_node(pegged: Iterable[Claim | Wanted]) -> Mapping[NodeId, Counter[SkuId]]:
    nodes: defaultdict[NodeId, Counter[SkuId]] = defaultdict(Counter)
    for part in pegged:
        nodes[part.peg.node][part.peg.sku] += part.quantity
    return nodes
