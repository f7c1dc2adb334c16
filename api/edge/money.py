"""Amounts at the edge: decimal major units in (4.20), micros inside, minor units and micros out."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fulfillment.money import MICROS_PER_MAJOR, Micros, Minor, round_together, to_minor

LARGEST_AMOUNT = 1_000_000
MAX_PENALTY = 10_000  # what is to cost more is better forbidden

Amount = Annotated[
    Decimal,
    Field(
        ge=0,
        le=LARGEST_AMOUNT,
        decimal_places=6,
        allow_inf_nan=False,
        description="Decimal major units of the currency, at most six decimal places",
        examples=["4.20"],
    ),
]

Penalty = Annotated[Amount, Field(le=MAX_PENALTY)]

AmountPerKg = Annotated[
    Decimal,
    Field(
        ge=0,
        le=LARGEST_AMOUNT,
        decimal_places=3,
        allow_inf_nan=False,
        description="Decimal major units, at most three decimal places: a gram has an exact price",
        examples=["0.42"],
    ),
]


class Money(BaseModel):
    """One amount in two units; `minor` are rounded so that the amounts of one answer add up."""

    model_config = ConfigDict(frozen=True)

    micros: int = Field(description="Millionths of the major unit", examples=[4_250_000])
    minor: int = Field(description="Pennies or cents", examples=[425])


def to_micros(amount: Decimal) -> Micros:
    """Exact: an amount has at most six decimal places."""
    scaled = amount * MICROS_PER_MAJOR
    micros = int(scaled)
    if micros != scaled:
        raise ValueError(f"{amount} has more than six decimal places")
    return Micros(micros)


def from_micros(amount: Micros) -> str:
    """Decimal major units as text, as an import reads them: 4200000 -> "4.20"."""
    text = f"{Decimal(amount) / MICROS_PER_MAJOR:.6f}"
    whole, fraction = text.split(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def money(amount: Micros) -> Money:
    """One amount rounded alone."""
    return Money(micros=amount, minor=to_minor(amount))


def money_together(amounts: Sequence[Micros]) -> list[Money]:
    """Amounts rounded so that their minor units add up to the rounded total."""
    return [
        Money(micros=amount, minor=minor)
        for amount, minor in zip(amounts, round_together(amounts), strict=True)
    ]


def add(amounts: Sequence[Money]) -> Money:
    """The sum in both units."""
    return Money(
        micros=Micros(sum(amount.micros for amount in amounts)),
        minor=Minor(sum(amount.minor for amount in amounts)),
    )


def less(one: Money, other: Money) -> Money:
    """The difference in both units; of sums that add up, the differences do as well."""
    return Money(micros=Micros(one.micros - other.micros), minor=Minor(one.minor - other.minor))
