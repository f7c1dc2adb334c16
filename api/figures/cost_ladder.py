"""The cost ladder: the alternatives of one order as bars whose parts add up, and the same as a table.

Text keeps its size at any width: nothing is scaled, bars are in percent of the width.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.figures.rendering import DARK, Theme, base_tokens, rendered
from fulfillment.errors import InvalidInput
from fulfillment.ids import NodeId
from fulfillment.money import MICROS_PER_MINOR, Minor, round_together, to_minor
from fulfillment.plan import CostKind, Plan, total
from optimizer.sourcing import RULES
from scenarios.alternatives import Alternative
from scenarios.wording import MINUS, money

PARTS: tuple[tuple[str, tuple[CostKind, ...]], ...] = (
    ("Packages", (CostKind.PACKAGES, CostKind.SURCHARGE)),
    ("Weight", (CostKind.WEIGHT,)),
    ("Labor", (CostKind.LABOR,)),
    ("Lost margin", (CostKind.LOST_MARGIN,)),
    (
        "Penalties",
        (CostKind.EXTRA_SHIPMENT, CostKind.SPLIT_LINE, CostKind.RULE, CostKind.LATENESS, CostKind.CO2E),
    ),
    ("Stock and load", (CostKind.STOCK, CostKind.LOAD, CostKind.REPICK, CostKind.OTHER)),
)
"""What the parts of a bar are called, short enough for a phone. A surcharge is for packages: oversized units.

The last two steer and are never billed: penalties for splits, broken rules, days late and emissions; and what
a node gives up by shipping, units it may not find included. Costs that only a later release knows
stand there.
"""

_TOP = 62  # pixels above the first rung: two rows of legend
_RUNG = 70
_BAR = 16
_FITS = 46  # characters that leave room for the amount on a screen of 390 pixels


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a bar: `start` and `width` in percent of the figure's width."""

    part: int
    name: str
    amount: str
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Rung:
    """One alternative as drawn; `difference` is empty for the first, `warning` where units are missing."""

    title: str
    facts: str
    warning: str
    total: str
    difference: str
    segments: tuple[Segment, ...]
    amounts: tuple[str, ...]
    y: int


def cost_ladder_svg(
    alternatives: Sequence[Alternative],
    *,
    currency: str,
    names: Mapping[NodeId, str],
    theme: Theme = Theme.AUTO,
    title: str = "",
) -> str:
    """The ladder as SVG text, the first alternative being the chosen one.

    Parameters
    ----------
    currency
        Symbol put before amounts.
    names
        What nodes are called; one without a name goes by its id.
    title
        What it shows in a sentence, for those who cannot see it; by default made from the figures.

    Raises
    ------
    InvalidInput
        There is no alternative.
    """
    rungs = _rungs(alternatives, currency, names)
    tokens = base_tokens(theme)
    return rendered(
        "cost_ladder.svg",
        rungs=rungs,
        legend=[(name, part) for part, (name, _) in enumerate(PARTS)],
        height=_TOP + _RUNG * len(rungs),
        bar=_BAR,
        title=title or f"{rungs[0].title} costs {rungs[0].total}; {len(rungs) - 1} alternatives beside it",
        tokens=tokens,
        dark=DARK if theme is Theme.AUTO else None,
    )


def cost_ladder_table(
    alternatives: Sequence[Alternative], *, currency: str, names: Mapping[NodeId, str]
) -> str:
    """The same figures as an HTML table without any style; the parts of a row add up to its total."""
    return rendered(
        "cost_ladder.html", rungs=_rungs(alternatives, currency, names), parts=[name for name, _ in PARTS]
    )


def _rungs(alternatives: Sequence[Alternative], currency: str, names: Mapping[NodeId, str]) -> list[Rung]:
    if not alternatives:
        raise InvalidInput("a cost ladder without alternatives", fix="Give at least the chosen plan")
    parts = [_amounts(one.plan) for one in alternatives]
    longest = max(1, *(sum(amounts) for amounts in parts))
    chosen = alternatives[0].plan
    return [
        Rung(
            title=_title(one),
            facts=_facts(one.plan, names),
            warning=_missing(one.plan),
            total=_money(Minor(sum(amounts)), currency),
            difference=_signed(sum(amounts) - sum(parts[0]), currency) if one.plan is not chosen else "",
            segments=tuple(_segments(amounts, longest, currency)),
            amounts=tuple(_money(amount, currency) for amount in amounts),
            y=_TOP + _RUNG * index,
        )
        for index, (one, amounts) in enumerate(zip(alternatives, parts, strict=True))
    ]


def _amounts(plan: Plan) -> list[Minor]:
    """Minor units of each of `PARTS`, rounded together so that they add up to the rounded objective."""
    micros = [total(line for line in plan.cost_lines if line.kind in kinds) for _, kinds in PARTS]
    rounded = round_together(micros)
    assert sum(rounded) == to_minor(plan.objective), "a cost kind belongs to no part of the ladder"
    return rounded


def _segments(amounts: Sequence[Minor], longest: int, currency: str) -> list[Segment]:
    found, start = [], 0.0
    for part, amount in enumerate(amounts):
        width = 100 * amount / longest
        if amount:
            found.append(Segment(part, PARTS[part][0], _money(amount, currency), start, width))
        start += width
    return found


def _title(one: Alternative) -> str:
    """The name, with the rules that come to the same plan; where they take too much room they are counted."""
    if not one.rules:
        return one.title
    if one.id in RULES and len(one.rules) > 1:
        named = f"Rules: {', '.join(one.rules).lower()}"
        return named if len(named) <= _FITS else f"{len(one.rules)} rules"
    rules = one.rules[0].lower() if len(one.rules) == 1 else f"{len(one.rules)} alike"
    if one.id in RULES:
        return f"Rule: {rules}"
    title = f"{one.title} (rule: {rules})"
    return title if len(title) <= _FITS else f"{one.title} (a rule)"


def _facts(plan: Plan, names: Mapping[NodeId, str]) -> str:
    """Where it leaves from and in how many packages; nodes whose names take too much room are counted."""
    nodes = [names.get(one.node, one.node) for one in plan.shipments]
    if not nodes:
        return "nothing ships"
    packages = f"{plan.packages} package" + ("" if plan.packages == 1 else "s")
    named = f"{' + '.join(nodes)}, {packages}"
    if len(nodes) == 1 or len(named) + len(_missing(plan)) <= _FITS:
        return named
    return f"{len(nodes)} nodes, {packages}"


def _missing(plan: Plan) -> str:
    units = plan.unfilled_units
    return f"{units:,} unit{'' if units == 1 else 's'} unfilled" if units else ""


def _money(amount: Minor, currency: str) -> str:
    return money(amount * MICROS_PER_MINOR, currency)


def _signed(amount: int, currency: str) -> str:
    return (MINUS if amount < 0 else "+") + _money(Minor(abs(amount)), currency)
