"""Figures as people read them: money, counts, shares. Pure."""

from fulfillment.cost_words import SYMBOLS

UNNAMED = "quote"
"""The id of an order that was given none."""


def money(major: float, currency: str) -> str:
    """Major units: £4.72, −£0.31, 4.72 CHF."""
    sign = "−" if round(major, 2) < 0 else ""
    amount = f"{abs(major):,.2f}"
    symbol = SYMBOLS.get(currency)
    return f"{sign}{symbol}{amount}" if symbol else f"{sign}{amount} {currency}"


def money_of_minor(minor: int, currency: str) -> str:
    return money(minor / 100, currency)


def count(number: int, one: str, many: str = "") -> str:
    """1 package, 2 packages, 1,204 packages."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f} %"


def milliseconds(seconds: float) -> str:
    value = 1000 * seconds
    return f"{value:.1f} ms" if value < 100 else f"{value:,.0f} ms"


def kilograms(grams: int) -> str:
    return f"{grams / 1000:,.1f} kg" if grams >= 1000 else f"{grams} g"


def joined(names: list[str], *, most: int = 3) -> str:
    """A, B and C; A, B, C and 4 more."""
    shown = names[:most]
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
