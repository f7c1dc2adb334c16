"""Figures of an explanation in words that need no manual."""

from collections.abc import Sequence
from datetime import UTC, datetime

from fulfillment.money import MICROS_PER_MINOR
from scenarios.explanation.contents import Difference
from scenarios.wording import counted, money


def units_of(number: int) -> str:
    """1 unit, 24 units."""
    return counted(number, "unit")


def of_slots(has_slots: bool) -> str:
    """What is to be said after the units of a node's day, where only a part of the day counts."""
    return " in slots that had not ended" if has_slots else ""


def instant(at: datetime) -> str:
    """Monday 07 March 2011, 11:32 UTC."""
    return f"{at.astimezone(UTC):%A %d %B %Y, %H:%M} UTC"


def listed(names: Sequence[str], *, most: int = 6) -> str:
    """A, B and C; of very many the first, and how many more."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def kilograms(grams: int) -> str:
    """850 g, 22.4 kg."""
    return f"{grams / 1000:,.1f} kg" if grams >= 1000 else f"{grams} g"


def minor_money(minor: int, currency: str) -> str:
    """Minor units of 0 or more as people read them."""
    return money(minor * MICROS_PER_MINOR, currency)


def more(found: Difference, currency: str) -> str:
    """What a plan has more than the chosen one, as a clause: "costs £1.20 more".

    Of a plan that is not the best one for sure, that is said, and what the best one costs more at least.
    """
    cost = _cost(found.minor, currency)
    if not found.is_exact and found.minor > 0 and found.least is not None:
        cost = f"costs at most {minor_money(found.minor, currency)} more"
        if found.least.minor > 0:
            cost += f" and at least {minor_money(found.least.minor, currency)}"
    if found.unfilled:
        size = units_of(abs(found.unfilled))
        served = f"leaves {size} more unfilled" if found.unfilled > 0 else f"serves {size} more"
        cost = f"{served} and {cost}"
    return cost if found.is_exact else f"{cost}, as far as was searched"


def gained(found: Difference, currency: str) -> str:
    """What a plan that is better would gain: "it would cost £1.20 less".

    Where the search for it stopped, another may gain more.
    """
    amount = minor_money(abs(found.minor), currency)
    size, less = units_of(abs(found.unfilled)), "less" if found.minor < 0 else "more"
    if not found.unfilled:
        said = f"it would cost {'' if found.is_exact else 'at least '}{amount} less"
    elif found.unfilled > 0:
        said = f"{size} more would be given up, for {amount} {less} in all, lost margin counted"
    else:
        said = f"{size} more would be served, for {amount} {less} in all, lost margin counted"
    return said if found.is_exact else f"{said}, as far as was searched"


def _cost(minor: int, currency: str) -> str:
    if not minor:
        return "costs the same"
    return f"costs {minor_money(abs(minor), currency)} {'more' if minor > 0 else 'less'}"
