"""The OMS's own choice for an order as answered: what it costs beside Nodewise's, term by term."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from api.edge.money import Money
from api.orders.plan_schemas import CostLine, PlannedShipment
from fulfillment.shadow import Against


class BothCosts(BaseModel):
    """One amount by both choices. `difference` is Nodewise's less the OMS's: below 0 it costs less."""

    baseline: Money = Field(description="By the OMS's choice")
    nodewise: Money
    difference: Money


class Term(BothCosts):
    """All cost lines of one kind, added up."""

    kind: str = Field(examples=["packages"])
    is_cash: bool = Field(examples=[True])
    is_steering: bool = Field(examples=[False])


class ViolationOut(BaseModel):
    """Something that the OMS's choice does and Nodewise may not, or that it does not see."""

    against: Annotated[
        Literal["stock", "capacity", "off", "rule", "order", "service", "other"],
        BeforeValidator(lambda word: Against.known(word).value),
        Field(description="other: what only a later release knows", examples=["stock"]),
    ]
    detail: str = Field(examples=["LON1 ships 3 of K-17, 1 seen"])
    node: str | None = Field(examples=["LON1"])
    rule: str | None = Field(description="The policy rule that it goes against", examples=[None])


class BaselineOut(BaseModel):
    """What the OMS chose, priced as every plan is, and the difference term by term. Amounts add up, in both
    units. Units promised from an inbound count as unfilled on both sides."""

    shipments: list[PlannedShipment]
    cost_lines: list[CostLine]
    terms: list[Term]
    cash: BothCosts
    lost_margin: BothCosts
    steering: BothCosts
    total: BothCosts
    unfilled_units: int = Field(description="Units that the OMS's choice leaves unfilled", examples=[0])
    nodewise_unfilled_units: int = Field(
        description="Units that Nodewise's leaves unfilled; all of them, if it would refuse the order",
        examples=[0],
    )
    packages: int = Field(examples=[2])
    nodewise_packages: int = Field(examples=[1])
    counts: bool = Field(
        description="Whether a difference counts as saved: Nodewise leaves no more units unfilled",
        examples=[True],
    )
    violations: list[ViolationOut]
