"""Measures, counts and names in words: the same on the command line, in the API and in notebooks."""

from fulfillment.money import Micros, to_minor
from fulfillment.skus import Sku
from scenarios.measures import Measure, Unit

MINUS = "−"


def say(measure: Measure, value: float | None, *, currency: str, signed: bool = False) -> str:
    """A value with its unit: "£6.31", "12.4 %", "3,955"; what is not known is a dash.

    Parameters
    ----------
    currency
        Symbol put before amounts.
    signed
        For differences: a plus sign too, and of shares the percentage points.
    """
    if value is None:
        return "–"
    size = _size(measure.unit, abs(value), currency)
    if signed and measure.unit is Unit.SHARE:
        size = size.replace(" %", " points")
    is_zero = not any(digit in size for digit in "123456789")
    if value < 0 and not is_zero:
        return MINUS + size
    return f"+{size}" if signed and not is_zero else size


def money(micros: float, currency: str) -> str:
    """An amount of 0 or more, rounded to minor units as it would be billed: "£6.31"."""
    minor = to_minor(Micros(round(micros)))
    return f"{currency}{minor // 100:,}.{minor % 100:02d}"


def counted(number: int, one: str) -> str:
    """1 package, 2 packages."""
    return f"{number:,} {one}" + ("" if number == 1 else "s")


def days(number: int) -> str:
    """1 day, 2 days."""
    return counted(number, "day")


def named(sku: Sku) -> str:
    """Its name and id; the id where it has no name."""
    return f"{sku.name} ({sku.id})" if sku.name else str(sku.id)


def _size(unit: Unit, value: float, currency: str) -> str:
    match unit:
        case Unit.MONEY:
            return money(value, currency)
        case Unit.SHARE:
            return f"{value * 100:.1f} %"
        case Unit.RATE:
            return f"{value:.2f}"
        case Unit.COUNT:
            return f"{value:,.0f}"
