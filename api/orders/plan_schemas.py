"""A plan as answered: what leaves which node, and what it costs."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.edge.money import Money


class PlannedLine(BaseModel):
    line: str = Field(examples=["1"])
    sku: str = Field(examples=["K-17"])
    quantity: int = Field(examples=[2])


class PlannedShipment(BaseModel):
    """What leaves one node."""

    node: str = Field(examples=["DC1"])
    service: str = Field(examples=["ground"])
    packages: int = Field(examples=[1])
    weight_grams: int = Field(examples=[1800])
    billed_grams: int | None = Field(
        default=None,
        exclude_if=lambda grams: grams is None,
        description="What its weight is charged for, where that is not its weight: dimensional weight",
        examples=[2400],
    )
    co2e_grams: int | None = Field(
        default=None,
        exclude_if=lambda grams: grams is None,
        description="Emissions of its carriage; left out where the rate names none",
        examples=[310],
    )
    leaves_at: datetime | None = Field(
        default=None,
        exclude_if=lambda instant: instant is None,
        description="When it leaves the node; left out, as the days of arrival, where the service names no "
        "days of transit",
        examples=["2026-11-21T13:30:00Z"],
    )
    arrives_p50: datetime | None = Field(
        default=None,
        exclude_if=lambda instant: instant is None,
        description="By when half of such shipments have arrived",
        examples=["2026-11-22T13:30:00Z"],
    )
    arrives_p90: datetime | None = Field(
        default=None,
        exclude_if=lambda instant: instant is None,
        description="By when nine in ten have arrived. An estimate, and not what was promised",
        examples=["2026-11-24T13:30:00Z"],
    )
    lines: list[PlannedLine]


class CostLine(Money):
    """One addend of the total: cash, steering, or lost margin, which is neither."""

    kind: str = Field(examples=["packages"])
    node: str | None = Field(description="Null for what belongs to the whole order", examples=["DC1"])
    is_cash: bool = Field(description="Billed: packages, weight, surcharge, labor", examples=[True])
    is_steering: bool = Field(
        description="Guides the choice and is never billed: extra shipment, split line, broken rule, stock, "
        "load, repick, lateness, co2e",
        examples=[False],
    )
    rule: str | None = Field(
        default=None,
        exclude_if=lambda rule: rule is None,
        description="Of kind `rule` only: the name of the soft rule that the shipment breaks",
        examples=["online from DCs"],
    )
