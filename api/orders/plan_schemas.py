"""A plan as answered: what leaves which node, and what it costs."""

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
    lines: list[PlannedLine]


class CostLine(Money):
    """One addend of the total: cash, steering, or lost margin, which is neither."""

    kind: str = Field(examples=["packages"])
    node: str | None = Field(description="Null for what belongs to the whole order", examples=["DC1"])
    is_cash: bool = Field(description="Billed: packages, weight, labor", examples=[True])
    is_steering: bool = Field(
        description="Guides the choice and is never billed: extra shipment, split line, broken rule",
        examples=[False],
    )
    rule: str | None = Field(
        default=None,
        exclude_if=lambda rule: rule is None,
        description="Of kind `rule` only: the name of the soft rule that the shipment breaks",
        examples=["online from DCs"],
    )
