"""Orders and decisions as answered."""

from datetime import datetime
from typing import Literal

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


class UnfilledLine(BaseModel):
    """Units that are not served, with why.

    `no_stock`: none at a node that is on and has a rate. `no_capacity`: there are, but the day of the
    nodes that hold them is full. `given_up`: for money, where the policy allows it.
    """

    line: str = Field(examples=["2"])
    sku: str = Field(examples=["T-03"])
    quantity: int = Field(examples=[1])
    reason: Literal["no_stock", "no_capacity", "given_up"]


class CostLine(Money):
    """One addend of the total: cash, steering, or lost margin, which is neither."""

    kind: str = Field(examples=["packages"])
    node: str | None = Field(description="Null for what belongs to the whole order", examples=["DC1"])
    is_cash: bool = Field(description="Billed: packages, weight, labor", examples=[True])
    is_steering: bool = Field(
        description="Guides the choice and is never billed: extra shipment, split line", examples=[False]
    )


class Gap(Money):
    """How much dearer than the bound the plan is, at most."""

    relative: float = Field(description="Share of the total", examples=[0.0])


class Decision(BaseModel):
    """What was decided, what it costs, and the proof."""

    id: str = Field(examples=["10482"])
    revision: int = Field(description="0 for a quote", examples=[1])
    state: str = Field(examples=["reserved"])
    reservable: bool = Field(description="Whether reserve or commit would be granted", examples=[True])
    shipments: list[PlannedShipment]
    unfilled: list[UnfilledLine]
    currency: str = Field(examples=["GBP"])
    cost_lines: list[CostLine]
    total: Money = Field(description="What was minimized: cash, lost margin and steering")
    cash: Money = Field(description="Freight and labor")
    lost_margin: Money
    steering: Money
    bound: Money = Field(description="No plan with as few unfilled units costs less")
    gap: Gap
    unfilled_units: int = Field(examples=[0])
    unfilled_bound: int = Field(description="No plan leaves fewer units unfilled", examples=[0])
    status: str = Field(description="optimal: the bound is reached", examples=["optimal"])
    engine: str = Field(examples=["subsets"])
    degraded: bool = Field(description="Rule-based: the solver failed", examples=[False])
    cut_by_deadline: bool = Field(examples=[False])
    seconds: float = Field(description="Time it took to decide", examples=[0.002])
    policy: str = Field(description="Version of the policy", examples=["default-1"])
    decided_at: datetime = Field(examples=["2026-11-21T09:30:00Z"])
    expires_at: datetime | None = Field(examples=["2026-11-21T10:00:00Z"])


class Seen(BaseModel):
    """The figures a decision was made from: units by sku and units of capacity left, per node."""

    nodes: list[str] = Field(examples=[["DC1", "LON1"]])
    stock: dict[str, list[int]] = Field(examples=[{"K-17": [40, 8]}])
    capacity: list[int] = Field(examples=[[5000, 391]])


class StoredDecision(Decision):
    """A decision as kept, with the figures seen. It never changes."""

    seen: Seen


class ClaimOut(BaseModel):
    """Units of one line held at one node."""

    id: str = Field(examples=["10482-0001"])
    line: str = Field(examples=["1"])
    sku: str = Field(examples=["K-17"])
    node: str = Field(examples=["DC1"])
    pool: str = Field(examples=["common"])
    source: str = Field(examples=["on_hand"])
    service: str = Field(examples=["ground"])
    quantity: int = Field(examples=[2])
    state: str = Field(examples=["reserved"])
    expires_at: datetime | None = None


class LineOut(BaseModel):
    id: str = Field(examples=["1"])
    sku: str = Field(examples=["K-17"])
    quantity: int = Field(description="Units asked for", examples=[2])
    held: int = Field(description="Units of them that are held, on their way or handed over", examples=[2])


class DestinationOut(BaseModel):
    zone: str = Field(examples=["UK-SE"])
    latitude: float | None = None
    longitude: float | None = None


class OrderOut(BaseModel):
    """An order as it stands."""

    id: str = Field(examples=["10482"])
    revision: int = Field(description="Raised by every change of its claims", examples=[2])
    state: str = Field(
        description="Of its claims the one that has come least far; canceled or expired when none is left",
        examples=["allocated"],
    )
    channel: str = Field(examples=["web"])
    destination: DestinationOut
    placed_at: datetime
    created_at: datetime
    expires_at: datetime | None = Field(description="When the reservation ends, while it is soft")
    lines: list[LineOut]
    claims: list[ClaimOut]


class OrderSummary(BaseModel):
    id: str = Field(examples=["10482"])
    revision: int = Field(examples=[2])
    state: str = Field(examples=["allocated"])
    channel: str = Field(examples=["web"])
    zone: str = Field(examples=["UK-SE"])
    placed_at: datetime
    created_at: datetime
    units: int = Field(examples=[3])
