"""Orders and decisions as answered."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field, computed_field

from api.edge.money import Money
from api.orders.baseline_schemas import BaselineOut
from api.orders.conflict_answers import Infeasible
from api.orders.plan_schemas import CostLine, PlannedShipment
from api.orders.price_book_schemas import PriceBookUsed


class UnfilledLine(BaseModel):
    """Units that are not served, with why.

    `no_stock`: none at a node that is on and has a rate. `no_capacity`: there are, but the day of the
    nodes that hold them is full, or the last slot of it has ended. `ruled_out`: there are, at nodes that a
    rule of the policy or the order itself keeps out. `no_service`: there are, and no carrier service takes
    them from there, or none with what else ships from there. `given_up`: for money, where the policy allows
    it.
    """

    line: str = Field(examples=["2"])
    sku: str = Field(examples=["T-03"])
    quantity: int = Field(examples=[1])
    reason: Literal["no_stock", "no_capacity", "ruled_out", "no_service", "given_up"]
    detail: str = Field(
        default="",
        exclude_if=lambda detail: not detail,
        description="Of `no_capacity`, where no slot of a node's day is left: that it has ended, and when",
        examples=["LON1: its last slot of today ended at 18:00"],
    )


class BackorderedLine(BaseModel):
    """Units that no node has now, promised from an inbound; `expected` is the day it can leave its node."""

    line: str = Field(examples=["2"])
    sku: str = Field(examples=["T-03"])
    quantity: int = Field(examples=[1])
    node: str = Field(examples=["DC1"])
    source: str = Field(examples=["PO-881"])
    expected: date = Field(examples=["2026-11-27"])


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
    unfilled_units: int = Field(description="Neither shipped nor backordered", examples=[0])
    unfilled_bound: int = Field(description="No plan leaves fewer units unfilled", examples=[0])
    backordered: list[BackorderedLine] = Field(
        default=[], description="Promised from what is on its way; only where allow_backorder is true"
    )
    backordered_units: int = Field(default=0, examples=[0])
    leaves_on: date | None = Field(
        default=None,
        exclude_if=lambda day: day is None,
        description="Of an order that may not be split and waits for a part: the day all of it leaves, from "
        "one node; nothing of it does before",
        examples=["2026-11-27"],
    )
    status: str = Field(description="optimal: the bound is reached", examples=["optimal"])
    engine: str = Field(examples=["subsets"])
    infeasible: Infeasible | None = Field(
        default=None,
        exclude_if=lambda infeasible: infeasible is None,
        description="Of a quote that cannot be reserved: the demands that are at fault",
    )
    degraded: bool = Field(description="Rule-based, for the reason that follows", examples=[False])
    degraded_because: str | None = Field(
        default=None, description="Why a rule decided; null if none did", examples=[None]
    )
    as_of: datetime | None = Field(
        default=None,
        description="When the figures were read that a quote was made from while the database was away",
        examples=[None],
    )
    cut_by_deadline: bool = Field(examples=[False])
    seconds: float = Field(description="Time it took to decide", examples=[0.002])
    policy: str = Field(description="Version of the policy", examples=["default-1"])
    price_book: PriceBookUsed | None = Field(
        default=None,
        exclude_if=lambda book: book is None,
        description="Left out of decisions that were kept before there were price books",
    )
    decided_at: datetime = Field(examples=["2026-11-21T09:30:00Z"])
    expires_at: datetime | None = Field(examples=["2026-11-21T10:00:00Z"])
    baseline: BaselineOut | None = Field(
        default=None,
        exclude_if=lambda baseline: baseline is None,
        description="The OMS's own choice beside this one; left out where none was sent",
    )

    @computed_field(
        description="Names the decision in logs: the order and its revision", examples=["10482.1"]
    )
    def decision(self) -> str:
        return f"{self.id}.{self.revision}"


class Seen(BaseModel):
    """The figures a decision was made from: units by sku and units of capacity left, per node.

    Of a kit, units that could be packed, beside the units of its components.
    """

    nodes: list[str] = Field(examples=[["DC1", "LON1"]])
    stock: dict[str, list[int]] = Field(examples=[{"K-17": [40, 8]}])
    capacity: list[int] = Field(examples=[[5000, 391]])


class StoredDecision(Decision):
    """A decision as kept, with the figures seen. It never changes."""

    seen: Seen


class ClaimOut(BaseModel):
    """Units of one line held at one node. Of a kit's line, units of one component."""

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
    expected: date | None = Field(
        default=None, description="When what it waits for arrives; null for stock on hand", examples=[None]
    )
    promised_by: datetime | None = Field(
        default=None, description="What was promised; no later change overwrites it", examples=[None]
    )


class NodesOut(BaseModel):
    """Nodes that may ship the order, all if none is named, nodes that may not, and how many may share it."""

    allowed: list[str] = Field(examples=[["DC1", "LON1"]])
    forbidden: list[str] = Field(examples=[["BRS1"]])
    at_most: int | None = Field(examples=[1])
    together: list[list[str]] = Field(examples=[[["1", "2"]]])


class LineOut(BaseModel):
    id: str = Field(examples=["1"])
    sku: str = Field(examples=["K-17"])
    node: str | None = Field(
        default=None,
        exclude_if=lambda node: node is None,
        description="The only node it may ship from; left out where any may",
        examples=["LON1"],
    )
    quantity: int = Field(description="Units asked for", examples=[2])
    held: int = Field(description="Units of them that are held, on their way or handed over", examples=[2])
    components: dict[str, int] = Field(
        default={},
        exclude_if=lambda components: not components,
        description="Of a kit only: the units of each sku that one unit was reserved as",
        examples=[{"K-17": 1, "T-03": 2}],
    )


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
    tier: int = Field(
        default=0,
        exclude_if=lambda tier: tier == 0,
        description="The shopper's; left out where it is 0, an ordinary one",
        examples=[1],
    )
    wanted_by: datetime | None = Field(
        default=None,
        exclude_if=lambda instant: instant is None,
        description="When it should have arrived; left out where any day does",
        examples=["2026-11-24T18:00:00Z"],
    )
    service: str | None = Field(
        default=None,
        exclude_if=lambda service: service is None,
        description="Carrier service that was offered; left out where any does",
        examples=["ground"],
    )
    destination: DestinationOut
    nodes: NodesOut | None = Field(
        default=None, exclude_if=lambda nodes: nodes is None, description="Left out where any node may ship"
    )
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


class Reassigned(BaseModel):
    """The orders as they stand after the step; all of it was done, or none."""

    moved: int = Field(
        description="Units that are served from elsewhere now; of a kit, those picked for it", examples=[2]
    )
    orders: list[OrderOut]
