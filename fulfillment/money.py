"""Money. Two units, both integers: minor units are billed, micro-units are computed with.

One currency per deployment. A micro-unit is a millionth of the major unit (a pound, a dollar), so a
minor unit (a penny, a cent) is 10,000 of them. Rates, unit costs and prices are micros; objectives
add micros; amounts shown or billed are rounded once, together, so that the lines still add up.
"""

from collections.abc import Sequence
from typing import NewType

Micros = NewType("Micros", int)
Minor = NewType("Minor", int)

NOTHING = Micros(0)
MICROS_PER_MINOR = 10_000
MICROS_PER_MAJOR = 1_000_000


def to_minor(amount: Micros) -> Minor:
    """Round one amount half away from zero to minor units."""
    sign = -1 if amount < 0 else 1
    return Minor(sign * ((abs(amount) + MICROS_PER_MINOR // 2) // MICROS_PER_MINOR))


def round_together(amounts: Sequence[Micros]) -> list[Minor]:
    """Round amounts to minor units so that the rounded lines add up to the rounded total.

    Largest remainder: every line is rounded down, then the lines with the largest remainders get the
    missing minor units, earlier lines first among equals. No line moves by a whole minor unit or more.

    Returns
    -------
    list of int
        Minor units, in the order given.
    """
    floors = [amount // MICROS_PER_MINOR for amount in amounts]
    missing = to_minor(Micros(sum(amounts))) - sum(floors)
    by_remainder = sorted(range(len(amounts)), key=lambda i: (-(amounts[i] % MICROS_PER_MINOR), i))
    for i in by_remainder[:missing]:
        floors[i] += 1
    return [Minor(value) for value in floors]
